import { announcements } from '@kit/components/YAnnouncer/announce';
import { mount } from '@vue/test-utils';
import { afterEach, expect, it, vi } from 'vitest';
import { defineComponent, h, nextTick, ref } from 'vue';
import { type Console, provideConsole } from '../console/useConsole';
import type { Verbs } from '../console/useVerbs';
import { liNainai, MINUTE, TEN } from '../testing';
import RingCard from './RingCard.vue';

/** 李奶奶 rings; a decision is answered when `answer` is called. */
function ringing(visit = liNainai()) {
  let answer: (done: boolean) => void = () => undefined;
  const verbs = {
    accept: vi.fn(() => Promise.resolve(true)),
    decline: vi.fn(() => new Promise<boolean>((resolve) => (answer = resolve))),
  };
  const card = mount(
    defineComponent({
      setup() {
        provideConsole({ now: ref(TEN), state: ref({ chat: [] }) } as unknown as Console);
        return () => h(RingCard, { visit, until: TEN + MINUTE, verbs: verbs as unknown as Verbs });
      },
    }),
    { attachTo: document.body },
  );
  const button = (words: string) => card.findAll('button').find((each) => each.text().includes(words))!;
  const press = async (words: string) => {
    await button(words).trigger('click');
    await nextTick();
  };
  return { card, verbs, button, press, answer: (done: boolean) => answer(done) };
}

Element.prototype.scrollIntoView = () => undefined;
afterEach(() => (document.body.innerHTML = ''));

it('the hand that opened the reasons and closes them again is where it was, and nothing scrolls', async () => {
  const { press, button, verbs } = ringing();
  const focus = vi.spyOn(HTMLElement.prototype, 'focus');
  await press('拒接');
  expect(button('拒接').attributes('disabled')).toBeDefined();
  await press('不拒接');
  expect(document.activeElement).toBe(button('拒接').element);
  expect(focus.mock.calls).toEqual([[{ preventScroll: true }], [{ preventScroll: true }]]);
  expect(verbs.decline).not.toHaveBeenCalled();
});

it('no reason can be taken back while it is on its way', async () => {
  const { press, button, answer } = ringing();
  await press('拒接');
  await press('别的原因');
  expect(button('不拒接').attributes('disabled')).toBeDefined();
  answer(false);
  await nextTick();
  await nextTick();
  expect(button('不拒接').attributes('disabled')).toBeUndefined();
});

it('once the ring is over nobody reads that it can be accepted', () => {
  const { card } = ringing();
  expect(announcements.urgent).toContain('按 F2 接听。');
  card.unmount();
  expect(announcements.urgent).toBe('');
});

it('says what the same person came for earlier today and what became of it, and of which only the telephone tells', () => {
  const earlier = [
    {
      number: 'A9',
      item: { code: 'i2', name: '居住证申领' },
      at: TEN - 30 * MINUTE,
      outcome: 'served',
      by_phone: false,
    },
    { number: 'A3', item: null, at: TEN - 60 * MINUTE, outcome: 'abandoned', by_phone: true },
  ] as const;
  const lines = ringing(liNainai({ earlier_visits: 1, earlier: [...earlier] })).card.findAll('.earlier li');
  const words = lines.map((line) => line.text().replace(/\s+/g, ' '));
  expect(words).toEqual([
    '9:30 A9 居住证申领 · 办过了',
    '9:00 A3 说不清，直接找人 · 自己不等了 · 只是电话一样，请问一问',
  ]);
});
