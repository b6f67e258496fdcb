import { describe, expect, it } from 'vitest';
import { TEN } from '../testing';
import { endOf, ENDS, endWords } from './ends';

const HOUR_MS = 3_600_000;

describe('the end of an emergency close', () => {
  it.each([
    ['unknown', null],
    ['half_hour', TEN + HOUR_MS / 2],
    ['four_hours', TEN + 4 * HOUR_MS],
    // Ten in the morning: fourteen hours to the hall's midnight, whatever zone the browser is in.
    ['tomorrow', TEN + 14 * HOUR_MS],
  ] as const)('%s', (end, moment) => expect(endOf(end, TEN)).toBe(moment));

  it('is the next midnight also in the last minute of a day', () => {
    expect(endOf('tomorrow', TEN + 14 * HOUR_MS - 1)).toBe(TEN + 14 * HOUR_MS);
    expect(endOf('tomorrow', TEN + 14 * HOUR_MS)).toBe(TEN + 38 * HOUR_MS);
  });

  it('has words for each', () => {
    expect(new Set(ENDS.map(endWords)).size).toBe(ENDS.length);
  });
});
