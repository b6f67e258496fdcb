import type { ConsoleView, LineEntry, LineView } from '@protocol';
import { flushPromises, mount } from '@vue/test-utils';
import { expect, it, vi } from 'vitest';
import { defineComponent, h, ref, shallowRef } from 'vue';
import { deskOf } from '../console/desk';
import { type Console, provideConsole } from '../console/useConsole';
import type { Verbs } from '../console/useVerbs';
import { aView, inLine, lineOf, MINUTE, TEN, window3 } from '../testing';
import WaitingList from './WaitingList.vue';

/** A12 of another queue waits for a supervisor. */
function waiting(supervisor: boolean, beside: Partial<LineView> = {}) {
  return listOf(inLine({ visit: 'wu', here: true, queue: 'b', supervised: true }), supervisor, beside);
}

/** One person in line, as window 3 sees it. */
function listOf(entry: LineEntry, supervisor = false, beside: Partial<LineView> = {}) {
  return listIn(aView({ line: { ...lineOf(entry), ...beside }, windows: [{ ...window3(), supervisor }] }));
}

function listIn(view: ConsoleView) {
  const verbs = {
    recall: vi.fn(() => Promise.resolve(true)),
    pick: vi.fn(),
    pickFar: vi.fn(() => Promise.resolve(true)),
  };
  const list = mount(
    defineComponent({
      setup() {
        const state = ref({ view });
        const trouble = { trouble: ref(null), dismissTrouble: () => undefined };
        provideConsole({ state, desk: shallowRef(deskOf(view)), now: ref(TEN), ...trouble } as unknown as Console);
        return () => h(WaitingList, { verbs: verbs as unknown as Verbs });
      },
    }),
  );
  return { list, verbs };
}

it('says who waits for a supervisor, and lets a supervisor alone take that one by hand', async () => {
  const others = waiting(false).list;
  expect(others.text()).toContain('等主管');
  expect(others.findAll('button')).toHaveLength(0);
  const { list, verbs } = waiting(true);
  await list.find('button').trigger('click');
  expect(verbs.pick).toHaveBeenCalledWith('wu');
});

/** A13 is the first, A14 the second of a line of which so many may be called by hand. */
function two(pick_first: number) {
  const head = [inLine({ visit: 'zhang', number: 'A13' }), inLine({ visit: 'wang', number: 'A14' })];
  const { list, verbs } = listIn(aView({ line: { ...lineOf(...head), pick_first }, windows: [window3()] }));
  const buttons = () => list.findAll('button').map((one) => one.text());
  const press = async (words: string) => {
    await list
      .findAll('button')
      .find((one) => one.text() === words)
      ?.trigger('click');
    await flushPromises();
  };
  return { list, verbs, buttons, press };
}

it('calls somebody further back once it is said why', async () => {
  const { list, verbs, buttons, press } = two(1);
  expect(buttons()).toEqual(['叫他', '先叫…']);
  await press('先叫…');
  expect(list.get('dialog').text()).toContain('先叫 A14 号');
  await press('不先叫');
  expect(list.find('dialog').exists()).toBe(false);
  await press('先叫…');
  await press('年老体弱、身体不便');
  expect(verbs.pickFar).toHaveBeenCalledWith('wang', 'frail');
  expect(list.find('dialog').exists()).toBe(false);
});

it('offers nobody to be called by hand where that is off', () => {
  expect(two(0).buttons()).toEqual([]);
});

it('says who asked for a minute and when they are back, whom no list of the line has', () => {
  const text = waiting(false, { later: [{ visit: 'li', number: 'A7', back_at: TEN + 45_000 }] }).list.text();
  expect(text).toContain('A7 号要等一下，00:45 后自动回到队里。');
});

it('says who was sent off to prepare and until when, those of its own queues first', () => {
  const until = TEN + 15 * 60_000;
  const wu = { visit: 'wu', number: 'B2', queue: 'b', until };
  const li = { visit: 'li', number: 'A1', queue: 'a', until: until + 60_000 };
  const text = waiting(false, { preparing: [wu, li] }).list.text();
  expect(text).toMatch(/A1 号去准备了，10:16 前回来，号留着。.*B2 号去准备了，10:15 前回来，号留着。/s);
});

it('is as it was where an older server does not say who prepares', () => {
  const line: Partial<LineView> = lineOf(inLine());
  delete line.preparing;
  const view = aView({ line: line as LineView, windows: [window3()] });
  expect(listIn(view).list.text()).not.toContain('去准备');
});

it('marks who is asked 「我在」 and has not said it, until they do', () => {
  const mark = '还没点「我在」';
  expect(listOf(inLine({ asked_until: TEN + 20_000 })).list.text()).toContain(mark);
  expect(listOf(inLine({ asked_again_at: TEN + 20_000 })).list.text()).toContain(mark);
  expect(listOf(inLine({ here: true })).list.text()).not.toContain(mark);
  expect(listOf(inLine()).list.text(), 'nobody was asked yet').not.toContain(mark);
  expect(listOf(inLine({ away: true, asked_again_at: TEN })).list.text()).not.toContain(mark);
  // A server before 「我在」 says nothing of it.
  const older: Partial<LineEntry> = inLine();
  delete older.asked_until;
  delete older.asked_again_at;
  expect(listOf(older as LineEntry).list.text()).not.toContain(mark);
});

it('lists whose turn was missed at this window and since when, and calls one again', async () => {
  const missed = {
    visit: 'li',
    number: 'A7',
    item: null,
    queue: 'a',
    supervised: false,
    since: TEN - 65_000,
    until: TEN,
    late: false,
  };
  const others = [
    { ...missed, visit: 'wang', number: 'B1', queue: 'b' },
    { ...missed, visit: 'zhao', number: 'A9', supervised: true },
    { ...missed, visit: 'qian', number: 'A3', since: TEN - 45 * MINUTE, late: true },
  ];
  const { list, verbs } = waiting(false, { missed: [missed, ...others] });
  const text = list.get('section section').text();
  expect(text).toContain('A7');
  expect(text).toContain('过号 01:05');
  expect(text.match(/再叫排到队尾/g)).toHaveLength(1);
  expect(text.slice(text.indexOf('A3'))).toContain('过号 45:00 · 再叫排到队尾');
  expect(text).not.toMatch(/B1|A9/);
  await list.get('button[aria-label="重新叫号 A7"]').trigger('click');
  expect(verbs.recall).toHaveBeenCalledWith('li');
});

it('shows five missed numbers until somebody asks for all', async () => {
  const missed = Array.from({ length: 7 }, (_, nth) => ({
    visit: `visit ${nth}`,
    number: `A${nth + 1}`,
    item: null,
    queue: 'a',
    supervised: false,
    since: TEN - MINUTE,
    until: TEN,
    late: false,
  }));
  const { list } = waiting(false, { missed });
  const entries = () => list.findAll('section section li').length;
  expect(entries()).toBe(5);
  const more = list.findAll('section section button').find((button) => button.text() === '还有 2 个，都看一看');
  await more?.trigger('click');
  expect(entries()).toBe(7);
  expect(list.text()).not.toContain('都看一看');
});
