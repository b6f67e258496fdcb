import { announcements } from '@kit/components/YAnnouncer/announce';
import type { HallCard, ReferralView, TakeNumber, VisitView } from '@protocol';
import { flushPromises, type VueWrapper } from '@vue/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { hallCard, monday } from '../examples';
import { appointment, calling, left, parked, referral as there, served, serving, show, waiting } from '../testing';
import ReferralCard from './ReferralCard.vue';

let asked: string[];
let wishes: TakeNumber[];
/** The other hall, and what it says to a wish for a number. */
let card: HallCard;
let answers: { status: number; body: unknown }[];
/** The visit of this phone there, by its cookie. */
let own: Partial<VisitView> | null;
/** What this hall answers to whoever comes back. */
let home: VisitView | null;
let gone: string[];

function shown(visit: VisitView, change: Partial<ReferralView> = {}) {
  const referral = { ...there, ...change };
  return show(ReferralCard, { ...visit, referral }, hallCard(), null, { referral, name: '陈老师' });
}
const reply = ({ status, body }: { status: number; body: unknown }) => new Response(JSON.stringify(body), { status });

beforeEach(() => {
  [asked, wishes, gone, answers, own, home] = [[], [], [], [{ status: 201, body: {} }], null, null];
  card = hallCard({ id: 'laocheng', notice_version: '2026-12' });
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => {
    asked.push(`${init.method ?? 'GET'} ${path}`);
    if (init.method !== 'POST') return Promise.resolve(reply({ status: 200, body: card }));
    if (path.endsWith('/resume')) {
      const visit = path.includes('laocheng') ? own && { number: 'A7', status: waiting.status, ...own } : home;
      return Promise.resolve(visit ? reply({ status: 200, body: { visit } }) : new Response(null, { status: 204 }));
    }
    wishes.push(JSON.parse(String(init.body)) as TakeNumber);
    return Promise.resolve(reply(answers.shift() ?? { status: 201, body: {} }));
  });
  vi.stubGlobal('location', { assign: (page: string) => gone.push(page) });
});
afterEach(() => vi.unstubAllGlobals());

