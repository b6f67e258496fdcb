import { flushPromises, type VueWrapper } from '@vue/test-utils';
import axe from 'axe-core';
import type { WaitRange } from '@protocol';
import type { Component } from 'vue';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadLane } from '../call/useLane';
import EntryScreen from '../entry/EntryScreen.vue';
import { hallCard, monday, place } from '../examples';
import QueueScreen from '../queue/QueueScreen.vue';
import { closedHall, referral, show, suspended, visitIn, waiting } from '../testing';

let page: VueWrapper;
beforeAll(loadLane);
beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0));
afterEach(() => page.unmount());

/** Not yet. */
const LATER = monday + 3_600_000;
const WITH_SISTERS = { sisters: 2 };
const busy = (busyness: Partial<ReturnType<typeof hallCard>['busyness']>) =>
  hallCard({ ...WITH_SISTERS, busyness: { ...hallCard().busyness, ...busyness } });

async function open(screen: Component, seen: Parameters<typeof show>[1], hall: ReturnType<typeof hallCard>) {
  const shown = show(screen, seen, hall);
  page = shown.page;
  // It looks within a moment.
  await new Promise((done) => setTimeout(done, 5));
  await flushPromises();
  return shown.taps;
}
const links = () => page.findAll('a').flatMap((link) => link.attributes('href')?.match(/^\/h\/.*/)?.[0] ?? []);

describe('sister halls are offered by one line and one button each', () => {
  it.each([
    ['is closed', { ...closedHall, ...WITH_SISTERS }],
    ['is closed in an emergency', { ...suspended, ...WITH_SISTERS }],
    ['has nobody at a window', busy({ windows: 0, wait: null })],
  ])('while the hall %s', async (_what, hall) => {
    await open(EntryScreen, null, hall);
    expect(page.text()).toContain('老城区政务服务中心：2 人在等，大约 5–10 分钟。');
    expect(links()).toEqual(['/h/laocheng', '/h/xincheng']);
    expect(page.text()).not.toContain('这边的号');
    const { violations } = await axe.run(document.body, { rules: { 'color-contrast': { enabled: false } } });
    expect(violations.map(({ id }) => id)).toEqual([]);
  });

  it('where the wait is long, and then only those where it is shorter', async () => {
    await open(EntryScreen, null, busy({ waiting: 30, wait: { from_minutes: 60, to_minutes: 80 } }));
    expect(links()).toEqual(['/h/laocheng']);
  });

  it('where this hall says of the wait that it is long', async () => {
    const wait = { waiting: 9, wait: { from_minutes: 20, to_minutes: 25 } };
    await open(EntryScreen, null, busy(wait));
    expect(links()).toEqual([]);
    page.unmount();
    await open(EntryScreen, null, { ...busy(wait), long_wait_ms: 20 * 60_000 });
    expect(links()).toEqual(['/h/laocheng']);
  });

  const inLine = (wait: WaitRange | null, ahead = 4) =>
    visitIn({ state: 'waiting', place: { ...place(ahead), wait }, here: false }, { sisters_from: monday });

  it('to whoever has waited long enough, those that are quicker; the place goes along by one tap', async () => {
    const taps = await open(QueueScreen, inLine({ from_minutes: 20, to_minutes: 30 }), hallCard(WITH_SISTERS));
    expect(page.text()).toContain('这边人多，别的大厅可能快一点');
    expect(page.text()).toContain('老城区政务服务中心：2 人在等，大约 5–10 分钟。');
    expect(page.text()).not.toContain('新城区政务服务中心');
    expect(page.text()).toContain('还按您在这里取号的时间排');
    await page.get('button[aria-label="老城区政务服务中心 去那边取号"]').trigger('click');
    expect(taps).toContain('choose_hall');
  });

  it('and none without a forecast here where somebody waits there, nor to who is next', async () => {
    await open(QueueScreen, inLine(null), hallCard(WITH_SISTERS));
    expect(page.text()).not.toContain('别的大厅');
    page.unmount();
    await open(QueueScreen, inLine({ from_minutes: 20, to_minutes: 30 }, 1), hallCard(WITH_SISTERS));
    expect(page.text()).not.toContain('别的大厅');
  });

  it.each(['no_window', 'long_wait'] as const)(
    'with the place, to whoever waits (%s) and may take it along',
    async (offer) => {
      await open(QueueScreen, { ...waiting, offer, sisters_from: LATER }, hallCard(WITH_SISTERS));
      expect(links()).toEqual([]);
      expect(page.findAll('button').filter((button) => button.text() === '去那边取号')).toHaveLength(2);
    },
  );

  it.each(['no_window', 'long_wait'] as const)('to whoever waits (%s), and the number here stays', async (offer) => {
    const taps = await open(QueueScreen, { ...waiting, offer }, hallCard(WITH_SISTERS));
    expect(links()).toEqual(['/h/laocheng', '/h/xincheng']);
    expect(page.text()).toContain('这边的号还会留一会儿');
    expect(taps.filter((tap) => tap !== 'sisters')).toEqual([]);
  });
});

describe('nothing is said of them, and nobody asked', () => {
  it.each<[string, Component, Parameters<typeof show>[1], ReturnType<typeof hallCard>]>([
    ['while this hall helps', EntryScreen, null, hallCard(WITH_SISTERS)],
    ['where there are none', EntryScreen, null, closedHall],
    ['while one waits as usual', QueueScreen, waiting, hallCard(WITH_SISTERS)],
    ['before one has waited long', QueueScreen, { ...waiting, sisters_from: LATER }, hallCard(WITH_SISTERS)],
    [
      'where a window has named one',
      QueueScreen,
      visitIn(waiting.status, { offer: 'no_window', referral }),
      hallCard(WITH_SISTERS),
    ],
  ])('%s', async (_what, screen, seen, hall) => {
    const taps = await open(screen, seen, hall);
    expect(links()).toEqual([]);
    expect(taps).not.toContain('sisters');
  });
});
