import type { RuleView } from '@protocol';

/** Rules as the hall gives them, with some value. */
export const wrapUp = (value: number): RuleView => ({
  rule: 'timers.wrap_up_ms',
  value,
  default: 60_000,
  least: 10_000,
  most: 3_600_000,
  not_below: null,
  not_above: null,
});
export const ring = (value: number): RuleView => ({
  rule: 'timers.ring_ms',
  value,
  default: 20_000,
  least: 5_000,
  most: 300_000,
  not_below: null,
  not_above: null,
});
