import { assertNever } from '@kit/assertNever';
import { daysBetween, hallTime, timeOfDay } from '@kit/text/format';
import type { ClosedQueue, DayNote, HallCard, ItemBrief, OpeningHours, Place, PlaceCause } from '@protocol';
import type queue from '@locales/queue.json';
import { t, tCode } from './text';

/** 「前面还有 2 位，」 */
export function aheadWords({ ahead, shared }: Pick<Place, 'ahead' | 'shared'>): string {
  switch (ahead.is) {
    case 'exact':
      if (ahead.count === 0) return t(shared ? 'queue.ahead_none_shared' : 'queue.ahead_none');
      return t('queue.ahead_exact', { count: ahead.count });
    case 'between':
      return t('queue.ahead_between', { from: ahead.from, to: ahead.to });
    case 'about':
      return t('queue.ahead_about', { count: ahead.count });
    case 'over':
      return t('queue.ahead_over', { count: ahead.count });
    default:
      return assertNever(ahead);
  }
}

/** 「●●●○○」: one dot more for each person served, from four ahead to the head; nothing where the place is no count of turns. */
export function stepsTo({ ahead, shared }: Pick<Place, 'ahead' | 'shared'>): string {
  if (shared || ahead.is !== 'exact' || ahead.count > 4) return '';
  return '●'.repeat(5 - ahead.count) + '○'.repeat(ahead.count);
}

/** 「大约等 5–10 分钟。」 */
export function waitWords({ wait, shared }: Pick<Place, 'wait' | 'shared'>): string {
  if (wait) return t('queue.wait', { from: wait.from_minutes, to: wait.to_minutes });
  return t(shared ? 'queue.wait_unknown_shared' : 'queue.wait_unknown');
}

export function welcomeBackWords({ ahead, shared }: Pick<Place, 'ahead' | 'shared'>): string {
  if (ahead.is !== 'exact' || shared) return t('queue.welcome_back');
  return ahead.count === 0 ? t('queue.welcome_back_none') : t('queue.welcome_back_exact', { count: ahead.count });
}

/** Why others stand before. A newer server may tell a cause that this page does not know: then it says no more than that. */
export function causeWords(cause: PlaceCause): string {
  return tCode('queue', `cause_${cause}` satisfies keyof typeof queue);
}

/** 「凌晨 0:00」, 「上午 9:00」 and 「下午 1:30」 by the hall's clock. */
export function momentWords(timestamp: number): string {
  const { minute } = hallTime(timestamp);
  const time = timeOfDay(minute < 780 ? minute : minute - 720);
  return t(`hours.${minute < 300 ? 'dawn' : minute < 720 ? 'morning' : 'afternoon'}`, { time });
}

/** 「明天上午 9:00 上班。」 */
export function opensWords(hall: HallCard): string {
  const at = hall.open.state === 'closed' ? hall.open.opens_at : null;
  if (at === null) return t(hall.suspension ? 'entry.suspended_until_further' : 'entry.closed_until_further');
  return t(hall.suspension ? 'entry.suspended_opens' : 'entry.closed_opens', dayAndTime(hall.now, at));
}

/** The queue of a matter for which no numbers are given now. */
export function closedQueue(hall: HallCard, item: ItemBrief | null): ClosedQueue | undefined {
  return hall.closed_queues.find(({ items }) => item !== null && items.includes(item.code));
}

/** 「明天」 and 「上午 9:00」, as told at `now`. */
export function dayAndTime(now: number, at: number): { day: string; time: string } {
  return { day: dayWords(now, at), time: momentWords(at) };
}

/** 「2月5日（周五）至2月11日（周四）：春节，放假」 */
export function dayNoteWords(note: DayNote): string {
  const date = (at: number) => {
    const { month, day, weekday } = hallTime(at);
    return t('hours.date', { month, day, weekday: weekdayWords(weekday) });
  };
  const days = note.from === note.to ? date(note.from) : t('hours.days', { from: date(note.from), to: date(note.to) });
  return t(`hours.note_${note.kind}`, { days, name: note.name });
}

function dayWords(now: number, at: number): string {
  const days = daysBetween(now, at);
  if (days === 0) return t('hours.today');
  if (days === 1) return t('hours.tomorrow');
  const { month, day, weekday } = hallTime(at);
  return t('hours.date', { month, day, weekday: weekdayWords(weekday) });
}

const WEEKDAYS = ['day_1', 'day_2', 'day_3', 'day_4', 'day_5', 'day_6', 'day_7'] as const;
const weekdayWords = (day: number) => t(`hours.${WEEKDAYS[day - 1] ?? 'day_1'}`);

/** 「周一至周五」 with all runs of those days: 「9:00–12:00」「13:30–17:00」. */
export function hoursWords(hours: readonly OpeningHours[]): { days: string; runs: string[] }[] {
  const rows: { days: string; runs: string[] }[] = [];
  for (const run of hours) {
    const days =
      run.from_day === run.to_day
        ? weekdayWords(run.from_day)
        : t('hours.days', { from: weekdayWords(run.from_day), to: weekdayWords(run.to_day) });
    const words = t('hours.run', { from: timeOfDay(run.from_minute), to: timeOfDay(run.to_minute) });
    const row = rows.find((known) => known.days === days);
    if (row) row.runs.push(words);
    else rows.push({ days, runs: [words] });
  }
  return rows;
}
