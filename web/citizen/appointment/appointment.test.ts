import { flushPromises } from '@vue/test-utils';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { nextTick } from 'vue';
import { loadLane } from '../call/useLane';
import DoneScreen from '../done/DoneScreen.vue';
import { monday } from '../examples';
import HandoverScreen from '../handover/HandoverScreen.vue';
import { appointment, show, suspension, suspended, visitIn } from '../testing';
import AppointmentScreen from './AppointmentScreen.vue';

// As for whoever has waited for a moment.
beforeAll(loadLane);

describe('an appointment', () => {
  it('says when it is and from when on one checks in, and offers nothing before', () => {
    const { page } = show(AppointmentScreen, appointment(false));
    for (const words of ['您约好了', '今天上午 10:30', '上午 10:15 起可以在这里签到', '最晚上午 11:30', 'A12 号'])
      expect(page.text()).toContain(words);
    expect(page.text()).not.toContain('我到了，签到');
    page.unmount();
  });

  it('shows the button by itself when it is time, and checks in with the notice that was shown', async () => {
    const { page, taps, press, become } = show(AppointmentScreen, appointment(false));
    await become(appointment(true));
    expect(page.find('h1').text()).toBe('可以签到了');
    await press('我到了，签到');
    page.unmount();
    expect(taps).toEqual(['check_in']);
  });

  it('while the hall is closed in an emergency says what becomes of it', () => {
    const { page } = show(AppointmentScreen, { ...appointment(false), suspension }, suspended);
    expect(page.text()).toContain('预约自动改到下一次上班');
    page.unmount();
  });

  it('is taken back after one question', async () => {
    vi.useFakeTimers();
    const { page, taps, press } = show(AppointmentScreen, appointment(false));
    await press('不来了，取消预约');
    vi.advanceTimersByTime(500);
    await nextTick();
    await press('取消预约');
    page.unmount();
    vi.useRealTimers();
    expect(taps).toEqual(['leave']);
  });

  it.each([
    ['cancelled', '预约取消了'],
    ['no_show', '预约的时间过了，没有签到'],
  ] as const)('that ended as %s is told as one', (outcome, heading) => {
    const { page } = show(DoneScreen, visitIn({ state: 'closed', outcome, at: monday }));
    expect(page.find('h1').text()).toBe(heading);
    page.unmount();
  });

  it('opens by its link with one tap, without a field for digits', async () => {
    const { page, press, taps, visit } = show(HandoverScreen, null);
    (visit.handover.linkCode as { value: string | null }).value = 'AbCdEf0123456789-_AbCd';
    await nextTick();
    expect(page.find('h1').text()).toBe('您的预约');
    expect(page.find('input').exists()).toBe(false);
    await press('打开我的预约');
    await flushPromises();
    expect(page.text()).toContain('这个网址用不了了');
    expect(taps).toEqual(['take AbCdEf0123456789-_AbCd false']);
    page.unmount();
  });
});
