import meanings from '@locales/rules.json';
import type { RuleView } from '@protocol';
import { expect, it } from 'vitest';
import { grouped, isMeant } from './groups';

/** Set whole on the command line. */
const LISTS = ['hours', 'notice_version', 'queues', 'skills', 'windows', 'hands_on_to'];

const view = (rule: string): RuleView => ({
  rule,
  value: 1,
  default: 1,
  least: 0,
  most: 9,
  not_below: null,
  not_above: null,
});

it('has a place for every rule that is no list, once', () => {
  const rules = Object.keys(meanings).filter((rule) => !LISTS.includes(rule));
  const groups = grouped(rules.map(view));
  expect(groups.map(({ name }) => name)).not.toContain('other');
  expect(groups.flatMap((group) => group.rules.map(({ rule }) => rule)).sort()).toEqual(rules.sort());
});

it('shows last what a later server knows besides', () => {
  expect(grouped([view('of_tomorrow'), view('pick_first')]).map(({ name }) => name)).toEqual(['ring', 'other']);
});

it.each([
  ['timers.ring_ms', '响铃', true],
  ['timers.ring_ms', '窗口 响铃', true],
  ['timers.ring_ms', '窗口 回电', false],
  ['timers.ring_ms', 'RING_MS', true],
  ['timers.ring_ms', '  ', true],
])('%s is meant by 「%s」: %s', (rule, typed, is) => expect(isMeant(rule, typed)).toBe(is));
