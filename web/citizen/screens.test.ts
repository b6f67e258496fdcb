import type { VisitStatus, VisitView } from '@protocol';
import { flushPromises, mount } from '@vue/test-utils';
import axe from 'axe-core';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { computed, nextTick, ref, shallowRef, type Component, type ShallowRef } from 'vue';
import type { Api } from './api';
import CallScreen from './call/CallScreen.vue';
import { loadLane } from './call/useLane';
import ConnectScreen from './connect/ConnectScreen.vue';
import { citizenKey, type Citizen } from './context';
import DoneScreen from './done/DoneScreen.vue';
import EntryScreen from './entry/EntryScreen.vue';
import HandoverOffer from './handover/HandoverOffer.vue';
import HandoverScreen from './handover/HandoverScreen.vue';
import ItemsScreen from './items/ItemsScreen.vue';
import LeaveScreen from './leave/LeaveScreen.vue';
import LeftScreen from './leave/LeftScreen.vue';
import MissedScreen from './missed/MissedScreen.vue';
import EndedScreen from './parts/EndedScreen.vue';
import ReplacedScreen from './parts/ReplacedScreen.vue';
import QueueScreen from './queue/QueueScreen.vue';
import { initialState } from './state/state';
import { hallCard, liNainai, monday, place } from './examples';
import type { Visit } from './useVisit';

// As for whoever has waited for a moment.
beforeAll(loadLane);

const staff = { window: '3 号窗口', name: '陈老师', badge: '0317', hall: '新区街道便民服务中心' };
const slip = {
  number: '20261123-0007',
  item: { code: 'i2', name: '居住证申领' },
  kind: 'act_for',
  result: 'submitted',
  next_step: '5 个工作日内短信通知您。',
  staff_name: '陈老师',
  at: monday,
} as const;

const handoverCode = {
  code: '402713',
  good_for_ms: 600_000,
  link: 'http://hall/h/xinqu#402713',
  dots: ['101', '010', '111'],
};

/** A page of its own for one screen: nothing is connected unless a call is given, taps are kept. */
function show(screen: Component, seen: VisitView | null, hall = hallCard(), call: object | null = null) {
  const taps: string[] = [];
  const visit = {
    state: shallowRef({ ...initialState(hall), visit: seen, returned: true }),
    connection: {
      now: () => monday,
      start: () => taps.push('start'),
      state: shallowRef({ is: 'ended', code: 'visit_unknown' }),
      operate: () => Promise.resolve({ is: 'done', value: null }),
    },
    typing: { draft: ref(''), unsent: shallowRef([]) },
    trouble: ref<string | null>('not_now'),
    taking: ref(false),
    askedForLater: ref(false),
    offline: computed(() => false),
    operate: (operation: { type: string }) => {
      taps.push(operation.type);
      return Promise.resolve({ is: 'done', value: null });
    },
    takeNumber: (item: string | null, callback?: { phone: string | null }) =>
      taps.push(callback ? `leave ${callback.phone} for ${item}` : `take ${item}`),
    leaving: ref(false),
    matter: shallowRef(null),
    leaveNumber: () => taps.push('leave number'),
    chooseMatter: (item: unknown) => taps.push(`matter ${item === undefined ? 'again' : item}`),
    choose: (open: boolean) => taps.push(`choose ${open}`),
    again: () => taps.push('again'),
    leaveAgain: () => taps.push('leave again'),
    refreshHall: () => undefined,
    handover: {
      linkCode: ref(null),
      movedAway: computed(() => seen !== null),
      askForCode: () => taps.push('ask for code'),
      keepOwn: () => taps.push('keep own'),
      takeOver: () => taps.push('take over'),
    },
  } as unknown as Visit;
  const handoverAnswers = [{ is: 'refused', code: 'code_wrong' }, { is: 'refused', code: 'own_visit' }, { is: 'done' }];
  const api = {
    guide: () => Promise.resolve({ is: 'unreachable' }),
    offerHandover: () => Promise.resolve({ is: 'done', value: handoverCode }),
    takeHandover: ({ code, leave_own }: { code: string; leave_own: boolean }) => {
      taps.push(`take ${code} ${leave_own}`);
      return Promise.resolve(handoverAnswers.shift());
    },
  } as unknown as Api;
  const tap = (name: string) => () => Promise.resolve(void taps.push(name));
  const citizen = {
    api,
    visit,
    ring: { unlock: () => Promise.resolve(true), once: () => undefined },
    call: shallowRef(call),
    here: tap('here'),
    comeBack: tap('comeBack'),
    accept: tap('accept'),
    hangUp: tap('hang_up'),
  } as unknown as Citizen;
  const page = mount(screen, { global: { provide: { [citizenKey as symbol]: citizen } }, attachTo: document.body });
  const press = async (words: string) => {
    // What is asked stands above what asked it.
    const button = page
      .findAll('button')
      .filter((each) => each.text() === words)
      .pop();
    if (!button)
      throw new Error(
        `no button ${words} among ${page
          .findAll('button')
          .map((each) => each.text())
          .join(', ')}`,
      );
    await button.trigger('click');
    await nextTick();
  };
  /** The visit moves on. */
  const become = (view: VisitView) => {
    (visit.state as ShallowRef).value = { ...visit.state.value, visit: view };
    return nextTick();
  };
  return { page, taps, press, become, visit };
}

