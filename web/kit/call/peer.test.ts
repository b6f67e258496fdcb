import type { CallRemark } from '@protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type LinkState, USUAL_SETUP } from './link';
import { createPeer, type Peer } from './peer';
import { FakePeer, FakeTrack, fakeEnvironment } from './testing';

let peer: Peer;
let said: CallRemark[];
let links: string[];
let online: boolean;
const onVoiceAlone = vi.fn();

const settle = () => vi.advanceTimersByTimeAsync(0);
const offers = () => said.flatMap((message) => (message.type === 'offer' ? [message.sdp] : []));
const restarts = () => said.filter((message) => message.type === 'restart').length;

async function up(): Promise<FakePeer> {
  peer.warm();
  await settle();
  peer.answer('yes');
  await settle();
  FakePeer.last.ice('connected');
  return FakePeer.last;
}

beforeEach(() => {
  vi.useFakeTimers();
  said = [];
  links = [];
  online = true;
  peer = createPeer({
    environment: fakeEnvironment().environment,
    send: (message) => online && said.push(message) > 0,
    setup: () => USUAL_SETUP,
    onLink: (state: LinkState) => links.push(state.is === 'building' ? `building ${state.spentMs}` : state.is),
    onVoiceAlone,
    onTrack: () => undefined,
  });
});
afterEach(() => {
  peer.close();
  vi.useRealTimers();
});

describe('a warm connection', () => {
  it('has the three sections in order and no track', async () => {
    peer.warm();
    await settle();
    expect(FakePeer.last.transceivers.map(({ kind, direction, sending }) => [kind, direction, sending])).toEqual([
      ['audio', 'sendrecv', null],
      ['video', 'sendrecv', null],
      ['video', 'sendrecv', null],
    ]);
    expect(offers()).toEqual(['offer 1']);
  });

  it('prefers VP8, keeps H.264 and the repair stream', () => {
    peer.warm();
    expect(FakePeer.last.transceivers[1]!.preferred.map((codec) => codec.mimeType)).toEqual([
      'video/VP8',
      'video/H264',
      'video/rtx',
    ]);
  });

  it('comes up, and accepting needs no new description', async () => {
    const pc = await up();
    expect(links).toEqual(['building 0', 'up']);
    const voice = new FakeTrack('audio') as unknown as MediaStreamTrack;
    await peer.put('audio', voice);
    expect(pc.transceivers[0]!.sending).toBe(voice);
    expect(offers()).toHaveLength(1);
  });

  it('is built once', async () => {
    peer.warm();
    peer.warm();
    await settle();
    expect(FakePeer.made).toHaveLength(1);
  });
});

describe('a connection in trouble', () => {
  it('is built anew after 15 s with the voice alone, and the time is counted', async () => {
    onVoiceAlone.mockClear();
    peer.warm();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(links).toEqual(['building 0', 'building 15000', 'building 30000']);
    expect(onVoiceAlone).toHaveBeenCalledTimes(2);
    expect(FakePeer.made.map((pc) => pc.closed)).toEqual([true, true, false]);
  });

  it('waits out a short disturbance', async () => {
    const pc = await up();
    pc.ice('disconnected');
    await vi.advanceTimersByTimeAsync(1_000);
    pc.ice('connected');
    await vi.advanceTimersByTimeAsync(5_000);
    expect(restarts()).toBe(0);
  });

  it('asks for a restart, answers the offer of the server and is up again', async () => {
    const pc = await up();
    pc.ice('disconnected');
    await vi.advanceTimersByTimeAsync(2_000);
    expect(restarts()).toBe(1);
    peer.offer('fresh');
    await settle();
    expect(said).toContainEqual({ type: 'answer', sdp: 'answer of 1 to fresh' });
    pc.ice('connected');
    expect(links).toEqual(['building 0', 'up', 'shaky', 'up']);
  });

  it('is rebuilt with its tracks when the restart did not help', async () => {
    const voice = new FakeTrack('audio') as unknown as MediaStreamTrack;
    const pc = await up();
    await peer.put('audio', voice);
    pc.ice('failed');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(FakePeer.made).toHaveLength(2);
    expect(FakePeer.last.transceivers[0]!.sending).toBe(voice);
  });

  it('asks at once when the socket is back: a server that began anew has forgotten it', async () => {
    await up();
    peer.reconnected();
    expect(restarts()).toBe(1);
    peer.lost();
    await settle();
    expect(offers()).toEqual(['offer 1', 'offer 2']);
    expect(links).toEqual(['building 0', 'up', 'building 0']);
  });

  it('asks at once when the network changed', async () => {
    await up();
    peer.networkChanged();
    expect(restarts()).toBe(1);
    expect(links).toEqual(['building 0', 'up']);
  });

  it('is rebuilt when the relay lost it, without a storm', async () => {
    await up();
    peer.lost();
    await settle();
    expect(FakePeer.made).toHaveLength(2);
    peer.lost();
    peer.lost();
    await vi.advanceTimersByTimeAsync(1_999);
    expect(FakePeer.made).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(FakePeer.made).toHaveLength(3);
  });
});

it('stands by when the server takes no connection yet', async () => {
  peer.warm();
  await settle();
  peer.refused();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(FakePeer.made).toHaveLength(1);
  expect(links).toEqual(['building 0', 'cold']);
  peer.warm();
  expect(FakePeer.made).toHaveLength(2);
});

describe('descriptions', () => {
  it('of an older offer are not applied to the newer connection', async () => {
    peer.warm();
    await vi.advanceTimersByTimeAsync(15_000);
    expect(offers()).toEqual(['offer 1', 'offer 2']);
    peer.answer('to offer 1');
    await settle();
    expect(FakePeer.last.remote).toBeNull();
    peer.answer('to offer 2');
    await settle();
    expect(FakePeer.last.remote?.sdp).toBe('to offer 2');
  });

  it.each<[string, () => void]>([
    ['that the relay could not answer', () => peer.failed()],
    ['that came too early', () => peer.refused()],
  ])('%s are not waited for by the next connection', async (_name, reply) => {
    peer.warm();
    await settle();
    reply();
    await vi.advanceTimersByTimeAsync(15_000);
    peer.warm();
    await settle();
    expect(offers()).toEqual(['offer 1', 'offer 2']);
    peer.answer('to offer 2');
    await settle();
    expect(FakePeer.last.remote?.sdp).toBe('to offer 2');
  });

  it('that crossed a refusal are still told apart', async () => {
    peer.warm();
    await vi.advanceTimersByTimeAsync(15_000);
    peer.refused();
    peer.warm();
    await settle();
    peer.answer('to offer 2');
    await settle();
    expect(FakePeer.last.remote).toBeNull();
    peer.answer('to offer 3');
    await settle();
    expect(FakePeer.last.remote?.sdp).toBe('to offer 3');
  });

  it('that could not be said are said when the socket is back', async () => {
    online = false;
    peer.warm();
    await settle();
    expect(offers()).toEqual([]);
    online = true;
    peer.reconnected();
    await settle();
    expect(offers()).toEqual(['offer 2']);
  });

  it('do not wait for a connection that was closed before it answered', async () => {
    FakePeer.hanging = true;
    peer.warm();
    await settle();
    FakePeer.hanging = false;
    peer.reconnected();
    await settle();
    expect(offers()).toEqual(['offer 2']);
  });

  it('of the server are ignored while an own offer is open', async () => {
    peer.warm();
    await settle();
    peer.offer('stale');
    await settle();
    expect(said.some((message) => message.type === 'answer')).toBe(false);
  });
});
