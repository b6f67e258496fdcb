import type { PlaceCause, VisitView } from '@protocol';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Component } from 'vue';
import CallScreen from './call/CallScreen.vue';
import { loadLane } from './call/useLane';
import ConnectScreen from './connect/ConnectScreen.vue';
import DoneScreen from './done/DoneScreen.vue';
import EntryScreen from './entry/EntryScreen.vue';
import MissedScreen from './missed/MissedScreen.vue';
import QueueScreen from './queue/QueueScreen.vue';
import { hallCard, monday, place } from './examples';
import {
  atNight,
  staff,
  show,
  visitIn,
  waiting,
  withPhone,
  kept,
  connecting,
  serving,
  transferring,
  served,
  closedHall,
} from './testing';

// As for whoever has waited for a moment.
beforeAll(loadLane);

describe('what is said', () => {
  const words = (screen: Component, seen: VisitView | null, hall = hallCard()) => {
    const { page } = show(screen, seen, hall);
    const text = page.text().replace(/\s+/g, ' ');
    page.unmount();
    return text;
  };
  it('in the line: the number, the place, the wait, the way back', () => {
    const text = words(QueueScreen, visitIn({ state: 'waiting', place: place(2), here: false }));
    for (const sentence of [
      '您是 A12 号',
      '前面还有 2 位，',
      '大约等 5–10 分钟。',
      '正在为 A10 号服务',
      '欢迎回来，您的号还在，前面 2 位。',
    ])
      expect(text).toContain(sentence);
  });
  it('in the line of one matter, where no steps are counted: who is served, and no room left before it', () => {
    const shared = { ...place(0), shared: true };
    const { page } = show(QueueScreen, visitIn({ state: 'waiting', place: shared, here: false }));
    expect(page.text()).toContain('正在为 A10 号服务');
    expect(page.find('.queue__steps').exists()).toBe(false);
    page.unmount();
  });
  it('in the line: whoever came from another hall stands before, also where the page does not know that cause', () => {
    const behind = (cause: string) =>
      words(
        QueueScreen,
        visitIn({ state: 'waiting', place: { ...place(2), cause: cause as PlaceCause }, here: false }),
      );
    expect(behind('referred')).toContain('前面来了从别的大厅转来的人，取号比您早，请您多等一下。');
    expect(behind('of_a_later_server')).toContain('排队的先后有变动，请您多等一下。');
    expect(behind('of_a_later_server')).not.toMatch(/cause_|of_a_later_server/);
  });
  it('after the talk: that the window hung up, lest it look like a broken line', () => {
    expect(words(DoneScreen, { ...served, hung_up: 'staff' })).toContain('陈老师挂断了，通话结束。');
    expect(words(DoneScreen, { ...served, hung_up: 'citizen' })).not.toContain('挂断了');
    // A server before that says nothing of it.
    expect(words(DoneScreen, served)).not.toContain('挂断了');
  });
  it('where the hall closed over her wait: when it opens, and what the button below does', () => {
    const out = visitIn({ state: 'closed', outcome: 'closed_out', at: monday });
    const text = words(DoneScreen, out, atNight);
    expect(text).toMatch(/明天上午 9:30 上班。请留个电话，上班后我们打给您；也可以到时再来。/);
    expect(text).toContain('留个电话，上班后给您回');
    const nobodyCalls = words(DoneScreen, out, { ...atNight, calls_back_from: null });
    expect(nobodyCalls).toMatch(/明天上午 9:30 上班。请到时再来，或者打电话。/);
  });
  it('a number kept until the end of the day: that is this night, not a morning', () => {
    const midnight = monday + 14.5 * 3_600_000;
    const text = words(MissedScreen, visitIn({ state: 'missed', until: midnight, back_at: null }));
    expect(text).toContain('请在今晚 12:00 以前点「我在，继续」。');
  });
  it('while one prepares: the number, until when, and the button by its name', () => {
    const text = words(MissedScreen, visitIn({ state: 'parked', until: monday + 1_800_000 }));
    for (const sentence of ['您是 A12 号', '准备好了，接着给您办', '以前点「我在，继续」。'])
      expect(text).toContain(sentence);
  });
  it('by telephone: only the number is asked for, and nothing of it may be left out', () => {
    const text = words(CallScreen, visitIn({ state: 'serving', staff, since: monday, mode: 'telephone' }));
    expect(text).toContain('打哪个电话找您?');
    expect(text).not.toContain('可不填');
    expect(text).not.toContain('称呼');
  });
  it('in the line: what was noted of priority, and nothing more to choose', () => {
    const text = words(QueueScreen, { ...waiting, priority: true });
    expect(text).toContain('记下了。接通以后，请出示证件。');
    expect(text).not.toContain('需要优先照顾');
  });
  it('in the minute asked for: that it ends by itself, also on a page opened again', () => {
    const text = words(MissedScreen, visitIn({ state: 'missed', until: monday + 1_800_000, back_at: monday + 60_000 }));
    for (const sentence of ['好的，过 1 分钟再叫您。', '时间一到，自动回到原来的位置，窗口一空就叫您。'])
      expect(text).toContain(sentence);
    expect(text, 'nothing has to be tapped by then').not.toMatch(/请在.*以前点/);
  });
  it('whoever said 「我在」 and has no window to come to is told that alone', () => {
    const here = { state: 'waiting', place: place(0), here: true } as const;
    const alone = words(QueueScreen, visitIn(here, { offer: 'no_window' }));
    expect(alone).toContain('现在没有窗口在接待。');
    expect(alone).not.toMatch(/知道您在|请不要离开/);
    for (const offer of [null, 'long_wait'] as const)
      expect(words(QueueScreen, visitIn(here, { offer }))).toContain('好的，知道您在。');
  });
  it('while no window is on duty: so, and what can be done', () => {
    const text = words(QueueScreen, visitIn(waiting.status, { offer: 'no_window' }));
    expect(text).toContain('现在没有窗口在接待。');
    for (const choice of ['不想等了，请给我回电话', '不排了']) expect(text).toContain(choice);
  });
  it('while no window is on duty: nothing that promises a turn', () => {
    const empty = hallCard({ busyness: { waiting: 0, windows: 0, returning: 0, wait: null } });
    const entry = words(EntryScreen, null, empty);
    expect(entry).toContain('现在没有窗口在线');
    expect(entry).not.toMatch(/工作人员在线|马上/);
    const next = visitIn({ state: 'waiting', place: place(0), here: false }, { offer: 'no_window' });
    expect(words(QueueScreen, next)).not.toMatch(/快到您了|马上/);
    expect(words(QueueScreen, { ...next, offer: null })).toContain('快到您了。');
  });
  it('while no window has come back after a restart: neither that one is there, nor that none is', () => {
    for (const waiting of [0, 2]) {
      const busyness = { waiting, windows: 3, returning: 3, wait: null };
      const entry = words(EntryScreen, null, hallCard({ busyness }));
      expect(entry).toContain('要等多久，现在还说不准。');
      expect(entry).not.toMatch(/工作人员在线|马上|没有窗口/);
      const one = hallCard({ busyness: { ...busyness, returning: 2 } });
      expect(words(EntryScreen, null, one)).toContain('工作人员在线');
    }
  });
  it('to be called back: the place, the number, and what came of the first call', () => {
    const text = words(QueueScreen, kept);
    for (const sentence of ['号给您留着', '前面还有 2 位', '我们会打 13812345678', '刚才打过 1 次，没有接通'])
      expect(text).toContain(sentence);
    expect(text).not.toContain('试听铃声');
  });
  it('called back in vain: how often', () => {
    const ended = visitIn({ state: 'closed', outcome: 'expired', at: monday }, { callback: { attempts: 2, most: 2 } });
    expect(words(DoneScreen, ended)).toContain('给您打了 2 次电话，没有接通');
  });
  it('before and while the window telephones: who it is, and that it can be taken here', () =>
    expect(words(ConnectScreen, { ...connecting, callback: { attempts: 0, most: 2 } })).toContain(
      '陈老师要打电话给您，请留意来电。',
    ));
  it('on the telephone: to which number, and nothing to wait for', () => {
    const text = words(CallScreen, visitIn({ state: 'serving', staff, since: monday, mode: 'telephone' }, withPhone));
    expect(text).toContain('陈老师打 13812345678');
    expect(text).not.toContain('请留意来电');
  });
  it('before the call: that the number is kept, before how long it rings', () =>
    expect(words(ConnectScreen, connecting)).toMatch(/\d+ 秒里没接也不要紧：先请下一位，您的号保留 30 分钟。/));
  it('before the call: who it is', () =>
    expect(words(ConnectScreen, connecting)).toContain('3 号窗口 陈老师 来帮您。'));
  it('in the call: the line against fraud', () =>
    expect(words(CallScreen, serving)).toContain('我们不会要您的密码和验证码。'));
  it('while transferred: to whom, and no name of nobody', () => {
    const text = words(CallScreen, transferring);
    expect(text).toContain('正在转给2 号窗口 林老师');
    expect(text).not.toContain('正在和');
  });
  it('when closed: when it opens, the telephone, and no number to take', () => {
    const text = words(EntryScreen, null, closedHall);
    expect(text).toContain('现在下班了。');
    expect(text).toContain('打电话 12345');
    expect(text).not.toContain('找工作人员帮忙');
  });
  it('at the end: the slip', () => {
    const text = words(DoneScreen, served);
    for (const sentence of ['结果：已经提交', '查询号 40 27', '陈老师帮得怎么样?', '(可不评)'])
      expect(text).toContain(sentence);
  });
});
