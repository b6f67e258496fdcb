import { createText } from '@kit/text/text';
import duration from '@locales/duration.json';
import units from '@locales/rule-units.json';
import meanings from '@locales/rules.json';
import refusals from '@locales/staff-refusals.json';
import rules from '@locales/staff-rules.json';

/** The words of this page alone: it is fetched when an administrator opens it. */
export const { t, tCode } = createText({ rules, refusals, duration });

/** What a rule says, the same words as on the command line; one of a later server by its name. */
export function meaningOf(rule: string): string {
  return (meanings as Record<string, string>)[rule] ?? rule;
}

/** What a count is counted in. */
export function countedIn(rule: string): string {
  return (units as Record<string, string>)[rule] ?? '';
}

/** What is said beside a rule: that it counts at once, also for whoever was in line before, or what else it does. */
export function noteOn(rule: string): string {
  if (rule === 'always_open') return t('rules.now_always_open');
  if (rule === 'timers.callback_attempts') return t('rules.now_callback_attempts');
  if (rule === 'timers.missed_returns' || rule === 'timers.missed_recalls') return t('rules.now_missed_returns');
  if (rule === 'timers.media_setup_ms') return t('rules.note_media_setup');
  if (rule === 'timers.media_text_ms') return t('rules.note_media_text');
  return '';
}

/** What every page of administrators says of itself. */
export const pageWords = rules;
