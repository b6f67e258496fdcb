import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRing } from './ring';

let vibrate: ReturnType<typeof vi.fn<(pattern: number[]) => boolean>>;

beforeEach(() => {
  vi.useFakeTimers();
  vibrate = vi.fn(() => true);
});
afterEach(() => vi.useRealTimers());

const ring = () => createRing({ makeAudioContext: undefined, vibrate });

describe('the ring', () => {
  it('goes on until it is stopped', () => {
    const bell = ring();
    bell.start();
    vi.advanceTimersByTime(5_000);
    expect(vibrate).toHaveBeenCalledTimes(3);
    bell.stop();
    vi.advanceTimersByTime(10_000);
    expect(vibrate).toHaveBeenLastCalledWith([]);
    expect(vibrate).toHaveBeenCalledTimes(4);
  });

  it('rings once however often it is started', () => {
    const bell = ring();
    bell.start();
    bell.start();
    expect(vibrate).toHaveBeenCalledTimes(1);
  });

  it('says when no sound can be made', async () => {
    expect(await ring().unlock()).toBe(false);
  });
});
