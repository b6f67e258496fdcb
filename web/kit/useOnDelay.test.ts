import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { effectScope, nextTick, ref } from 'vue';
import { useOnDelay } from './useOnDelay';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function begin() {
  const is = ref(true);
  const scope = effectScope();
  const on = scope.run(() => useOnDelay(() => is.value, 1_000))!;
  return { is, on, scope };
}

it('comes after the whole time and goes at once', async () => {
  const { is, on } = begin();
  vi.advanceTimersByTime(999);
  expect(on.value).toBe(false);
  vi.advanceTimersByTime(1);
  expect(on.value).toBe(true);
  is.value = false;
  await nextTick();
  expect(on.value).toBe(false);
});

it('begins anew after a break', async () => {
  const { is, on } = begin();
  vi.advanceTimersByTime(900);
  for (const value of [false, true]) {
    is.value = value;
    await nextTick();
  }
  vi.advanceTimersByTime(999);
  expect(on.value).toBe(false);
  vi.advanceTimersByTime(1);
  expect(on.value).toBe(true);
});

it('ends with what asked', () => {
  const { on, scope } = begin();
  scope.stop();
  vi.advanceTimersByTime(2_000);
  expect(on.value).toBe(false);
});
