import { timeOfDay } from '@kit/text/format';
import type { CalendarDay, DayKind, DayRun, OpeningHours } from '@protocol';
import { t } from './text';

/** One run of a week, as somebody types it. */
export type Row = { fromDay: number; toDay: number; from: string; to: string };

export const WEEKDAYS = [1, 2, 3, 4, 5, 6, 7] as const;
export const KINDS: readonly DayKind[] = ['holiday', 'working', 'short'];

export const weekdayWord = (day: number) => t(`hours.weekday_${day as 1}`);
export const kindWord = (kind: DayKind) => t(`hours.kind_${kind}`);

/** `9:00`, also with the signs of a Chinese keyboard, as minutes after midnight; `null` for what is no time. */
export function minuteIn(text: string): number | null {
  const [, hour, minute] = /^(\d{1,2}):(\d{2})$/.exec(text.normalize('NFKC').trim()) ?? [];
  const minutes = Number(hour) * 60 + Number(minute);
  return Number(minute) < 60 && minutes <= 1_440 ? minutes : null;
}

export function rowsOf(hours: readonly OpeningHours[]): Row[] {
  return hours.map((run) => ({
    fromDay: run.from_day,
    toDay: run.to_day,
    from: timeOfDay(run.from_minute),
    to: timeOfDay(run.to_minute),
  }));
}

/** The week that was typed, or what is wrong with which row, in words. */
export function weekIn(rows: readonly Row[]): { week: OpeningHours[] } | { wrong: string } {
  const week: OpeningHours[] = [];
  for (const [index, { fromDay, toDay, from, to }] of rows.entries()) {
    const row = index + 1;
    const [from_minute, to_minute] = [minuteIn(from), minuteIn(to)];
    if (from_minute === null || to_minute === null) return { wrong: t('hours.not_a_time', { row }) };
    if (fromDay > toDay) return { wrong: t('hours.days_backwards', { row }) };
    if (from_minute >= to_minute) return { wrong: t('hours.backwards', { row }) };
    const other = week.findIndex((run) => overlaps(run, { from_day: fromDay, to_day: toDay, from_minute, to_minute }));
    if (other >= 0) return { wrong: t('hours.overlap', { row, other: other + 1 }) };
    week.push({ from_day: fromDay, to_day: toDay, from_minute, to_minute });
  }
  return { week };
}

function overlaps(one: OpeningHours, other: OpeningHours): boolean {
  const share = (from: number, to: number, otherFrom: number, otherTo: number) => from < otherTo && otherFrom < to;
  return (
    share(one.from_day, one.to_day + 1, other.from_day, other.to_day + 1) &&
    share(one.from_minute, one.to_minute, other.from_minute, other.to_minute)
  );
}

/** `9:00-12:00 13:30-15:00`, apart and in order; none for an empty text, `null` for what is no such text. */
export function runsIn(text: string): DayRun[] | null {
  const runs: DayRun[] = [];
  const words = text
    .normalize('NFKC')
    .replace(/[–—~至]/gu, '-')
    .replace(/\s*-\s*/gu, '-');
  for (const word of words.split(/[\s,、]+/u).filter(Boolean)) {
    const [from = null, to = null, ...more] = word.split('-').map(minuteIn);
    if (from === null || to === null || more.length > 0 || from >= to) return null;
    if ((runs.at(-1)?.to_minute ?? 0) > from) return null;
    runs.push({ from_minute: from, to_minute: to });
  }
  return runs;
}

export function runsWords(runs: readonly DayRun[]): string {
  return runs.map((run) => `${timeOfDay(run.from_minute)}–${timeOfDay(run.to_minute)}`).join(' ');
}

/** A week as a line says it: 「周一至周五 9:00–12:00 13:30–17:00」, the runs of the same days together. */
export function weekWords(hours: readonly OpeningHours[]): string {
  if (hours.length === 0) return t('hours.as_the_hall');
  const isAlike = (one: OpeningHours, other: OpeningHours) =>
    one.from_day === other.from_day && one.to_day === other.to_day;
  const firsts = hours.filter((run, index) => hours.findIndex((other) => isAlike(run, other)) === index);
  const words = firsts.map((first) => {
    const time = runsWords(hours.filter((run) => isAlike(run, first)));
    const days = { from: weekdayWord(first.from_day), to: weekdayWord(first.to_day), time };
    return first.from_day === first.to_day ? t('hours.one_day', days) : t('hours.some_days', days);
  });
  return words.join(t('hours.between'));
}

/** 1 = Monday … 7 = Sunday of a date `2027-02-06`. */
export function weekdayOf(day: string): number {
  return ((new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7) + 1;
}

export const yearOf = (day: CalendarDay) => day.day.slice(0, 4);

/** A date as people say it: 「2月6日」, with its year where it is said of several. */
export function dateWords(day: string): string {
  const [year, month, date] = day.split('-').map(Number);
  return t('hours.date', { year: String(year), month: month ?? 0, day: date ?? 0 });
}

export function dayWords({ day, kind, name, runs }: CalendarDay): string {
  const words = { date: dateWords(day), kind: kindWord(kind), name };
  return runs.length === 0 ? t('hours.day_words', words) : t('hours.day_words_at', { ...words, time: runsWords(runs) });
}

export const byDate = (one: CalendarDay, other: CalendarDay) => (one.day < other.day ? -1 : 1);