it('takes a number there by two taps, by the time of the first, and goes to its page', async () => {
  const { page, press } = shown(serving);
  expect(page.text()).toContain('陈老师请您到「老城区政务服务中心」接着办');
  expect(page.text()).toContain('上午 10:00 以前去取号');
  await press('去「老城区政务服务中心」取号');
  await flushPromises();
  expect(page.text()).toContain('那边现在 3 人在等。取了号，这边的通话就结束。');
  await press('取号，过去');
  await flushPromises();
  expect(asked).toEqual([
    'GET /api/halls/laocheng',
    'POST /api/halls/laocheng/resume',
    'POST /api/halls/laocheng/visits',
  ]);
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

it('whoever chose the hall a moment ago is shown at once what is there, and may stay after all', async () => {
  const referral = { ...there, chosen: true };
  const props = { referral, atOnce: true };
  const { page, press, taps } = show(ReferralCard, { ...waiting, referral }, hallCard(), null, props);
  await flushPromises();
  expect(page.text()).toContain('您要去「老城区政务服务中心」取号，还差一步');
  expect(page.text()).toContain('按您最早取号的时间排。姓名、电话和打过的字都带过去');
  expect(page.text()).toContain('那边现在 3 人在等，按先来的时间，您不一定排在最后。取了号，这边的号就不留了。');
  expect(document.activeElement).toBe(page.get('.notice').element);
  await press('不去，就在这里等');
  expect(taps).toContain('decline_referral');
});

it('whoever chose it before the page was loaded again is asked again', async () => {
  const { page } = shown(waiting, { chosen: true });
  await flushPromises();
  expect([asked, page.text()]).toEqual([[], expect.stringContaining('去「老城区政务服务中心」取号')]);
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
  expect(page.text()).toContain('不去了');
  await press('去「老城区政务服务中心」取号');
  await flushPromises();
  expect(page.text()).not.toMatch(/通话|这边的号/);
  own = {};
  const taken = shown(served, { taken: true });
  expect(taken.page.text()).toContain('您已经在「老城区政务服务中心」取了号');
  await taken.press('打开「老城区政务服务中心」的页面');
  await flushPromises();
  expect([wishes, gone]).toEqual([[], ['/h/laocheng']]);
});

it('where the answer with the number was lost, it is asked for again by whoever goes there', async () => {
  const { press } = shown(served, { taken: true });
  await press('打开「老城区政务服务中心」的页面');
  await flushPromises();
  expect(wishes).toMatchObject([{ notice_version: '2026-12', from: 'xinqu' }]);
  expect(gone).toEqual(['/h/laocheng']);
});

it('whoever went on in another tab has an older cookie here, comes back first, and asks the same again', async () => {
  answers = [
    { status: 409, body: { code: 'referral_over', request: '1', retry_ms: null } },
    { status: 201, body: {} },
  ];
  home = serving;
  const { press } = shown(serving);
  await press('去「老城区政务服务中心」取号');
  await flushPromises();
  await press('取号，过去');
  await flushPromises();
  expect(asked.slice(2)).toEqual([
    'POST /api/halls/laocheng/visits',
    'GET /api/halls/laocheng',
    'POST /api/halls/laocheng/resume',
    'POST /api/halls/xinqu/resume',
    'POST /api/halls/laocheng/visits',
  ]);
  expect(new Set(wishes.map(({ key }) => key)).size).toBe(1);
  expect(gone).toEqual(['/h/laocheng']);
});

it('says which number counts, where there is one of before', async () => {
  own = { number: 'A3', status: waiting.status };
  const { page, press } = shown(serving);
  await press('去「老城区政务服务中心」取号');
  await flushPromises();
  expect(page.text()).toContain('您在那边已经有号（A3），就按那个号排。过去以后，这边的通话就结束。');
  await press('用那个号，过去');
  await flushPromises();
  expect(gone).toEqual(['/h/laocheng']);
});

it('goes by the number there also where the hall gives none any more', async () => {
  card = hallCard({ closed_because: 'last_intake', open: { state: 'closed', opens_at: monday + 86_400_000 } });
  own = { number: 'A3', status: waiting.status };
  const { page, press } = shown(serving);
  await press('去「老城区政务服务中心」取号');
  await flushPromises();
  expect(page.text()).toContain('您在那边已经有号（A3），就按那个号排。');
  await press('用那个号，过去');
  await flushPromises();
  expect(gone).toEqual(['/h/laocheng']);
});

it('whoever came back first, and is refused all the same, reads it beside the hall as it is now', async () => {
  answers = [
    { status: 409, body: { code: 'referral_over', request: '1', retry_ms: null } },
    { status: 409, body: { code: 'hall_full', request: '2', retry_ms: null } },
  ];
  home = serving;
  const { page, press } = shown(serving);
  await press('去「老城区政务服务中心」取号');
  await flushPromises();
  await press('取号，过去');
  await flushPromises();
  expect(asked.slice(-2)).toEqual(['GET /api/halls/laocheng', 'POST /api/halls/laocheng/resume']);
  expect(page.get('[role=alert]').text()).toContain('现在排队的人满了');
});

it('where a window rings for the number whose answer was lost, it is asked for again from here', async () => {
  answers = [{ status: 409, body: { code: 'not_now', request: '1', retry_ms: null } }];
  const { page, press } = shown(served, { taken: true });
  await press('打开「老城区政务服务中心」的页面');
  await flushPromises();
  expect([page.get('[role=alert]').text(), gone]).toEqual([expect.stringContaining('您的号还在'), []]);
  await press('打开「老城区政务服务中心」的页面');
  await flushPromises();
  expect(gone).toEqual(['/h/laocheng']);
});

it.each([
  ['talks', serving, '请和工作人员说一声，这边接着办'],
  ['waits', waiting, '这边的号还在，接着等就行'],
  ['was served', served, '到时候打开那边的页面办'],
])('whoever %s and has a time there reads so and what to do, and is offered no number', async (_how, visit, words) => {
  for (const { status } of [appointment(false), left]) {
    own = { number: 'A3', status };
    const { page, press } = shown(visit);
    await press('去「老城区政务服务中心」取号');
    await flushPromises();
    expect(page.text()).toContain('您在那边已经约好了时间，或者留了电话');
    expect(page.text()).toContain(words);
    expect(page.text()).not.toContain('已经有号');
    expect(page.findAll('button').map((button) => button.text())).toEqual(['先不去']);
    page.unmount();
  }
});

it.each([
  ['waits again', waiting],
  ['is asked 「我在」', calling],
  ['was sent to prepare', parked],
])('whoever %s reads that the number here goes, for there is no talk to end', async (_how, visit) => {
  const { page, press } = shown(visit);
  expect(page.text()).toContain('不去，就在这里等');
  await press('去「老城区政务服务中心」取号');
  await flushPromises();
  expect(page.text()).toContain('取了号，这边的号就不留了。');
  expect(page.text()).not.toContain('通话');
});

it('is told to whoever does not look, when it comes and when it is followed', async () => {
  const { page } = shown(serving);
  expect(announcements.polite).toContain('陈老师请您到「老城区政务服务中心」接着办');
  await page.setProps({ referral: { ...there, taken: true } });
  expect(announcements.polite).toContain('您已经在「老城区政务服务中心」取了号');
});

describe('in a second tab, where the number was taken in the first', () => {
  /** What leads there stands alone: nothing is asked again, and no refusal is read. */
  function expectLed(page: VueWrapper) {
    expect(page.text()).toContain('您已经在「老城区政务服务中心」取了号，请到那边的页面接着办。');
    expect(page.findAll('button').map((button) => button.text())).toEqual(['打开「老城区政务服务中心」的页面']);
    expect(page.find('.notice--wrong').exists()).toBe(false);
  }
  const ours = { referred: { hall_name: '新区街道便民服务中心', number: 'A12', at: monday } };

  it('says so at the first tap, though this hall has not heard of it', async () => {
    own = ours;
    const { page, press } = shown(serving);
    await press('去「老城区政务服务中心」取号');
    await flushPromises();
    expectLed(page);
    expect(wishes).toEqual([]);
  });

  it('says so in the place of the refusal, where the other tab was faster', async () => {
    answers = [{ status: 409, body: { code: 'referral_over', request: '1', retry_ms: null } }];
    const { page, press } = shown(serving);
    await press('去「老城区政务服务中心」取号');
    await flushPromises();
    own = ours;
    await press('取号，过去');
    await flushPromises();
    expectLed(page);
    expect(gone).toEqual([]);
  });

  it('takes back what it asked, and a refusal it showed, when the hall tells it', async () => {
    answers = [{ status: 409, body: { code: 'hall_full', request: '1', retry_ms: null } }];
    const { page, press } = shown(serving);
    await press('去「老城区政务服务中心」取号');
    await flushPromises();
    await press('取号，过去');
    await flushPromises();
    expect(page.find('.notice--wrong').exists()).toBe(true);
    await page.setProps({ referral: { ...there, taken: true } });
    expectLed(page);
  });

  it('asks as ever where the number there is of another referral, or of none', async () => {
    for (const referred of [{ hall_name: '新区街道便民服务中心', number: 'A3', at: monday }, undefined]) {
      own = referred ? { referred } : {};
      const { page, press } = shown(serving);
      await press('去「老城区政务服务中心」取号');
      await flushPromises();
      expect(page.text()).toMatch(/(取号|用那个号)，过去/);
    }
  });
});
