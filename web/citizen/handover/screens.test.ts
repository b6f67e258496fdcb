import { flushPromises } from '@vue/test-utils';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { loadLane } from '../call/useLane';
import HandoverOffer from './HandoverOffer.vue';
import HandoverScreen from './HandoverScreen.vue';
import { show, waiting } from '../testing';

// As for whoever has waited for a moment.
beforeAll(loadLane);

describe('from one phone to another', () => {
  it('shows the code in pairs, its link and its dots, and closes', async () => {
    const { page, press } = show(HandoverOffer, waiting);
    await flushPromises();
    expect(page.text()).toContain('40 27 13');
    expect(page.text()).toContain('hall/h/xinqu#402713');
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

  it('welcomes nobody back to a phone that never had the number, but to the one it was taken from', async () => {
    for (const [seen, button, taken] of [
      [null, '在这部手机上接着办', 'take over'],
      [waiting, '换回这部手机', 'take back'],
    ] as const) {
      const { page, press, taps } = show(HandoverScreen, seen);
      await page.find('input').setValue('40 27 13');
      await press(button);
      await flushPromises();
      await press(button);
      await flushPromises();
      await press('不要这部手机上的号，接着办那一个');
      await flushPromises();
      expect(taps[taps.length - 1]).toBe(taken);
      page.unmount();
    }
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
