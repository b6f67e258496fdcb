import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { effectScope } from 'vue';
import { useTwice } from './useTwice';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const twice = (act: () => void) => effectScope().run(() => useTwice(act))!;

it('one slip of the finger does nothing', () => {
  const act = vi.fn();
  const esc = twice(act);
  esc.press();
  expect(esc.armed.value).toBe(true);
  vi.advanceTimersByTime(10_000);
  expect(esc.armed.value).toBe(false);
  esc.press();
  expect(act).not.toHaveBeenCalled();
});

it('two presses within ten seconds do it once', () => {
  const act = vi.fn();
  const esc = twice(act);
  esc.press();
  vi.advanceTimersByTime(9_500);
  esc.press();
  expect(act).toHaveBeenCalledTimes(1);
  expect(esc.armed.value).toBe(false);
});

it('a no leaves it as if nothing had been pressed', () => {
  const act = vi.fn();
  const esc = twice(act);
  esc.press();
  esc.disarm();
  esc.press();
  expect(act).not.toHaveBeenCalled();
});
