import type { CalendarDay, ChangeCalendar, ChangeHours, HoursPage as Hours, TableRead } from '@protocol';
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils';
import axe from 'axe-core';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import HoursPage from './HoursPage.vue';

const holiday = (day: string, name = '春节'): CalendarDay => ({ day, kind: 'holiday', name, runs: [] });
const week = [{ from_day: 1, to_day: 5, from_minute: 540, to_minute: 720 }];

let stored: Hours;
let asked: { path: string; body: unknown }[];
let answer: () => Response;
let table: TableRead;
let page: VueWrapper;

const ok = () => new Response(null, { status: 204 });
const refuse = (code: string) => () => new Response(JSON.stringify({ code, request: 'r' }), { status: 409 });

async function serve(path: string, init?: RequestInit): Promise<Response> {
  if (init?.method !== 'POST') return new Response(JSON.stringify(stored));
  asked.push({ path, body: JSON.parse(init.body as string) });
  if (path.endsWith('/table')) return new Response(JSON.stringify(table));
  const answered = answer();
  if (answered.ok && path.endsWith('calendar')) {
    const { seen, days } = asked.at(-1)!.body as ChangeCalendar;
    const gone = new Set(seen.map(({ day }) => day));
    stored = { ...stored, days: [...stored.days.filter(({ day }) => !gone.has(day)), ...days] };
  }
  if (answered.ok && path.endsWith('hours')) stored = { ...stored, hours: (asked.at(-1)!.body as ChangeHours).hours };
  return answered;
}

beforeEach(async () => {
  asked = [];
  answer = ok;
  stored = {
    always_open: false,
    today: '2026-11-23',
    hours: week,
    queues: [{ id: 'b', name: '社保医保', hours: [] }],
    days: [holiday('2026-10-01', '国庆'), holiday('2027-02-05')],
    changes: [
      { at: 1_795_395_600_000, by: '王主任', what: { of: 'week', queue: 'b', before: week, after: [] } },
      { at: 1_795_395_600_000, by: null, what: { of: 'days', before: [], after: [holiday('2027-02-05')] } },
    ],
  };
  vi.stubGlobal('fetch', serve);
  page = mount(HoursPage, { props: { told: 0 }, attachTo: document.body });
  await flushPromises();
});
afterEach(() => page.unmount());

const button = (name: string) =>
  page.findAll('button').find((one) => (one.attributes('aria-label') ?? one.text()) === name)!;
const field = (name: string) => page.get<HTMLInputElement>(`[aria-label="${name}"]`);

it('shows the week, the queues, the days of this year, and who changed what', () => {
  expect(page.text()).toContain('周一至周五 9:00–12:00');
  expect(page.text()).toContain('「社保医保」的办理时间');
  expect(page.findAll('tbody tr').map((row) => row.get('th').text())).toEqual(['2026年10月1日 周四']);
  expect(page.text()).toContain('王主任：「社保医保」的办理时间，从「周一至周五 9:00–12:00」改成「跟大厅一样」。');
  expect(page.text()).toContain('服务器上的命令：节假日和调休，从「没有」改成「2027年2月5日 放假 春节」。');
});

it('a week is stored against what was shown when somebody began to type', async () => {
  await button('修改：大厅的上班时间').trigger('click');
  await field('第 1 段，几点结束').setValue('8:00');
  await page.get('form.week__form').trigger('submit');
  expect(page.text()).toContain('第 1 段，结束要比开始晚。没有改。');
  expect(asked).toEqual([]);
  await field('第 1 段，几点结束').setValue('11:30');
  await page.get('form.week__form').trigger('submit');
  await flushPromises();
  const hours = [{ ...week[0], to_minute: 690 }];
  expect(asked[0]).toMatchObject({ path: '/api/staff/hours', body: { queue: null, seen: week, hours } });
  expect(page.text()).toContain('已改：大厅的上班时间，现在是 周一至周五 9:00–11:30。');
});

it('the hall is not left without hours, a queue may be', async () => {
  await button('修改：大厅的上班时间').trigger('click');
  await button('删掉第 1 段').trigger('click');
  await page.get('form.week__form').trigger('submit');
  expect(page.text()).toContain('大厅至少要有一段上班时间。没有改。');
});

it('what another administrator changed meanwhile is said, and nothing is lost', async () => {
  answer = refuse('hours_changed');
  await button('修改：大厅的上班时间').trigger('click');
  await field('第 1 段，几点结束').setValue('11:30');
  await page.get('form.week__form').trigger('submit');
  await flushPromises();
  expect(page.text()).toContain('没有存上。别人刚刚改过这里');
  expect(field('第 1 段，几点结束').element.value).toBe('11:30');
});