const visitIn = (status: VisitStatus, change: Partial<VisitView> = {}) => liNainai({ status, ...change });
const waiting = visitIn({ state: 'waiting', place: place(4), here: false });
const calling = visitIn({ state: 'calling', place: place(1), until: monday, alert: 1 });
const withPhone = { contact: { name: null, phone: '13812345678' } };
const kept = visitIn({ state: 'callback_kept', place: place(2) }, { ...withPhone, callback: { attempts: 1, most: 2 } });
const connecting = visitIn({ state: 'connecting', staff, until: monday + 60_000, may_wait: true, accepted: false });
const serving = visitIn({ state: 'serving', staff, since: monday - 135_000, mode: 'media' });
const transferring = visitIn({ state: 'transferring', to: { ...staff, window: '2 号窗口', name: '林老师' } });
const served = visitIn({ state: 'closed', outcome: 'served', at: monday }, { slip, may_rate: true });
const closedHall = hallCard({ open: { state: 'closed', opens_at: monday + 86_400_000 } });

const tomorrow = monday + 86_400_000;
const suspension = { text: '大楼停电，暂停取号。', since: monday, until: null, waiting: 'called_back' } as const;
const suspended = hallCard({
  open: { state: 'closed', opens_at: null },
  closed_because: 'suspended',
  suspension,
  calls_back_from: tomorrow,
});
const atNight = hallCard({
  open: { state: 'closed', opens_at: tomorrow },
  closed_because: 'hours',
  calls_back_from: tomorrow,
});
const left = visitIn({ state: 'booked', at: tomorrow }, { ...withPhone, callback: { attempts: 0, most: 2 } });

const fullToday = hallCard({
  open: { state: 'closed', opens_at: monday + 86_400_000 },
  closed_because: 'last_intake',
  special_days: [{ from: monday, to: monday + 86_400_000, kind: 'holiday', name: '元旦' }],
});

