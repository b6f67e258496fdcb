import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { lateCode } from './lateCode';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('is fetched once, however often it is asked for', async () => {
  const fetchIt = vi.fn(() => Promise.resolve({ word: 'here' }));
  const { code, load } = lateCode(fetchIt, 'none');
  expect(code.value).toBeNull();
  expect(fetchIt).not.toHaveBeenCalled();
  await Promise.all([load(), load()]);
  expect(await load()).toEqual({ word: 'here' });
  expect(code.value).toEqual({ word: 'here' });
  expect(fetchIt).toHaveBeenCalledTimes(1);
});

it('that did not come is nothing now, and comes by itself under an address of its own', async () => {
  // The second try imports by address, as a browser would.
  const address = `data:text/javascript,export const word = 'late';//`;
  const { code, load } = lateCode(() => Promise.reject<{ word: string }>(new Error('a weak link')), address);
  expect(await load()).toBeNull();
  expect(code.value).toBeNull();
  vi.advanceTimersByTime(3_000);
  vi.useRealTimers();
  await vi.waitFor(() => expect(code.value?.word).toBe('late'));
});
