import type { HallCard, ReferralView, TakeNumber, VisitView } from '@protocol';
import { flushPromises } from '@vue/test-utils';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { hallCard, monday } from '../examples';
import { served, serving, show } from '../testing';
import ReferralCard from './ReferralCard.vue';

const there = { hall: 'laocheng', name: '老城区政务服务中心', until: monday + 1_800_000, taken: false };
let asked: string[];
let wishes: TakeNumber[];
/** The other hall, and what it says to a wish for a number. */
let card: HallCard;
let answers: { status: number; body: unknown }[];
let gone: string[];

function shown(visit: VisitView, change: Partial<ReferralView> = {}) {
  const referral = { ...there, ...change };
  return show(ReferralCard, { ...visit, referral }, hallCard(), null, { referral, name: '陈老师' });
}
const reply = ({ status, body }: { status: number; body: unknown }) => new Response(JSON.stringify(body), { status });

beforeEach(() => {
  [asked, wishes, gone, answers] = [[], [], [], [{ status: 201, body: {} }]];
  card = hallCard({ id: 'laocheng', notice_version: '2026-12' });
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => {
    asked.push(`${init.method ?? 'GET'} ${path}`);
    if (init.method !== 'POST') return Promise.resolve(reply({ status: 200, body: card }));
    wishes.push(JSON.parse(String(init.body)) as TakeNumber);
    return Promise.resolve(reply(answers.shift() ?? { status: 201, body: {} }));
  });
  vi.stubGlobal('location', { assign: (page: string) => gone.push(page) });
});
afterEach(() => vi.unstubAllGlobals());

it('takes a number there by two taps, by the time of the first, and goes to its page', async () => {
  const { page, press } = shown(serving);
  expect(page.text()).toContain('陈老师请您到「老城区政务服务中心」接着办');
  expect(page.text()).toContain('上午 10:00以前去取号');
  await press('去「老城区政务服务中心」取号');
  await flushPromises();
  expect(page.text()).toContain('那边现在 3 人在等。 取了号，这边的通话就结束。');
  await press('取号，过去');
  await flushPromises();
  expect(asked).toEqual(['GET /api/halls/laocheng', 'POST /api/halls/laocheng/visits']);
  expect(wishes).toMatchObject([{ item: null, notice_version: '2026-12', from: 'xinqu' }]);
  expect(gone).toEqual(['/h/laocheng']);
});

it('where no number is given says so, stays here, and a second tap is the same operation', async () => {
  answers = [
    { status: 409, body: { code: 'hall_full', request: '1', retry_ms: null } },
    { status: 201, body: {} },
  ];
  const { page, press } = shown(serving);
  await press('去「老城区政务服务中心」取号');
  await flushPromises();
  await press('取号，过去');
  await flushPromises();
  expect([page.get('[role=alert]').text(), gone]).toEqual([expect.stringContaining('现在排队的人满了'), []]);
  await press('取号，过去');
  await flushPromises();
  expect(new Set(wishes.map(({ key }) => key)).size).toBe(1);
  expect(gone).toEqual(['/h/laocheng']);
});

it('a closed hall offers no number', async () => {
  card = hallCard({ open: { state: 'closed', opens_at: monday + 86_400_000 } });
  const { page, press } = shown(serving);
  await press('去「老城区政务服务中心」取号');
  await flushPromises();
  expect(page.text()).toContain('那边现在取不了号。');
  expect(page.text()).not.toContain('取号，过去');
});

it('may be declined', async () => {
  const { press, taps } = shown(serving);
  await press('不去，就在这里办');
  expect(taps).toContain('decline_referral');
});

it('after the talk says nothing of its end; once there is a number there, it leads to that one', async () => {
  const { page, press } = shown(served);
  await press('去「老城区政务服务中心」取号');
  await flushPromises();
  expect(page.text()).not.toContain('这边的通话');
  const taken = shown(served, { taken: true }).page;
  expect(taken.text()).toContain('您已经在「老城区政务服务中心」取了号');
  expect(taken.get('a').attributes('href')).toBe('/h/laocheng');
});
