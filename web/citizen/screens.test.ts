import type { LinkState } from '@kit/call';
import type { VisitView } from '@protocol';
import { flushPromises } from '@vue/test-utils';
import axe from 'axe-core';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { nextTick, ref, type ShallowRef, shallowRef, type Component } from 'vue';
import AppointmentScreen from './appointment/AppointmentScreen.vue';
import CallScreen from './call/CallScreen.vue';
import { loadLane } from './call/useLane';
import ConnectScreen from './connect/ConnectScreen.vue';
import DoneScreen from './done/DoneScreen.vue';
import EntryScreen from './entry/EntryScreen.vue';
import HandoverScreen from './handover/HandoverScreen.vue';
import ItemsScreen from './items/ItemsScreen.vue';
import LeaveScreen from './leave/LeaveScreen.vue';
import LeftScreen from './leave/LeftScreen.vue';
import MissedScreen from './missed/MissedScreen.vue';
import EndedScreen from './parts/EndedScreen.vue';
import ReplacedScreen from './parts/ReplacedScreen.vue';
import QueueScreen from './queue/QueueScreen.vue';
import { hallCard, monday } from './examples';
import {
  staff,
  show,
  visitIn,
  waiting,
  calling,
  withPhone,
  kept,
  connecting,
  serving,
  transferring,
  served,
  closedHall,
  suspension,
  suspended,
  atNight,
  appointment,
  left,
  fullToday,
} from './testing';

// As for whoever has waited for a moment.
beforeAll(loadLane);

describe('no screen has a barrier, and each has one heading', () => {
  it.each<[string, Component, VisitView | null, ReturnType<typeof hallCard>?]>([
    ['entry', EntryScreen, null],
    ['entry, closed', EntryScreen, null, closedHall],
    ['entry, last number given', EntryScreen, null, fullToday],
    ['entry, closed in an emergency', EntryScreen, null, suspended],
    ['leaving a number', LeaveScreen, null, atNight],
    ['a number left', LeftScreen, left, atNight],
    ['an appointment', AppointmentScreen, appointment(false)],
    ['an appointment, time to check in', AppointmentScreen, appointment(true)],
    ['queue, closed in an emergency', QueueScreen, { ...waiting, suspension }, suspended],
    ['items', ItemsScreen, null],
    ['queue', QueueScreen, waiting],
    ['queue, priority offered', QueueScreen, { ...waiting, may_declare_priority: true }],
    ['queue, near the head', QueueScreen, calling],
    ['queue, ringing', QueueScreen, visitIn({ state: 'ringing' })],
    ['queue, to be called back', QueueScreen, kept],
    ['handover, on the other phone', HandoverScreen, null],
    ['handover, on the phone it left', HandoverScreen, waiting],
    ['missed', MissedScreen, visitIn({ state: 'missed', until: monday, back_at: null })],
    ['a minute asked for', MissedScreen, visitIn({ state: 'missed', until: monday, back_at: monday })],
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
    ['missed', MissedScreen, visitIn({ state: 'missed', until: monday, back_at: null }), '我在，继续', 'comeBack'],
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

describe('what must not move or be lost', () => {
  it('the result stands above the rating: whoever looks once more sees what came of the visit', () => {
    const { page } = show(DoneScreen, served);
    const text = page.text();
    page.unmount();
    expect(text.indexOf('结果：已经提交')).toBeLessThan(text.indexOf('陈老师帮得怎么样?'));
  });

  it('asks how the hall is now when a visit is over: the page may know it from the night the number was left', async () => {
    const { page, taps, visit } = show(DoneScreen, served, atNight);
    expect(page.text()).toContain('留个电话，上班后给您回');
    expect(taps).toEqual(['refresh hall']);
    (visit.state as ShallowRef).value = { ...visit.state.value, hall: hallCard() };
    await nextTick();
    expect(page.text()).not.toContain('留个电话');
    expect(page.text()).toContain('再排一次');
    page.unmount();
  });

  it('the number left for a call-back stands in 「怎么称呼您?」 too', async () => {
    const { page, become, press } = show(QueueScreen, waiting);
    await press('留个称呼和手机（可不填）');
    const phone = () => page.findAll('form input').at(-1)?.element as HTMLInputElement;
    expect(phone().value).toBe('');
    await become(visitIn(kept.status, withPhone));
    expect(phone().value).toBe('13812345678');
    page.unmount();
  });

  it('in the line, what few fill in is one button each, until it holds something', async () => {
    const { page, press } = show(QueueScreen, waiting);
    expect(page.findAll('input, textarea')).toHaveLength(0);
    await press('打字，先写下要问的');
    expect(page.findAll('textarea')).toHaveLength(1);
    page.unmount();
    const called = show(QueueScreen, waiting);
    await called.become(visitIn(kept.status, withPhone));
    expect(called.page.text(), 'a number left by another way').toContain('手机：13812345678');
    called.page.unmount();
    const written = { number: 1, from: 'citizen', at: monday, body: { is: 'text', text: '要带什么?' } } as const;
    const again = show(QueueScreen, waiting);
    (again.visit.state as ShallowRef).value = { ...again.visit.state.value, lines: [written] };
    await nextTick();
    expect(again.page.text(), 'what was written stays in sight').toContain('要带什么?');
    again.page.unmount();
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

  it('says that the camera gave way to the voice, until it is asked for again', async () => {
    const { page, camera } = showCall({ screen: false }, 'cut');
    expect(page.text()).toContain('摄像头先关了，只接声音。接上以后要给');
    camera.value = { is: 'asking' };
    await nextTick();
    expect(page.text()).not.toContain('摄像头先关了');
    page.unmount();
  });

  it('offers text and telephone only when the sound takes too long', async () => {
    const { page, link } = showCall({ screen: false }, 'off');
    link.value = { is: 'building', spentMs: 15_000, begunMs: 0, tooLong: false };
    await nextTick();
    expect(page.text()).toContain('正在接通声音');
    expect(page.text()).not.toContain('声音还没有接上');
    link.value = { is: 'building', spentMs: 15_000, begunMs: 0, tooLong: true };
    await nextTick();
    expect(page.text()).toContain('声音还没有接上');
    expect(page.text()).toContain('改用打字');
    page.unmount();
  });

  function showCall(support: { screen: boolean }, is = 'on', seen = serving) {
    const camera = shallowRef({ is });
    const link = shallowRef<LinkState>({ is: 'up' });
    const refs = {
      microphone: ref('live'),
      share: shallowRef({ is: 'off' }),
      link,
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
    return { ...shown, camera, link };
  }
});
