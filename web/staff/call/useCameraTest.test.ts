import { deviceError, FakeTrack } from '@kit/call/testing';
import { flushPromises } from '@vue/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { effectScope, type EffectScope, nextTick, ref, shallowRef } from 'vue';
import type { Desk } from '../console/desk';
import type { Console } from '../console/useConsole';
import { TEN, window3 } from '../testing';
import { type CameraTest, useCameraTest } from './useCameraTest';

const MINUTES = 60;

let scope: EffectScope;
let test: CameraTest;
/** What the PC of 陈老师 has and allows. */
let cameras: string[];
let permission: PermissionState;
let bright: number | null;
let tracks: FakeTrack[];
let kept: Map<string, string>;
const getUserMedia = vi.fn();
const now = ref(TEN);
const camera = shallowRef<{ is: string }>({ is: 'off' });
const desk = shallowRef<Desk>({ is: 'standing' });
const idle = (presence: 'available' | 'offline' = 'available'): Desk => ({
  is: 'idle',
  window: window3({ is: 'idle' }, { is: presence }),
});

function sitDown(): void {
  scope = effectScope();
  scope.run(() => {
    test = useCameraTest({ call: { camera }, desk, now } as unknown as Console, {
      devices: {
        getUserMedia,
        enumerateDevices: () => Promise.resolve(cameras.map((deviceId) => ({ kind: 'videoinput', deviceId }))),
      } as unknown as MediaDevices,
      mayAsk: () => true,
      permissions: { query: () => Promise.resolve({ state: permission }) } as unknown as Permissions,
      brightness: () => Promise.resolve(bright),
      storage: {
        getItem: (key: string) => kept.get(key) ?? null,
        setItem: (key: string, value: string) => void kept.set(key, value),
        removeItem: (key: string) => void kept.delete(key),
      } as unknown as Storage,
    });
  });
  desk.value = idle();
}

async function pass(seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    now.value += 1_000;
    await nextTick();
    await flushPromises();
  }
}

beforeEach(() => {
  now.value = TEN;
  camera.value = { is: 'off' };
  desk.value = { is: 'standing' };
  [cameras, permission, bright, tracks] = [['front'], 'granted', 90, []];
  kept = new Map([['yunyiban.camera', 'used']]);
  getUserMedia.mockReset().mockImplementation(() => {
    const track = new FakeTrack('video');
    tracks.push(track);
    return Promise.resolve({ getTracks: () => [track] });
  });
});
afterEach(() => scope.stop());

describe('the camera of window_3 between two calls', () => {
  it('is looked through once after sitting down, given back at once, and left alone for half an hour', async () => {
    sitDown();
    await pass(10);
    expect(test.state.value).toEqual({ is: 'well' });
    expect(tracks.map(({ readyState }) => readyState)).toEqual(['ended']);
    await pass(29 * MINUTES);
    expect(getUserMedia).toHaveBeenCalledTimes(1);
    await pass(2 * MINUTES);
    expect(getUserMedia).toHaveBeenCalledTimes(2);
  });

  it('is nobody’s business where the window talks by voice alone', async () => {
    kept.clear();
    cameras = [];
    sitDown();
    await pass(40 * MINUTES);
    expect(test.state.value).toEqual({ is: 'unused' });
    expect(getUserMedia).not.toHaveBeenCalled();
  });

  it('that was turned on for a citizen once is looked at from then on, also by the next page', async () => {
    kept.clear();
    sitDown();
    camera.value = { is: 'on' };
    await nextTick();
    scope.stop();
    camera.value = { is: 'off' };
    cameras = [];
    sitDown();
    await pass(6);
    expect(test.state.value).toEqual({ is: 'fault', fault: 'missing' });
    test.forget();
    await pass(10);
    expect(test.state.value).toEqual({ is: 'unused' });
  });

  it.each<[string, () => void, string]>([
    ['is unplugged', () => (cameras = []), 'missing'],
    ['was forbidden', () => (permission = 'denied'), 'refused'],
  ])('that %s is told without its light, and mended by itself', async (_what, change, fault) => {
    sitDown();
    await pass(10);
    getUserMedia.mockClear();
    change();
    await pass(6);
    expect(test.state.value).toEqual({ is: 'fault', fault });
    expect(getUserMedia).not.toHaveBeenCalled();
    [cameras, permission] = [['front'], 'granted'];
    await pass(6);
    expect(test.state.value).toEqual({ is: 'well' });
  });

  it('that is plugged in again where the browser would ask is neither missing nor opened', async () => {
    [cameras, permission] = [[], 'prompt'];
    sitDown();
    await pass(6);
    expect(test.state.value).toEqual({ is: 'fault', fault: 'missing' });
    cameras = ['front'];
    await pass(6);
    expect(test.state.value).toEqual({ is: 'unknown' });
    expect(getUserMedia).not.toHaveBeenCalled();
  });

  it.each<[string, () => void, string]>([
    ['another program has', () => getUserMedia.mockRejectedValue(deviceError('NotReadableError')), 'busy'],
    ['gives no picture', () => (bright = null), 'busy'],
    ['is covered', () => (bright = 3), 'dark'],
    [
      'the PC forbids, whatever the browser says',
      () => getUserMedia.mockRejectedValue(deviceError('NotAllowedError')),
      'refused',
    ],
  ])('that %s is told, and looked at again from a tap alone', async (_what, change, fault) => {
    change();
    sitDown();
    await pass(10 * MINUTES);
    expect(test.state.value).toEqual({ is: 'fault', fault });
    expect(getUserMedia).toHaveBeenCalledTimes(1);
    expect(tracks.every(({ readyState }) => readyState === 'ended')).toBe(true);
    getUserMedia.mockReset().mockResolvedValue({ getTracks: () => [new FakeTrack('video')] });
    bright = 90;
    await test.look();
    expect(test.state.value).toEqual({ is: 'well' });
  });

  it('is not opened before the person has allowed it, on a break, or while there is a visit', async () => {
    permission = 'prompt';
    sitDown();
    await pass(10);
    [permission, desk.value] = ['granted', idle('offline')];
    await pass(10);
    desk.value = { is: 'ringing' } as Desk;
    await pass(10);
    expect(getUserMedia).not.toHaveBeenCalled();
    desk.value = idle();
    await pass(6);
    expect(getUserMedia).toHaveBeenCalledTimes(1);
  });

  it('is given back when a ring comes, and nothing of that look counts', async () => {
    let open: (stream: unknown) => void = () => undefined;
    getUserMedia.mockReturnValueOnce(new Promise((opened) => (open = opened)));
    bright = 0;
    sitDown();
    await pass(6);
    expect(test.looking.value).toBe(true);
    desk.value = { is: 'ringing' } as Desk;
    await nextTick();
    const late = new FakeTrack('video');
    open({ getTracks: () => [late] });
    await flushPromises();
    expect(late.readyState).toBe('ended');
    expect(test.looking.value).toBe(false);
    expect(test.state.value).toEqual({ is: 'unknown' });
  });

  it('that did not open in a talk is told after it', async () => {
    sitDown();
    await pass(6);
    desk.value = { is: 'serving' } as Desk;
    camera.value = { is: 'busy' };
    await nextTick();
    desk.value = idle();
    await pass(6);
    expect(test.state.value).toEqual({ is: 'fault', fault: 'busy' });
  });
});
