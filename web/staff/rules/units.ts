import { durationWords } from '@kit/text/duration';
import type { RuleValue, RuleView } from '@protocol';
import { countedIn, t } from './text';

/** The unit a time is typed in. */
export type Unit = 'days' | 'hours' | 'minutes' | 'seconds';

const MS: Readonly<Record<Unit, number>> = { days: 86_400_000, hours: 3_600_000, minutes: 60_000, seconds: 1_000 };

/** Whether a rule is a time, not a count. */
export const isTime = (rule: string) => rule.endsWith('_ms');

/** The largest unit in which the rule is whole and by itself more than one: nobody is to type 1.5 minutes, or 1,800 seconds. */
export function unitOf(rule: RuleView): Unit | null {
  if (!isTime(rule.rule)) return null;
  const [value, usual] = [Number(rule.value), Number(rule.default)];
  const fits = (unit: Unit) => value % MS[unit] === 0 && usual % MS[unit] === 0 && usual > MS[unit];
  return (['days', 'hours', 'minutes'] as const).find(fits) ?? 'seconds';
}

/** A number as it stands in the field. */
export function typed(value: RuleValue, unit: Unit | null): string {
  return String(unit ? Number(value) / MS[unit] : value);
}

/** What was typed, in milliseconds where it is a time; `null` for what is no number. Full-width digits are digits. */
export function numberIn(text: string, unit: Unit | null): number | null {
  const plain = text.normalize('NFKC').trim();
  if (!/^\d+(\.\d+)?$/.test(plain)) return null;
  const number = Number(plain) * (unit ? MS[unit] : 1);
  return unit || Number.isInteger(number) ? Math.round(number) : null;
}

/** A value as people say it: 「1 分钟 30 秒」, 「10 位」, 「是」. */
export function said(rule: string, value: RuleValue): string {
  if (typeof value === 'boolean') return t(value ? 'rules.yes' : 'rules.no');
  if (!isTime(rule)) return t('rules.count', { count: value, unit: countedIn(rule) });
  return durationWords(value, t);
}