describe('no screen has a barrier, and each has one heading', () => {
  it.each<[string, Component, VisitView | null, ReturnType<typeof hallCard>?]>([
    ['entry', EntryScreen, null],
    ['entry, closed', EntryScreen, null, closedHall],
    ['entry, last number given', EntryScreen, null, fullToday],
    ['entry, closed in an emergency', EntryScreen, null, suspended],
    ['leaving a number', LeaveScreen, null, atNight],
    ['a number left', LeftScreen, left, atNight],
    ['queue, closed in an emergency', QueueScreen, { ...waiting, suspension }, suspended],
    ['items', ItemsScreen, null],
    ['queue', QueueScreen, waiting],
    ['queue, priority offered', QueueScreen, { ...waiting, may_declare_priority: true }],
    ['queue, near the head', QueueScreen, calling],
    ['queue, ringing', QueueScreen, visitIn({ state: 'ringing' })],
    ['queue, to be called back', QueueScreen, kept],
    ['handover, on the other phone', HandoverScreen, null],
    ['handover, on the phone it left', HandoverScreen, waiting],
    ['missed', MissedScreen, visitIn({ state: 'missed', until: monday })],
    ['parked', MissedScreen, visitIn({ state: 'parked', until: monday })],
    ['connect', ConnectScreen, connecting],
    ['call', CallScreen, serving],
    ['call by text', CallScreen, visitIn({ state: 'serving', staff, since: monday, mode: 'text' })],
    ['call by telephone', CallScreen, visitIn({ state: 'serving', staff, since: monday, mode: 'telephone' })],
    ['held', CallScreen, visitIn({ state: 'held', staff, since: monday })],
    ['dropped', CallScreen, visitIn({ state: 'dropped', staff, until: monday })],
    ['transferring', CallScreen, transferring],
    ['done', DoneScreen, served],
    ['abandoned', DoneScreen, visitIn({ state: 'closed', outcome: 'abandoned', at: monday })],
    ['replaced', ReplacedScreen, waiting],
    ['ended', EndedScreen, waiting],
  ])('%s', async (_name, screen, seen, hall) => {
    const { page } = show(screen, seen, hall);
    await nextTick();
    expect(page.findAll('h1')).toHaveLength(1);
    const { violations } = await axe.run(document.body, { rules: { 'color-contrast': { enabled: false } } });
    page.unmount();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)).toEqual([]);
  });
});

describe('what a tap does', () => {
  it.each<[string, Component, VisitView | null, string, string]>([
    ['entry', EntryScreen, null, '找工作人员帮忙', 'choose true'],
    ['items', ItemsScreen, null, '我说不清，直接找人', 'take null'],
    ['queue', QueueScreen, calling, '我在', 'here'],
    ['queue, to be called back', QueueScreen, kept, '我在这里等，不用打电话了', 'comeBack'],
    ['missed', MissedScreen, visitIn({ state: 'missed', until: monday }), '我在，继续', 'comeBack'],
    ['connect', ConnectScreen, connecting, '接听', 'accept'],
    ['connect', ConnectScreen, connecting, '等 1 分钟', 'later'],
    ['done', DoneScreen, served, '再排一次', 'again'],
    ['replaced', ReplacedScreen, waiting, '在这里继续', 'start'],
  ])('%s: %4$s', async (_name, screen, seen, words, tap) => {
    const { page, taps, press } = show(screen, seen);
    await press(words);
    page.unmount();
    expect(taps).toContain(tap);
  });

  it('需要优先照顾 says whom it is for, and asks nobody which of them', async () => {
    const { page, taps, press } = show(QueueScreen, { ...waiting, may_declare_priority: true });
    await press('需要优先照顾');
    for (const words of ['70 岁以上', '残疾人', '军人', '请出示证件']) expect(page.text()).toContain(words);
    await press('都不是');
    await press('需要优先照顾');
    await press('是，需要优先照顾');
    page.unmount();
    expect(taps).toEqual(['priority']);
  });

  it.each<[string, Component, VisitView, string, string, string, string]>([
    ['the line', QueueScreen, waiting, '不排了', '接着排', '不排了，号不要了', 'leave'],
    ['the call', CallScreen, serving, '挂断', '接着说', '挂断', 'hang_up'],
  ])('out of %s it asks once, gently', async (_name, screen, seen, words, no, yes, tap) => {
    vi.useFakeTimers();
    const { page, taps, press } = show(screen, seen);
    const ask = async () => {
      await press(words);
      vi.advanceTimersByTime(500);
      await nextTick();
    };
    await ask();
    await press(no);
    expect(taps).toEqual([]);
    await ask();
    await press(yes);
    page.unmount();
    vi.useRealTimers();
    expect(taps).toEqual([tap]);
  });
});

