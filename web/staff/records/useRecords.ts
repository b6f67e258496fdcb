import type { ItemCode, RecordPage, RecordView, StaffId, VisitId } from '@protocol';
import { computed, onScopeDispose, reactive, ref, shallowRef } from 'vue';
import { get } from '../console/api';
import { tCode } from '../text';

/** What to list. Empty fields do not narrow. */
export type RecordFilter = {
  /** `2026-11-23`, the hall's day. */
  day: string;
  text: string;
  item: ItemCode | null;
  staff: StaffId | null;
};

/** The query of both the list and the sheet. */
export function queryOf(filter: RecordFilter, cursor: string | null): string {
  const query = new URLSearchParams({ day: filter.day });
  if (filter.text.trim()) query.set('text', filter.text.trim());
  if (filter.item) query.set('item', filter.item);
  if (filter.staff) query.set('staff', filter.staff);
  if (cursor) query.set('cursor', cursor);
  return query.toString();
}

/** The records of a day, page by page; a newer search throws away what an older one still brings. */
export function useRecords(today: string) {
  const filter = reactive<RecordFilter>({ day: today, text: '', item: null, staff: null });
  const records = shallowRef<readonly RecordView[]>([]);
  const mine = shallowRef<ReadonlySet<VisitId>>(new Set());
  const cursor = ref<string | null>(null);
  const loading = ref(false);
  const trouble = ref<string | null>(null);
  /** What the list shows, so that the sheet holds the same. */
  const listed = ref('');
  let running: AbortController | undefined;

  async function load(from: string | null): Promise<void> {
    running?.abort();
    const own = new AbortController();
    running = own;
    loading.value = true;
    trouble.value = null;
    const answer = await get<RecordPage>(`/api/staff/records?${queryOf(filter, from)}`, own.signal);
    if (own.signal.aborted) return;
    loading.value = false;
    if (answer.is === 'problem') {
      trouble.value = tCode('refusals', answer.code);
      return;
    }
    records.value = from ? [...records.value, ...answer.value.records] : answer.value.records;
    mine.value = new Set([...(from ? mine.value : []), ...answer.value.mine]);
    cursor.value = answer.value.cursor;
    if (!from) listed.value = queryOf(filter, null);
  }
  onScopeDispose(() => running?.abort());

  return {
    filter,
    records: computed(() => records.value),
    /** By the hall's own rule, not by ours. */
    mayEdit: ({ visit }: RecordView) => mine.value.has(visit),
    loading: computed(() => loading.value),
    trouble: computed(() => trouble.value),
    hasMore: computed(() => cursor.value !== null),
    search: () => load(null),
    more: () => load(cursor.value),
    /** Address of the sheet with the same records. */
    sheet: computed(() => `/api/staff/records.csv?${listed.value || queryOf(filter, null)}`),
  };
}
