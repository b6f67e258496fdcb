import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { whenSeenFor } from './whenSeenFor';

let seen: DocumentVisibilityState = 'visible';
beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(document, 'visibilityState', 'get').mockImplementation(() => seen);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  seen = 'visible';
});

function turn(to: DocumentVisibilityState): void {
  seen = to;
  document.dispatchEvent(new Event('visibilitychange'));
}

it('counts only while somebody can see the page, and in one piece', async () => {
  const done = vi.fn();
  const end = whenSeenFor(10_000, done);
  await vi.advanceTimersByTimeAsync(6_000);
  turn('hidden');
  await vi.advanceTimersByTimeAsync(60_000);
  turn('visible');
  await vi.advanceTimersByTimeAsync(9_999);
  expect(done).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(done).toHaveBeenCalledOnce();
  end();
});

it('begins when the page comes into sight, and never once it was ended', async () => {
  seen = 'hidden';
  const done = vi.fn();
  const end = whenSeenFor(1_000, done);
  await vi.advanceTimersByTimeAsync(5_000);
  end();
  turn('visible');
  await vi.advanceTimersByTimeAsync(5_000);
  expect(done).not.toHaveBeenCalled();
});
