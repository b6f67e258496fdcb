import type { CallRemark, MediaSetup, Microphone, SeatMedia } from '@protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { effectScope, type EffectScope, nextTick } from 'vue';
import { troubleOf } from './devices';
import { deviceError, FakePeer, FakeTrack, fakeEnvironment } from './testing';
import { type Call, useCall } from './useCall';

let scope: EffectScope;
let call: Call;
let fake: ReturnType<typeof fakeEnvironment>;
let said: CallRemark[];
let setup: MediaSetup | undefined;

const sending = (section: number) => FakePeer.last.transceivers[section]!.sending as FakeTrack | null;
const tell = (media: Partial<SeatMedia>) =>
  call.hear({
    type: 'media',
    seat: 'citizen',
    media: { microphone: 'live', camera: false, share: false, receiving: true, ...media },
  });
const settle = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal(
    'MediaStream',
    class {
      constructor(private readonly tracks: unknown[] = []) {}
      getTracks() {
        return this.tracks;
      }
    },
  );
  fake = fakeEnvironment();
  said = [];
  setup = undefined;
  scope = effectScope();
  const send = (message: CallRemark) => said.push(message) > 0;
  call = scope.run(() => useCall({ environment: fake.environment, send, setup: () => setup }))!;
});
afterEach(() => {
  scope.stop();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('the microphone', () => {
  it.each<[string, Microphone]>([
    ['NotAllowedError', 'refused'],
    ['NotFoundError', 'missing'],
    ['NotReadableError', 'busy'],
    ['SecurityError', 'blocked'],
  ])('%s is %s', async (name, outcome) => {
    fake.getUserMedia.mockRejectedValueOnce(deviceError(name));
    expect(await call.askMicrophone()).toBe(outcome);
    expect(call.microphone.value).toBe(outcome);
  });

  it('is blocked where the page may not ask', async () => {
    fake.environment.mayAsk = () => false;
    expect(await call.askMicrophone()).toBe('blocked');
    expect(fake.getUserMedia).not.toHaveBeenCalled();
  });

  it('knows the names of old browsers', () => {
    expect(troubleOf(deviceError('PermissionDeniedError'))).toBe('refused');
    expect(troubleOf('nothing we know')).toBe('busy');
  });

  it('rests between two talks: nothing goes out, the connection stays warm', async () => {
    call.warm();
    await call.askMicrophone();
    await call.open();
    await settle();
    expect(sending(0)).not.toBeNull();
    await call.rest();
    expect(sending(0)).toBeNull();
    expect(FakePeer.made).toHaveLength(1);
    expect(FakePeer.last.closed).toBe(false);
    await call.open();
    expect(sending(0)?.readyState).toBe('live');
  });

  it('goes out only when both have accepted', async () => {
    call.warm();
    await call.askMicrophone();
    expect(sending(0)).toBeNull();
    await call.open();
    expect(sending(0)?.kind).toBe('audio');
  });

  it('is muted at the source', async () => {
    await call.askMicrophone();
    await call.open();
    call.mute();
    expect(sending(0)?.enabled).toBe(false);
    expect(call.microphone.value).toBe('muted');
    call.unmute();
    expect(sending(0)?.enabled).toBe(true);
  });

  it('taken away by a telephone call is seen, and asked for anew', async () => {
    await call.askMicrophone();
    await call.open();
    const first = sending(0)!;
    first.readyState = 'ended';
    first.onended?.();
    expect(call.microphone.value).toBe('busy');
    expect(await call.askMicrophone()).toBe('live');
    expect(sending(0)).not.toBe(first);
  });

  it('answered after the call has ended is given back', async () => {
    const late = new FakeTrack('audio');
    let answer: (stream: MediaStream) => void = () => undefined;
    fake.getUserMedia.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
    const asked = call.askMicrophone();
    call.close();
    answer({ getTracks: () => [late] } as unknown as MediaStream);
    await asked;
    expect(late.readyState).toBe('ended');
  });
});

describe('the camera', () => {
  it('turned on before both have accepted goes out only then', async () => {
    call.warm();
    await call.startCamera('user');
    expect(call.camera.value.is).toBe('on');
    expect(sending(1)).toBeNull();
    await call.open();
    await settle();
    expect(sending(1)?.readyState).toBe('live');
  });

  it('turned on for a ring that came to nothing is given back', async () => {
    call.warm();
    await call.startCamera('user');
    await call.rest();
    expect(call.camera.value.is).toBe('off');
  });

  it('is switched only after the old one is given back', async () => {
    await call.open();
    await call.startCamera('user');
    const face = sending(1)!;
    fake.getUserMedia.mockImplementationOnce(() => {
      expect(face.readyState).toBe('ended');
      return Promise.resolve({ getTracks: () => [new FakeTrack('video')] } as unknown as MediaStream);
    });
    await call.switchCamera();
    expect(call.facing.value).toBe('environment');
    expect(call.camera.value).toEqual({ is: 'on' });
  });

  it('stopped while it was being asked for stays off', async () => {
    await call.open();
    const asked = call.startCamera('user');
    await call.stopCamera();
    await asked;
    expect(call.camera.value).toEqual({ is: 'off' });
    expect(sending(1)).toBeNull();
  });

  it('refused is a state with words', async () => {
    fake.getUserMedia.mockRejectedValueOnce(deviceError('NotAllowedError'));
    await call.startCamera('user');
    expect(call.camera.value).toEqual({ is: 'refused' });
  });
});

describe('the shared screen', () => {
  it('chosen before both have accepted goes out only then', async () => {
    call.warm();
    expect(await call.startShare()).toBe(true);
    expect(sending(2)).toBeNull();
    await call.open();
    await settle();
    expect(sending(2)?.readyState).toBe('live');
  });

  it('chosen for a ring that came to nothing is given back', async () => {
    call.warm();
    await call.startShare();
    await call.rest();
    expect(call.share.value.is).toBe('off');
  });

  it('ends when the person ends it in the bar of the browser', async () => {
    await call.open();
    expect(await call.startShare()).toBe(true);
    expect(call.ownShare.value?.getTracks()).toEqual([sending(2)]);
    sending(2)!.onended?.();
    await settle();
    expect(call.share.value).toEqual({ is: 'off' });
    expect(call.ownShare.value).toBeNull();
    expect(sending(2)).toBeNull();
  });

  it('not chosen is no trouble', async () => {
    fake.getDisplayMedia.mockRejectedValueOnce(deviceError('NotAllowedError'));
    expect(await call.startShare()).toBe(false);
    expect(call.share.value).toEqual({ is: 'off' });
  });
});

describe('a connection that does not come about', () => {
  const tooLong = () => call.link.value.is === 'building' && call.link.value.tooLong;

  it('is tried for by the rules the hall told last', async () => {
    call.warm();
    await vi.advanceTimersByTimeAsync(14_999);
    expect(FakePeer.made).toHaveLength(1);
    setup = { attempt_ms: 5_000, text_ms: 22_000 };
    await vi.advanceTimersByTimeAsync(1);
    expect(FakePeer.made).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(4_999);
    expect(FakePeer.made).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(FakePeer.made, 'the shorter time counts from the attempt after the change').toHaveLength(3);
  });

  it('offers text at the moment the hall says, while attempts go on', async () => {
    setup = { attempt_ms: 5_000, text_ms: 8_000 };
    call.warm();
    await vi.advanceTimersByTimeAsync(7_999);
    expect(tooLong()).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(tooLong()).toBe(true);
    expect(FakePeer.made).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(2_000);
    expect([FakePeer.made.length, tooLong()]).toEqual([3, true]);
    FakePeer.last.ice('connected');
    expect(call.link.value.is).toBe('up');
  });

  it('is tried for with the voice alone once an attempt was in vain, and pictures come back when asked for', async () => {
    await call.askMicrophone();
    await call.open();
    await call.startCamera('user');
    await call.startShare();
    const given = [sending(1)!, sending(2)!];
    await vi.advanceTimersByTimeAsync(15_000);
    expect(given.map((track) => track.readyState)).toEqual(['ended', 'ended']);
    expect([sending(0)?.readyState, sending(1), sending(2)]).toEqual(['live', null, null]);
    expect([call.camera.value, call.share.value]).toEqual([{ is: 'cut' }, { is: 'cut' }]);
    expect(said.filter((message) => message.type === 'media').at(-1)?.media).toMatchObject({
      camera: false,
      share: false,
    });
    FakePeer.last.ice('connected');
    await call.startCamera('user');
    expect([call.camera.value, sending(1)?.readyState]).toEqual([{ is: 'on' }, 'live']);
  });

  it('turns off nothing that was not on', async () => {
    await call.open();
    await vi.advanceTimersByTimeAsync(15_000);
    expect([call.camera.value, call.share.value]).toEqual([{ is: 'off' }, { is: 'off' }]);
  });

  it('leaves no word of it to the next talk', async () => {
    call.warm();
    await call.startCamera('user');
    await vi.advanceTimersByTimeAsync(15_000);
    expect(call.camera.value).toEqual({ is: 'cut' });
    await call.rest();
    expect(call.camera.value).toEqual({ is: 'off' });
  });
});

describe('what arrives', () => {
  it('is shown only while it flows', () => {
    call.warm();
    const track = new FakeTrack('video');
    track.muted = true;
    FakePeer.last.arrive(2, track);
    expect(call.pictures.value.share).toBeNull();
    track.onunmute?.();
    expect(call.pictures.value.share).not.toBeNull();
    track.onmute?.();
    expect(call.pictures.value.share).toBeNull();
  });

  it('is hidden when its sender says that it has ended, and shown when it is on again', () => {
    call.warm();
    FakePeer.last.arrive(1, new FakeTrack('video'));
    expect(call.pictures.value.camera, 'nothing was said yet').not.toBeNull();
    tell({ camera: false });
    expect(call.pictures.value.camera).toBeNull();
    tell({ camera: true });
    expect(call.pictures.value.camera).not.toBeNull();
  });

  it('of the last talk is not shown in the next one on the same connection', async () => {
    await call.open();
    FakePeer.last.arrive(1, new FakeTrack('video'));
    tell({ camera: true });
    await call.rest();
    expect(call.pictures.value.camera).toBeNull();
    await call.open();
    expect(call.pictures.value.camera, 'the next citizen has shown nothing').toBeNull();
    tell({ camera: true });
    expect(call.pictures.value.camera).not.toBeNull();
  });

  it('asks for a tap when the browser holds the sound back', async () => {
    fake.audio.play.mockRejectedValueOnce(deviceError('NotAllowedError'));
    call.warm();
    FakePeer.last.arrive(0, new FakeTrack('audio'));
    await settle();
    expect(call.sound.value).toBe('blocked');
    await call.openSound();
    expect(call.sound.value).toBe('playing');
  });
});

describe('the voice of the other side', () => {
  const seconds = async (count: number, packetsEach = 0) => {
    for (let second = 0; second < count; second += 1) {
      FakePeer.last.voicePackets += packetsEach;
      await vi.advanceTimersByTimeAsync(1_000);
    }
  };
  const receiving = () => said.filter((message) => message.type === 'media').at(-1)?.media.receiving;

  it('of the last talk is not missed in the next one on the same connection', async () => {
    await call.open();
    FakePeer.last.ice('connected');
    FakePeer.last.arrive(0, new FakeTrack('audio'));
    await seconds(2, 50);
    expect([call.flowing.value, receiving()]).toEqual([true, true]);
    await seconds(3);
    expect([call.flowing.value, receiving()]).toEqual([false, false]);

    await call.rest();
    FakePeer.last.voicePackets += 20;
    await call.open();
    await seconds(4);
    expect(call.flowing.value, 'the next citizen has no microphone').toBe(true);
    expect(receiving(), 'and was not heard').toBe(false);
    await seconds(1, 50);
    expect(receiving()).toBe(true);
    await seconds(3);
    expect(call.flowing.value).toBe(false);
  });
});

it('tells the others the whole state of its media, once a change', async () => {
  await call.open();
  await nextTick();
  await call.askMicrophone();
  await nextTick();
  const told = said.filter((message) => message.type === 'media');
  expect(told).toHaveLength(2);
  expect(told[1]).toEqual({
    topic: 'call',
    type: 'media',
    media: { microphone: 'live', camera: false, share: false, receiving: false },
  });
});

it('gives every device back at the end', async () => {
  await call.askMicrophone();
  await call.open();
  await call.startCamera('user');
  const tracks = [sending(0)!, sending(1)!];
  call.close();
  expect(tracks.map((track) => track.readyState)).toEqual(['ended', 'ended']);
  expect(FakePeer.last.closed).toBe(true);
  expect(call.microphone.value).toBe('unasked');
});
