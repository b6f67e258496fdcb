import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Ref } from 'vue';
import { hallCard, monday } from '../examples';
import { serving, show, staff, visitIn } from '../testing';
import CallScreen from './CallScreen.vue';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const held = (since: number) => visitIn({ state: 'held', staff, since });

/** Li nainai on hold, and what her page says of it, on a clock that runs. */
function hold(seen = held(monday)) {
  const shown = show(CallScreen, seen, hallCard());
  const begun = Date.now();
  shown.visit.connection.now = () => monday + (Date.now() - begun);
  // Without the sign before it.
  const said = () => shown.page.get(':not(header) > [role=status]').text().replace(/^i/, '');
  return { ...shown, said };
}

it('says every 30 s of a hold how long it has been, where screen readers hear it, and nothing between', async () => {
  const { page, said, become } = hold();
  const first = '请稍等，陈老师正在帮您问一问。不要挂断。';
  await vi.advanceTimersByTimeAsync(29_000);
  expect(said()).toBe(first);
  for (const time of ['30 秒', '1 分钟', '1 分钟 30 秒']) {
    await vi.advanceTimersByTimeAsync(1_000);
    expect(said()).toBe(`陈老师还在帮您问，已经 ${time}，请不要挂断。`);
    await vi.advanceTimersByTimeAsync(29_000);
    expect(said()).toBe(`陈老师还在帮您问，已经 ${time}，请不要挂断。`);
  }
  await become(serving);
  expect(said()).not.toContain('请不要挂断');
  await become(held(monday + 119_000));
  expect(said(), 'another hold begins anew').toBe(first);
  page.unmount();
});

it('says nothing of a hold while the page is cut off, and goes on where it is when the page is back', async () => {
  const { page, visit, said } = hold();
  const offline = visit.offline as Ref<boolean>;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(said()).toContain('1 分钟');
  offline.value = true;
  await vi.advanceTimersByTimeAsync(40_000);
  expect(said()).toBe('');
  offline.value = false;
  await vi.advanceTimersByTimeAsync(1_000);
  expect(said()).toBe('陈老师还在帮您问，已经 1 分钟 30 秒，请不要挂断。');
  page.unmount();
});

it('a page opened again in the middle says how long the hold has lasted', async () => {
  const { page, said } = hold(held(monday - 250_000));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(said()).toBe('陈老师还在帮您问，已经 4 分钟，请不要挂断。');
  page.unmount();
});