describe('a closed hall', () => {
  it('says when it opens, and leads to leaving a telephone number', async () => {
    const { page, taps, press } = show(EntryScreen, null, atNight);
    expect(page.text()).toContain('明天上午 9:30 上班。');
    await press('留个电话，上班后给您回');
    page.unmount();
    expect(taps).toContain('leave number');
  });

  it('offers no call-back when nobody can say when', () => {
    const { page } = show(EntryScreen, null, hallCard({ open: { state: 'closed', opens_at: null } }));
    expect(page.text()).not.toContain('留个电话');
    page.unmount();
  });

  it('closed in an emergency, says why and that nobody knows how long', () => {
    const { page } = show(EntryScreen, null, suspended);
    for (const words of ['临时停办', '大楼停电，暂停取号。', '说不准', '留个电话，恢复后给您回'])
      expect(page.text()).toContain(words);
    page.unmount();
  });

  it('full for today, says on which day it calls', async () => {
    const { page, taps, press } = show(EntryScreen, null, { ...fullToday, calls_back_from: tomorrow });
    await press('留个电话，明天上班后给您回');
    page.unmount();
    expect(taps).toContain('leave number');
  });

  it.each(['bad_phone', 'too_many', 'hall_full'])('speaks of no number to who has none: %s', async (code) => {
    const { page, visit } = show(LeaveScreen, null, atNight);
    (visit.trouble as ShallowRef<string | null>).value = code;
    await nextTick();
    const said = page.find('[role=alert]').text();
    page.unmount();
    expect(said).not.toMatch(/您的号|取不了号|几分钟再点/u);
    expect(said.length).toBeGreaterThan(10);
  });

  it('promises no moment to who left a number while nobody knows how long the emergency lasts', () => {
    const suspension = { text: '大楼停电。', since: monday, until: null, waiting: 'served' as const };
    const { page } = show(LeftScreen, { ...left, suspension }, suspended);
    expect(page.text()).toContain('大厅一恢复，工作人员就打电话找您，最早明天上午 9:30。');
    page.unmount();
    const known = show(LeftScreen, { ...left, suspension: { ...suspension, until: tomorrow } }, suspended);
    expect(known.page.text()).toContain('明天上午 9:30 以后');
    known.page.unmount();
  });

  it('takes no number without a telephone that can be called', async () => {
    const { page, taps, press } = show(LeaveScreen, null, atNight);
    expect(page.text()).toContain('明天上午 9:30 以后，工作人员打电话找您。');
    await press('留下电话');
    expect(page.text()).toContain('请填电话号码');
    await page.find('input[type=tel]').setValue('1381234567');
    expect(page.text()).toContain('您填了 10 位');
    expect(taps).toEqual([]);
    await page.find('input[type=tel]').setValue('138 1234 5678');
    await press('留下电话');
    page.unmount();
    expect(taps).toEqual(['leave 13812345678 for null']);
  });

  it('shows what was left, when it is called, and takes it back after one question', async () => {
    vi.useFakeTimers();
    const { page, taps, press } = show(LeftScreen, left, atNight);
    for (const words of ['我们会打 13812345678。', '明天上午 9:30', '居住证申领', '40 27'])
      expect(page.text()).toContain(words);
    await press('不用打了');
    vi.advanceTimersByTime(500);
    await nextTick();
    await press('不用打了，收回电话');
    page.unmount();
    vi.useRealTimers();
    expect(taps).toEqual(['leave']);
  });

  it('lets who took the telephone back leave one again', async () => {
    const over = visitIn({ state: 'closed', outcome: 'cancelled', at: monday });
    const { page, taps, press } = show(DoneScreen, over, atNight);
    expect(page.find('h1').text()).toBe('电话收回了，我们不会再打');
    await press('留个电话，上班后给您回');
    page.unmount();
    expect(taps).toEqual(['leave again']);
  });

  it('tells who waits what becomes of the number', async () => {
    const { page, become } = show(QueueScreen, { ...waiting, suspension: { ...suspension, waiting: 'served' } });
    expect(page.text()).toContain('窗口照常接待您');
    await become({ ...waiting, suspension });
    expect(page.text()).toContain('也可以点下面的「不想等了，请给我回电话」');
    await become({ ...waiting, suspension, offer: 'no_window' });
    expect(page.text()).not.toContain('窗口照常');
    await become(waiting);
    expect(page.text()).not.toContain('停办');
    page.unmount();
  });
});

