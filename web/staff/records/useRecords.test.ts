import { beforeEach, describe, expect, it, vi } from 'vitest';
import { effectScope } from 'vue';
import { aRecord } from '../testing';
import { queryOf, useRecords } from './useRecords';

const asked: string[] = [];
let answer: (path: string) => Promise<Response>;
const page = (numbers: string[], cursor: string | null) =>
  new Response(
    JSON.stringify({
      records: numbers.map((number) => aRecord({ id: number, number, visit: `visit ${number}` })),
      // Who served the first two has them still; the third went on to somebody else.
      mine: numbers.filter((number) => number !== '3').map((number) => `visit ${number}`),
      cursor,
    }),
  );
const book = () => effectScope().run(() => useRecords('2026-11-23'))!;

beforeEach(() => {
  asked.length = 0;
  vi.stubGlobal('fetch', (path: string) => {
    asked.push(path);
    return answer(path);
  });
});

describe('the query', () => {
  it('says only what narrows', () => {
    expect(queryOf({ day: '2026-11-23', text: ' ', item: null, staff: null }, null)).toBe('day=2026-11-23');
    expect(queryOf({ day: '2026-11-23', text: '合同', item: 'YB01', staff: 'chen' }, 'c2')).toBe(
      'day=2026-11-23&text=%E5%90%88%E5%90%8C&item=YB01&staff=chen&cursor=c2',
    );
  });
});

describe('the book of a day', () => {
  it('goes on where the last page ended', async () => {
    answer = (path) => Promise.resolve(path.includes('cursor') ? page(['2'], null) : page(['1'], 'c2'));
    const records = book();
    await records.search();
    expect(records.hasMore.value).toBe(true);
    await records.more();
    expect(records.records.value.map(({ number }) => number)).toEqual(['1', '2']);
    expect(records.hasMore.value).toBe(false);
  });

  it('offers to mend what the hall says is theirs, over all pages and for no longer', async () => {
    answer = (path) => Promise.resolve(path.includes('cursor') ? page(['2', '3'], null) : page(['1'], 'c2'));
    const records = book();
    const mendable = () => records.records.value.filter(records.mayEdit).map(({ number }) => number);
    await records.search();
    await records.more();
    expect(mendable()).toEqual(['1', '2']);
    answer = () => Promise.resolve(page(['3'], null));
    await records.search();
    expect(mendable()).toEqual([]);
    expect(records.mayEdit(aRecord({ visit: 'visit 1' }))).toBe(false);
  });

  it('exports what is listed, not what is being typed', async () => {
    answer = () => Promise.resolve(page([], null));
    const records = book();
    await records.search();
    records.filter.text = '合同';
    expect(records.sheet.value).toBe('/api/staff/records.csv?day=2026-11-23');
  });

  it('throws away a slow answer to an older question', async () => {
    let late: (response: Response) => void = () => undefined;
    answer = () => new Promise((resolve) => (late = resolve));
    const records = book();
    const first = records.search();
    answer = () => Promise.resolve(page(['new'], null));
    await records.search();
    late(page(['old'], null));
    await first;
    expect(records.records.value.map(({ number }) => number)).toEqual(['new']);
  });

  it('keeps the list and says so when the network is lost', async () => {
    answer = () => Promise.resolve(page(['1'], null));
    const records = book();
    await records.search();
    answer = () => Promise.reject(new TypeError('offline'));
    await records.search();
    expect(records.trouble.value).toContain('网络');
    expect(records.records.value).toHaveLength(1);
  });
});
