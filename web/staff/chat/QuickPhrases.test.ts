import { mount } from '@vue/test-utils';
import { expect, it } from 'vitest';
import { quickPhrases } from '../text';
import QuickPhrases from './QuickPhrases.vue';

/** The third phrase, with room for so many pixels of its hundred. */
function phrases(room: number) {
  const page = mount(QuickPhrases, { attachTo: document.body });
  const third = page.findAll('button')[2]!;
  const words = third.find('.phrases__words').element;
  Object.defineProperties(words, { scrollHeight: { value: 100 }, clientHeight: { value: room } });
  return { page, third, whole: () => page.find('.phrases__pointed') };
}

it.each([
  ['pointed at', 'pointerenter', 'pointerleave'],
  ['reached by the keyboard', 'focus', 'focusout'],
])('a phrase that is cut off is shown whole while it is %s', async (_name, come, go) => {
  const { page, third, whole } = phrases(60);
  expect(whole().exists()).toBe(false);
  await third.trigger(come);
  expect(whole().text()).toBe(quickPhrases[2]);
  await page.trigger(go);
  expect(whole().exists()).toBe(false);
  page.unmount();
});

it('Esc takes it away, and what has room is shown once', async () => {
  const cut = phrases(60);
  await cut.third.trigger('focus');
  await cut.third.trigger('keydown', { key: 'Escape' });
  expect(cut.whole().exists()).toBe(false);
  cut.page.unmount();
  const plain = phrases(100);
  await plain.third.trigger('pointerenter');
  expect(plain.whole().exists()).toBe(false);
  plain.page.unmount();
});
