import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { effectScope, type EffectScope, nextTick, ref, shallowRef } from 'vue';
import type { Desk } from '../console/desk';
import { liNainai, TEN, window3 } from '../testing';
import { useRinging } from './useRinging';

let scope: EffectScope;
const desk = shallowRef<Desk>({ is: 'standing' });
const ringing = (): Desk => ({ is: 'ringing', window: window3(), visit: liNainai(), until: TEN });
const notes = vi.fn();

/** A context whose notes are counted. */
const makeAudioContext = () => {
  const node = { connect: (next: unknown) => next, gain: { setValueAtTime() {}, exponentialRampToValueAtTime() {} } };
  return {
    state: 'running',
    currentTime: 0,
    resume: () => Promise.resolve(),
    close: () => Promise.resolve(),
    createGain: () => node,
    createOscillator: () => ({ ...node, frequency: { value: 0 }, start: notes, stop() {} }),
  } as unknown as AudioContext;
};

class FakeNotice {
  static permission: NotificationPermission = 'granted';
  static shown: FakeNotice[] = [];
  static requestPermission = () => Promise.resolve('granted' as const);
  onclick: (() => void) | null = null;
  close = vi.fn();
  constructor(public readonly title: string) {
    FakeNotice.shown.push(this);
  }
}

const start = () =>
  scope.run(() =>
    useRinging(
      { desk: desk as never, state: shallowRef({ view: null }) as never, now: ref(TEN) },
      {
        environment: { makeAudioContext, vibrate: undefined },
        notices: FakeNotice as unknown as typeof Notification,
      },
    ),
  )!;

beforeEach(() => {
  vi.useFakeTimers();
  document.title = '云易办 窗口';
  desk.value = { is: 'idle', window: window3() };
  notes.mockClear();
  FakeNotice.shown = [];
  scope = effectScope();
});
afterEach(() => {
  scope.stop();
  vi.useRealTimers();
});

it('a ring sounds until it is answered', async () => {
  const { unlock } = start();
  await unlock();
  desk.value = ringing();
  await nextTick();
  const first = notes.mock.calls.length;
  expect(first).toBeGreaterThan(0);
  vi.advanceTimersByTime(10_000);
  const later = notes.mock.calls.length;
  expect(later).toBeGreaterThan(first);
  desk.value = { is: 'idle', window: window3() };
  await nextTick();
  vi.advanceTimersByTime(10_000);
  expect(notes.mock.calls.length).toBe(later);
});

it('the title of the tab says who calls, in turn with its own, and is its own again afterwards', async () => {
  start();
  desk.value = ringing();
  await nextTick();
  expect(document.title).toContain('A12');
  vi.advanceTimersByTime(1_000);
  expect(document.title).toBe('云易办 窗口');
  vi.advanceTimersByTime(1_000);
  expect(document.title).toContain('城乡居民医保参保登记');
  desk.value = { is: 'standing' };
  await nextTick();
  expect(document.title).toBe('云易办 窗口');
});

it('a notice of the system comes only while the page is behind, and goes with the ring', async () => {
  start();
  desk.value = ringing();
  await nextTick();
  expect(FakeNotice.shown).toHaveLength(0);
  desk.value = { is: 'standing' };
  await nextTick();

  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
  desk.value = ringing();
  await nextTick();
  expect(FakeNotice.shown).toHaveLength(1);
  desk.value = { is: 'standing' };
  await nextTick();
  expect(FakeNotice.shown[0]?.close).toHaveBeenCalled();
});

it('the first touch anywhere opens the sound of a refreshed console', async () => {
  const { soundReady } = start();
  expect(soundReady.value).toBe(false);
  window.dispatchEvent(new Event('pointerdown'));
  await vi.advanceTimersByTimeAsync(0);
  expect(soundReady.value).toBe(true);
});
