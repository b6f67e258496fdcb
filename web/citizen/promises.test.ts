import type { Promises, VisitView } from '@protocol';
import { describe, expect, it } from 'vitest';
import { type Component } from 'vue';
import ConnectScreen from './connect/ConnectScreen.vue';
import { liNainai, monday } from './examples';
import MissedScreen from './missed/MissedScreen.vue';
import QueueScreen from './queue/QueueScreen.vue';
import { connecting, show, visitIn, waiting } from './testing';

/** What stands on a screen where an administrator has set other numbers than the usual ones. */
async function words(screen: Component, seen: VisitView, promises: Partial<Promises>, tapped?: string) {
  const { page, press } = show(screen, {
    ...seen,
    promises: { ...liNainai().promises, ...promises },
  });
  if (tapped) await press(tapped);
  await page.vm.$nextTick();
  const text = page.text();
  page.unmount();
  return text;
}

const missed = visitIn({ state: 'missed', until: monday, back_at: null });
const missedLate = visitIn({ state: 'missed', until: monday, back_at: null, end_of_line: 'now' });
const later = visitIn({ state: 'missed', until: monday, back_at: monday });

describe('a number of the rules', () => {
  it.each<[string, Component, VisitView, Partial<Promises>, string, string?]>([
    ['before the call', ConnectScreen, connecting, {}, '您的号保留 30 分钟'],
    ['before the call', ConnectScreen, connecting, { missed_keeps_ms: 7_200_000 }, '您的号保留 2 小时'],
    ['before the call', ConnectScreen, connecting, {}, '等 1 分钟'],
    ['before the call', ConnectScreen, connecting, { later_ms: 90_000 }, '等 1 分钟 30 秒'],
    ['after a moment asked for', MissedScreen, later, {}, '好的，过 1 分钟再叫您。'],
    ['after a moment asked for', MissedScreen, later, { later_ms: 300_000 }, '好的，过 5 分钟再叫您。'],
    ['missed', MissedScreen, missed, {}, '号给您留着，过两位就到您。'],
    ['missed', MissedScreen, missed, { missed_after: 3 }, '号给您留着，过 3 位就到您。'],
    ['missed', MissedScreen, missed, { missed_after: 0 }, '号给您留着，还在原来的位置。'],
    ['missed for long', MissedScreen, missedLate, {}, '前面的位置留了 30 分钟，已经让给后面的人了。'],
    ['missed for long', MissedScreen, missedLate, { missed_keeps_ms: 600_000 }, '前面的位置留了 10 分钟，'],
    ['before consent', QueueScreen, waiting, {}, '最多打 2 次', '不想等了，请给我回电话'],
    ['before consent', QueueScreen, waiting, { callback_attempts: 5 }, '最多打 5 次', '不想等了，请给我回电话'],
  ])('%s is said as it is: %4$s', async (_when, screen, seen, promises, sentence, tapped) => {
    expect(await words(screen, seen, promises, tapped)).toContain(sentence);
  });
});
