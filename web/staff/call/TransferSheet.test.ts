import type { HallCard, TransferHall, WindowView } from '@protocol';
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { defineComponent, h, nextTick, ref, shallowRef } from 'vue';
import { emptyConsole } from '../console/state';
import { type Console, provideConsole } from '../console/useConsole';
import type { Verbs } from '../console/useVerbs';
import { provideRecordForm } from '../record/useRecordForm';
import { aView, liNainai, serving, TEN, window3 } from '../testing';
import TransferSheet from './TransferSheet.vue';

const listed = (id: string, name: string, change: Partial<TransferHall> = {}): TransferHall => {
  return { id, name, open: false, waiting: 0, ...change };
};
type Card = Pick<HallCard, 'open' | 'closed_because'> & { busyness: Pick<HallCard['busyness'], 'waiting'> };
const closed: Card = { open: { state: 'closed', opens_at: TEN }, closed_because: 'hours', busyness: { waiting: 0 } };
const open = { ...closed, open: { state: 'open', until: TEN }, closed_because: null } as const;

let page: VueWrapper;
/** What each hall says of itself, and when; a hall without a word does not answer. */
let cards: Record<string, Promise<Card> | undefined>;
let asked: string[];
let sent: unknown[];

async function opened(halls: TransferHall[], windows: WindowView[] = []): Promise<void> {
  vi.stubGlobal('fetch', async (path: string) => {
    asked.push(path);
    if (path.endsWith('/transfer-halls')) return new Response(JSON.stringify({ halls }));
    const card = cards[path.replace('/api/halls/', '')];
    return card
      ? new Response(JSON.stringify(await card))
      : new Response(JSON.stringify({ code: 'store_unavailable', request: '1', retry_ms: null }), { status: 503 });
  });
  const desk = {
    state: shallowRef({ ...emptyConsole, view: aView(windows.length > 0 ? { windows } : {}) }),
    visit: shallowRef(windows.length > 0 ? liNainai({ status: serving() }) : null),
    trouble: ref(null),
    dismissTrouble: () => undefined,
  } as unknown as Console;
  const transfer = (to: unknown) => Promise.resolve(sent.push(to) > 0);
  page = mount(
    defineComponent({
      setup() {
        provideConsole(desk);
        provideRecordForm(desk);
        return () => h(TransferSheet, { verbs: { transfer } as unknown as Verbs });
      },
    }),
    { attachTo: document.body },
  );
  await flushPromises();
}
const words = () => page.findAll('button').map((button) => button.text());

beforeEach(() => {
  [cards, asked, sent] = [{}, [], []];
});
afterEach(() => {
  page.unmount();
  vi.unstubAllGlobals();
});

it('tells apart the hall that is open, the one that is closed, and the one of which nobody knows', async () => {
  cards = { jiaoqu: Promise.resolve(closed) };
  await opened([
    listed('laocheng', '老城区大厅', { open: true, waiting: 3 }),
    listed('jiaoqu', '郊区大厅'),
    listed('shanqu', '山区大厅'),
  ]);
  expect(words()).toEqual(
    expect.arrayContaining([
      '老城区大厅 · 在上班，3 人在等',
      '郊区大厅 · 现在不取号',
      '山区大厅 · 还没有回音，不知道取不取号',
    ]),
  );
  expect(asked, 'who has answered is not asked again').toEqual([
    '/api/staff/transfer-halls',
    '/api/halls/jiaoqu',
    '/api/halls/shanqu',
  ]);
});

it('is called closed by nobody before it has answered, and says what it is when it does', async () => {
  let answer: (card: Card) => void = () => undefined;
  cards = { shanqu: new Promise((done) => (answer = done)) };
  await opened([listed('shanqu', '山区大厅')]);
  expect(words()).toContain('山区大厅 · 还没有回音，不知道取不取号');
  answer({ ...open, busyness: { waiting: 2 } });
  await flushPromises();
  expect(words()).toContain('山区大厅 · 在上班，2 人在等');
});

it('is open to be named all the same: the citizen asks it again', async () => {
  await opened([listed('shanqu', '山区大厅')]);
  await page
    .findAll('button')
    .find((button) => button.text().startsWith('山区大厅'))
    ?.trigger('click');
  await nextTick();
  expect(sent).toEqual([{ is: 'hall', hall: 'shanqu' }]);
});

it('a hall that is open and gives no numbers any more is closed', async () => {
  cards = { jiaoqu: Promise.resolve({ ...open, closed_because: 'last_intake' }) };
  await opened([listed('jiaoqu', '郊区大厅')]);
  expect(words()).toContain('郊区大厅 · 现在不取号');
});

const wang: WindowView = {
  ...window3({ is: 'talking', visit: 'wu' }),
  id: '1',
  name: '1号窗口',
  staff: 'wang',
  staff_name: '王老师',
  supervisor: true,
};

it('where nobody is free it names what can be done, and a supervisor only where one takes numbers', async () => {
  await opened([], [window3(), wang]);
  expect(page.text()).toContain('现在没有同事空着。可以转给主管、转回队伍里，或等一等再转。');
  expect(page.text()).toContain('主管都在忙。');
  page.unmount();
  await opened([], [window3(), { ...wang, presence: { is: 'offline' } }]);
  expect(page.text()).toContain('现在没有同事空着。可以转回队伍里，或等一等再转。');
  expect(page.text()).toContain('现在没有主管在接号。');
});
