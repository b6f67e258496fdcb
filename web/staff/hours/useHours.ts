import { newKey } from '@kit/connection';
import type { CalendarDay, ChangeCalendar, ChangeHours, HoursPage, OpeningHours, TableRead } from '@protocol';
import { computed, onScopeDispose, ref, shallowRef } from 'vue';
import { type Answer, get, isUnheard, post, postPatiently } from '../console/api';
import { t, tCode } from './text';
import { byDate, yearOf } from './times';

const WEEK = '/api/staff/hours';
const CALENDAR = '/api/staff/calendar';
const TABLE = '/api/staff/calendar/table';

/** What was not stored, or maybe not, says why in a sentence; nothing where it was. */
export type Changed = { why: string } | null;

/** When the hall is open, as the server has it, and the ways to change that. */
export function useHours() {
  const page = shallowRef<HoursPage | null>(null);
  const loading = ref(false);
  const trouble = ref<string | null>(null);
  const leaving = new AbortController();
  onScopeDispose(() => leaving.abort());
  /** A wish of unknown result is said again under its own key. */
  let open: { body: string; key: string } | null = null;

  async function load(): Promise<void> {
    loading.value = true;
    const answer = await get<HoursPage>(WEEK, leaving.signal);
    if (leaving.signal.aborted) return;
    loading.value = false;
    trouble.value = answer.is === 'problem' ? tCode('refusals', answer.code) : null;
    if (answer.is === 'ok') page.value = answer.value;
  }

  async function change(path: string, wish: Omit<ChangeHours, 'key'> | Omit<ChangeCalendar, 'key'>): Promise<Changed> {
    const body = path + JSON.stringify(wish);
    const key = open?.body === body ? open.key : newKey();
    open = { body, key };
    const answer = await postPatiently(path, { ...wish, key }, leaving.signal);
    if (answer.is === 'ok' || !UNKNOWN.has(answer.code)) open = null;
    await load();
    if (answer.is === 'ok') return null;
    const why = tCode('refusals', answer.code);
    return { why: t(isUnheard(answer.code) ? 'hours.unheard' : 'hours.not_stored', { why }) };
  }

  /** The week of the hall, or of a queue. `seen`: what the page showed when somebody began to type. */
  function changeWeek(queue: string | null, seen: OpeningHours[], hours: OpeningHours[]): Promise<Changed> {
    return change(WEEK, { queue, seen, hours });
  }

  /** These days for all of these years. */
  function changeDays(years: ReadonlySet<string>, days: CalendarDay[]): Promise<Changed> {
    const seen = (page.value?.days ?? []).filter((day) => years.has(yearOf(day)));
    return change(CALENDAR, { seen, days: [...days].sort(byDate) });
  }

  function readTable(text: string): Promise<Answer<TableRead>> {
    return post<TableRead>(TABLE, { text });
  }

  return {
    page: computed(() => page.value),
    loading: computed(() => loading.value),
    trouble: computed(() => trouble.value),
    load,
    changeWeek,
    changeDays,
    readTable,
  };
}

/** After these nobody knows whether it was stored. */
const UNKNOWN: ReadonlySet<string> = new Set(['network', 'other', 'store_unavailable', 'no_answer', 'busy']);
