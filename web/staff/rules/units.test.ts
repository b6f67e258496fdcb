import type { RuleView } from '@protocol';
import { describe, expect, it } from 'vitest';
import { numberIn, said, typed, unitOf } from './units';

const time = (value: number, usual: number): RuleView => ({
  rule: 'timers.wrap_up_ms',
  value,
  default: usual,
  least: 10_000,
  most: 3_600_000,
  not_below: null,
  not_above: null,
});

describe('a time', () => {
  it('is typed in the largest unit in which it is whole', () => {
    expect(unitOf(time(60_000, 60_000))).toBe('seconds');
    expect(unitOf(time(60_000, 300_000))).toBe('minutes');
    expect(unitOf(time(30_000, 300_000))).toBe('seconds');
    expect(unitOf(time(259_200_000, 259_200_000))).toBe('days');
    expect(unitOf(time(129_600_000, 259_200_000))).toBe('hours');
    expect(unitOf(time(36_000_000, 36_000_000))).toBe('hours');
    expect(
      unitOf({ rule: 'pick_first', value: 10, default: 10, least: 0, most: 30, not_below: null, not_above: null }),
    ).toBe(null);
  });

  it('is milliseconds again', () => {
    expect(typed(1_800_000, 'minutes')).toBe('30');
    expect(numberIn('30', 'minutes')).toBe(1_800_000);
    expect(numberIn(' １.５ ', 'minutes')).toBe(90_000);
  });

  it('is said in the units people count in', () => {
    expect(said('timers.wrap_up_ms', 90_000)).toBe('1 分钟 30 秒');
    expect(said('timers.callback_keeps_ms', 259_200_000)).toBe('3 天');
    expect(said('timers.sticky_ms', 0)).toBe('0 秒');
    expect(said('timers.ring_ms', 400)).toBe('0.4 秒');
  });
});

describe('what else is a rule', () => {
  it('is counted, or yes or no', () => {
    expect(said('pick_first', 10)).toBe('10 位');
    expect(said('handshake', false)).toBe('否');
  });

  it.each(['', 'soon', '-1', '1,5', '1e9', '3.5'])('is no number when it is %s', (text) => {
    expect(numberIn(text, null)).toBe(null);
  });
});
