import type { Timestamp } from '@protocol';

/** Whole seconds until a moment, never below 0. */
export function secondsLeft(until: Timestamp, now: Timestamp): number {
  return Math.max(0, Math.ceil((until - now) / 1000));
}