describe('不想等了，请给我回电话', () => {
  it('says which number will be called, and asks once', async () => {
    const { page, taps, press } = show(QueueScreen, visitIn(waiting.status, withPhone));
    await press('不想等了，请给我回电话');
    expect(page.text()).toContain('打这个号码：13812345678。');
    expect(taps).toEqual([]);
    await press('好，给我回电话');
    page.unmount();
    expect(taps).toEqual(['callback']);
  });

  it('needs a number, and says so beside the field', async () => {
    const { page, taps, press } = show(QueueScreen, waiting);
    await press('不想等了，请给我回电话');
    await press('好，给我回电话');
    expect(page.text()).toContain('请填电话号码，我们才打得到您。');
    expect(taps).toEqual([]);
    await page.findAll('input[type="tel"]')[0]?.setValue('138 1234 5678');
    await press('好，给我回电话');
    await flushPromises();
    page.unmount();
    expect(taps).toEqual(['callback']);
  });
});

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
  it('in the line: what was noted of priority, and nothing more to choose', () => {
    const text = words(QueueScreen, { ...waiting, priority: true });
    expect(text).toContain('记下了。接通以后，请出示证件。');
    expect(text).not.toContain('需要优先照顾');
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

describe('what must not move or be lost', () => {
  it('the rating stands above what is registered late', () => {
    const { page } = show(DoneScreen, served);
    const text = page.text();
    page.unmount();
    expect(text.indexOf('陈老师帮得怎么样?')).toBeLessThan(text.indexOf('结果：已经提交'));
  });

  it('the number left for a call-back stands in 「怎么称呼您?」 too', async () => {
    const { page, become } = show(QueueScreen, waiting);
    const phone = () => page.findAll('form input').at(-1)?.element as HTMLInputElement;
    expect(phone().value).toBe('');
    await become(visitIn(kept.status, withPhone));
    expect(phone().value).toBe('13812345678');
    page.unmount();
  });

  it('a camera that a transfer turned off is said, until it is asked for again', async () => {
    const { page, become, camera } = showCall({ screen: false });
    await become(transferring);
    camera.value = { is: 'off' };
    await nextTick();
    expect(page.text()).not.toContain('摄像头关了');
    await become(serving);
    expect(page.text()).toContain('转窗口时摄像头关了。要给陈老师看，请再点「开摄像头」。');
    camera.value = { is: 'asking' };
    await nextTick();
    expect(page.text()).not.toContain('摄像头关了');
    page.unmount();
  });

  it('while the talk moves nothing can be shown to nobody', async () => {
    const { page, become, camera } = showCall({ screen: true });
    const offered = (words: string) =>
      page.findAll('button').some((one) => one.text() === words && !one.element.disabled);
    camera.value = { is: 'off' };
    await nextTick();
    expect([offered('开摄像头'), offered('给他看我的屏幕')]).toEqual([true, true]);
    await become(transferring);
    expect([offered('开摄像头'), offered('给他看我的屏幕')]).toEqual([false, false]);
    expect([offered('静音'), offered('挂断')]).toEqual([true, true]);
    await become(serving);
    expect([offered('开摄像头'), offered('给他看我的屏幕')]).toEqual([true, true]);
    page.unmount();
  });

  it('names the button that shows again what a page opened anew has stopped', async () => {
    const shares: VisitView['shares'] = [
      { from: 'citizen', kind: 'screen' },
      { from: 'citizen', kind: 'camera' },
    ];
    const { page, camera } = showCall({ screen: true }, 'off', visitIn(serving.status, { shares }));
    expect(page.text()).toContain('还要给他看，请点「开摄像头」。');
    expect(page.text()).toContain('还要给他看，请点「给他看我的屏幕」。');
    camera.value = { is: 'on' };
    await nextTick();
    expect(page.text()).not.toContain('请点「开摄像头」。');
    expect(page.text()).toContain('请点「给他看我的屏幕」。');
    page.unmount();
  });

  function showCall(support: { screen: boolean }, is = 'on', seen = serving) {
    const camera = shallowRef({ is });
    const refs = {
      microphone: ref('live'),
      share: shallowRef({ is: 'off' }),
      link: shallowRef({ is: 'up' }),
      other: shallowRef(null),
      flowing: ref(true),
      sound: ref('playing'),
      levels: shallowRef({ mine: 0, theirs: 0 }),
      pictures: shallowRef({ share: null, camera: null }),
      ownCamera: shallowRef(null),
      facing: ref('user'),
      askingMicrophone: ref(false),
    };
    const shown = show(CallScreen, seen, hallCard(), { ...refs, camera, support: { call: true, ...support } });
    return { ...shown, camera };
  }
});

describe('from one phone to another', () => {
  it('shows the code in pairs, its link and its dots, and closes', async () => {
    const { page, press } = show(HandoverOffer, waiting);
    await flushPromises();
    expect(page.text()).toContain('40 27 13');
    expect(page.text()).toContain('http://hall/h/xinqu#402713');
    expect(page.find('svg path').attributes('d')?.split('M')).toHaveLength(1 + 6);
    await press('不换了，就用这部手机');
    expect(page.emitted('close')).toHaveLength(1);
    page.unmount();
  });

  it('says when the code is over, and asks for another', async () => {
    vi.useFakeTimers();
    const { page, press } = show(HandoverOffer, waiting);
    await vi.advanceTimersByTimeAsync(0);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(page.text()).toContain('这个号码过期了。您的号还在');
    expect(page.text()).not.toContain('40 27 13');
    await press('再要一个号码');
    await vi.advanceTimersByTimeAsync(0);
    expect(page.text()).toContain('40 27 13');
    page.unmount();
    vi.useRealTimers();
  });

  it('takes six digits in any spelling, says what is wrong, and asks which of two numbers is kept', async () => {
    const { page, press, taps } = show(HandoverScreen, null);
    await page.find('input').setValue('40 27');
    await press('在这部手机上接着办');
    expect(page.text()).toContain('号码要 6 位数字');
    await page.find('input').setValue('４０ 27 13');
    await press('在这部手机上接着办');
    await flushPromises();
    expect(page.text()).toContain('这个号码不对，或者过期了');
    await press('在这部手机上接着办');
    await flushPromises();
    expect(page.text()).toContain('留哪一个？');
    await press('不要这部手机上的号，接着办那一个');
    await flushPromises();
    expect(taps).toEqual(['take 402713 false', 'take 402713 false', 'take 402713 true', 'take over']);
    page.unmount();
  });

  it('tells the first phone where its number is, and the way back', () => {
    const { page } = show(HandoverScreen, waiting);
    const text = page.text();
    for (const sentence of ['您的号换到另一部手机了', '位置也没有变', '换回这部手机', '打电话 12345'])
      expect(text).toContain(sentence);
    expect(text).not.toContain('返回');
    page.unmount();
  });
});
