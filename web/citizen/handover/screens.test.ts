import { flushPromises } from '@vue/test-utils';
import { defineComponent, h } from 'vue';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { loadLane } from '../call/useLane';
import HandoverButton from './HandoverButton.vue';
import HandoverScreen from './HandoverScreen.vue';
import ConnectScreen from '../connect/ConnectScreen.vue';
import { useCitizen } from '../context';
import QueueScreen from '../queue/QueueScreen.vue';
import { connecting, handoverCode, show, visitIn, waiting } from '../testing';

/** The screens between which a ring that is not taken moves the page. */
const Line = () => h(useCitizen().visit.state.value.visit?.status.state === 'connecting' ? ConnectScreen : QueueScreen);

// As for whoever has waited for a moment.
beforeAll(loadLane);

/** The same, where the hall answers only when it is told to. */
function slowly() {
  const answers: (() => void)[] = [];
  const Slow = defineComponent(() => {
    useCitizen().api.offerHandover = () =>
      new Promise((answer) => answers.push(() => answer({ is: 'done', value: handoverCode })));
    return () => h(Line);
  });
  return { Slow, answer: () => answers.forEach((answer) => answer()), asked: () => answers.length };
}

describe('from one phone to another', () => {
  it('shows the code in pairs, its link and its dots, and closes', async () => {
    const { page, press } = show(HandoverButton, waiting);
    await press('换一部手机接着办');
    await flushPromises();
    expect(page.text()).toContain('40 27 13');
    expect(page.text()).toContain('hall/h/xinqu#402713');
    expect(page.find('svg path').attributes('d')?.split('M')).toHaveLength(1 + 6);
    await press('不换了，就用这部手机');
    expect(page.text()).toBe('换一部手机接着办');
    page.unmount();
  });

  it('keeps the code that was written down while a window rings, and asks for another only by a tap', async () => {
    const { page, press, become, taps } = show(Line, waiting);
    const ringing = visitIn({ state: 'ringing' });
    const asked = () => taps.filter((tap) => tap === 'offer').length;
    await press('换一部手机接着办');
    await flushPromises();
    for (const between of [connecting, ringing]) {
      await become(between);
      await flushPromises();
      expect(page.text()).not.toContain('40 27 13');
      await become(waiting);
      await flushPromises();
      expect(page.text()).toContain('40 27 13');
      expect(document.activeElement?.textContent, 'whoever comes back reads from the top').not.toContain('换一部手机');
    }
    expect(asked()).toBe(1);
    await become({ ...waiting, id: 'another' });
    expect(page.text(), 'a code is of one visit').not.toContain('40 27 13');
    await press('换一部手机接着办');
    await flushPromises();
    expect(asked()).toBe(2);
    page.unmount();
  });

  it('has one question on the way, however often the card comes and goes', async () => {
    const { Slow, answer, asked } = slowly();
    const { page, press, become } = show(Slow, waiting);
    await press('换一部手机接着办');
    await become(connecting);
    await become(waiting);
    await flushPromises();
    answer();
    await flushPromises();
    expect(page.text()).toContain('40 27 13');
    expect(asked()).toBe(1);
    page.unmount();
  });

  it('stays closed when the answer comes late', async () => {
    const { Slow, answer } = slowly();
    const { page, press } = show(Slow, waiting);
    await press('换一部手机接着办');
    await press('不换了，就用这部手机');
    answer();
    await flushPromises();
    expect(page.text()).toContain('换一部手机接着办');
    expect(page.text()).not.toContain('40 27 13');
    page.unmount();
  });

  it('says when the code is over, also when that was on another screen, and asks for another', async () => {
    vi.useFakeTimers();
    const { page, press, become } = show(Line, waiting);
    await press('换一部手机接着办');
    await vi.advanceTimersByTimeAsync(0);
    for (const between of [null, connecting]) {
      expect(page.text()).toContain('40 27 13');
      if (between) await become(between);
      await vi.advanceTimersByTimeAsync(600_000);
      if (between) await become(waiting);
      await vi.advanceTimersByTimeAsync(0);
      expect(page.text()).toContain('这个号码过期了。您的号还在');
      expect(page.text()).not.toContain('40 27 13');
      await press('再要一个号码');
      await vi.advanceTimersByTimeAsync(0);
    }
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
