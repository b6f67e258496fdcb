import { expect, it, vi } from 'vitest';
import { createLoop } from './loop';
import { FakeTrack } from './testing';

/** A page whose packets arrive at the relay, or do not. */
function page({ arrives = true, sends = true } = {}) {
  const put = vi.fn<(track: MediaStreamTrack | null) => Promise<void>>(() => Promise.resolve());
  const silence = new FakeTrack('audio');
  const voice = Object.assign(new FakeTrack('audio'), { clone: () => silence });
  const now = { talk: false, packets: 40, reportedAt: 1_000 };
  const sending = () => put.mock.lastCall?.[0] === (silence as never);
  const loop = createLoop({
    put,
    voice: () => voice as unknown as MediaStreamTrack,
    inTalk: () => now.talk,
    wait: () => {
      if (sending() && sends) now.packets += 50;
      if (sending() && sends && arrives) now.reportedAt += 1_000;
      return Promise.resolve();
    },
    stats: () =>
      Promise.resolve(
        new Map<string, object>([
          ['out', { type: 'outbound-rtp', kind: 'audio', packetsSent: now.packets }],
          // Of the talk before.
          ['in', { type: 'remote-inbound-rtp', kind: 'audio', timestamp: now.reportedAt }],
        ]) as unknown as RTCStatsReport,
      ),
  });
  return { loop, put, silence, now };
}

it('is whole once the relay reports packets, which are of silence, and ends', async () => {
  const { loop, put, silence } = page();
  expect(await loop.test()).toBe('whole');
  expect(put.mock.calls).toEqual([[silence], [null]]);
  expect([silence.enabled, silence.readyState]).toEqual([false, 'ended']);
});

it('is broken where packets go out and none is reported, whatever was reported before', async () => {
  const { loop, put } = page({ arrives: false });
  expect(await loop.test()).toBe('broken');
  expect(put.mock.lastCall).toEqual([null]);
});

it('says nothing where nothing could be sent', async () => {
  expect(await page({ sends: false, arrives: false }).loop.test()).toBe('unknown');
});

it('takes nothing out of the hands of a talk', async () => {
  const { loop, put, now } = page();
  now.talk = true;
  expect(await loop.test()).toBe('unknown');
  expect(put).not.toHaveBeenCalled();
  now.talk = false;
  const testing = loop.test();
  await Promise.resolve();
  await Promise.resolve();
  now.talk = true;
  expect(await testing).toBe('unknown');
  expect(put).not.toHaveBeenCalledWith(null);
});