it('a lost answer is not called a no, and the same is said again under its own key', async () => {
  answer = () => {
    throw new Error('no network');
  };
  await button('修改：大厅的上班时间').trigger('click');
  await field('第 1 段，几点结束').setValue('11:30');
  await page.get('form.week__form').trigger('submit');
  await flushPromises();
  expect(page.text()).toContain('不知道存上没有。网络不通，连不上大厅。内容都在，网络好了请再点一次。');
  expect(page.text()).not.toContain('没有存上');
  answer = ok;
  await page.get('form.week__form').trigger('submit');
  await flushPromises();
  expect(page.text()).toContain('已改：大厅的上班时间，现在是 周一至周五 9:00–11:30。');
  const [first, second] = asked.map(({ body }) => (body as ChangeHours).key);
  expect(second).toBe(first);
});

it('an open page shows what the hall says is changed', async () => {
  stored = { ...stored, hours: [{ ...week[0]!, to_minute: 1_020 }] };
  await page.setProps({ told: 1 });
  await flushPromises();
  expect(page.text()).toContain('周一至周五 9:00–17:00');
});

it('a day is added once, and one is taken away at the second press', async () => {
  const [date, name] = [page.get('input[type=date]'), page.get('.add__name')];
  await date.setValue('2026-10-01');
  await name.setValue('国庆');
  await page.get('form.add').trigger('submit');
  expect(page.text()).toContain('这一天已经有了：2026年10月1日 放假 国庆。');
  await date.setValue('2026-10-02');
  await page.get('form.add').trigger('submit');
  await flushPromises();
  const both = [holiday('2026-10-01', '国庆'), holiday('2026-10-02', '国庆')];
  expect(asked[0]).toMatchObject({ path: '/api/staff/calendar', body: { seen: [both[0]], days: both } });
  expect(page.findAll('tbody tr')).toHaveLength(2);
  await button('删掉：2026年10月1日 放假 国庆').trigger('click');
  expect(asked).toHaveLength(1);
  await button('真的删掉：2026年10月1日 放假 国庆').trigger('click');
  await flushPromises();
  expect(asked[1]).toMatchObject({ body: { seen: both, days: [both[1]] } });
  expect(page.text()).toContain('已删：2026年10月1日 放假 国庆。');
});

async function choose(bytes: BlobPart): Promise<void> {
  const input = page.get<HTMLInputElement>('input[type=file]');
  Object.defineProperty(input.element, 'files', { value: [new File([bytes], '2027.csv')], configurable: true });
  await input.trigger('change');
  await vi.waitFor(() => expect(asked.length).toBeGreaterThan(0));
  await flushPromises();
}

it('a table is shown before it counts, and a wrong line is named', async () => {
  table = { is: 'wrong', line: 3, value: '2027-02-30' };
  await choose('2027-02-30,holiday,春节');
  expect(asked[0]).toMatchObject({ path: '/api/staff/calendar/table', body: { text: '2027-02-30,holiday,春节' } });
  expect(page.text()).toContain('第 3 行读不懂：「2027-02-30」。');
  asked = [];
  const days = [holiday('2027-02-06'), holiday('2027-01-01', '元旦')];
  table = { is: 'days', days };
  await choose('2027');
  expect(page.text()).toContain('表里有 2 天，是 2027 年的。换上以后，这一年原来的 1 天就没有了');
  await button('换成这张表').trigger('click');
  await flushPromises();
  expect(asked.at(-1)).toMatchObject({ body: { seen: [holiday('2027-02-05')], days: [days[1], days[0]] } });
  expect(page.text()).toContain('已导入 2 天。');
  expect(page.findAll('tbody tr').map((row) => row.get('th').text())).toEqual([
    '2027年1月1日 周五',
    '2027年2月6日 周六',
  ]);
});

it('of a year that had none nothing is said to go', async () => {
  table = { is: 'days', days: [holiday('2028-01-01', '元旦')] };
  await choose('2028');
  expect(page.text()).toContain('表里有 1 天，是 2028 年的。这一年原来没有特别的日子');
});

it('has no barrier', async () => {
  await button('修改：大厅的上班时间').trigger('click');
  const { violations } = await axe.run(document.body, { rules: { 'color-contrast': { enabled: false } } });
  expect(violations.map(({ id }) => id)).toEqual([]);
});
