import { daysBetween, hallTime, timeOfDay } from '@kit/text/format';
import { t } from '../text';

/** When an emergency close may end, as a supervisor chooses it. */
export const ENDS = ['unknown', 'half_hour', 'hour', 'two_hours', 'four_hours', 'tomorrow'] as const;
export type End = (typeof ENDS)[number];

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** The hall's clock is eight hours ahead of UTC and has no summer time. */
const OFFSET_MS = 8 * 60 * MINUTE_MS;

/** The moment it ends by itself; `null` when a supervisor ends it. Tomorrow begins at midnight in the hall: its hours say the rest. */
export function endOf(end: End, now: number): number | null {
  switch (end) {
    case 'unknown':
      return null;
    case 'half_hour':
      return now + 30 * MINUTE_MS;
    case 'hour':
      return now + 60 * MINUTE_MS;
    case 'two_hours':
      return now + 120 * MINUTE_MS;
    case 'four_hours':
      return now + 240 * MINUTE_MS;
    case 'tomorrow':
      return (Math.floor((now + OFFSET_MS) / DAY_MS) + 1) * DAY_MS - OFFSET_MS;
  }
}

export function endWords(end: End): string {
  switch (end) {
    case 'unknown':
      return t('suspension.until_unknown');
    case 'half_hour':
      return t('suspension.until_minutes', { count: 30 });
    case 'hour':
      return t('suspension.until_hours', { count: 1 });
    case 'two_hours':
      return t('suspension.until_hours', { count: 2 });
    case 'four_hours':
      return t('suspension.until_hours', { count: 4 });
    case 'tomorrow':
      return t('suspension.until_tomorrow');
  }
}

/** The moment it ends, as told at `now`: with its day unless that is today. */
export function whenWords(now: number, at: number): string {
  const { month, day, minute } = hallTime(at);
  const time = timeOfDay(minute);
  return daysBetween(now, at) === 0 ? time : t('suspension.bar_day', { month, day, time });
}
