import { mount } from '@vue/test-utils';
import axe from 'axe-core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { defineComponent, h, nextTick, ref } from 'vue';
import AskSheet from './AskSheet.vue';

let answers: string[];
let page: ReturnType<typeof open>;

/** A page with the button that asks. */
function open() {
  const words = { heading: '要挂断吗?', why: '通话还没有断。', note: '点别的地方，也是接着说。' };
  const asking = ref(false);
  const answer = (word: string) => () => {
    answers.push(word);
    asking.value = false;
  };
  const sheet = () => h(AskSheet, { ...words, no: '接着说', yes: '挂断', onNo: answer('no'), onYes: answer('yes') });
  const opener = () => h('button', { id: 'opener', onClick: () => (asking.value = true) }, '挂断');
  return mount(defineComponent({ setup: () => () => h('main', [opener(), asking.value ? sheet() : null]) }), {
    attachTo: document.body,
  });
}

const rest = async (ms: number) => {
  vi.advanceTimersByTime(ms);
  await nextTick();
};
const [NO, YES] = [0, 1];
const tap = (answer: number) => page.findAll('.ask button')[answer]?.trigger('click');
const focused = () => document.activeElement?.textContent;

beforeEach(async () => {
  vi.useFakeTimers();
  answers = [];
  page = open();
  const opener = page.get<HTMLElement>('#opener');
  opener.element.focus();
  await opener.trigger('click');
});
afterEach(() => {
  page.unmount();
  vi.useRealTimers();
});

describe('a tap of a burst answers nothing', () => {
  it('neither within half a second', async () => {
    await rest(499);
    await tap(YES);
    await tap(NO);
    expect(answers).toEqual([]);
  });

  it('nor later, as long as the tapping goes on', async () => {
    for (let i = 0; i < 8; i += 1) {
      await rest(200);
      await tap(YES);
      await page.get('.ask').trigger('click');
    }
    expect(answers).toEqual([]);
    await rest(500);
    await tap(YES);
    expect(answers).toEqual(['yes']);
  });
});

describe('everything but the red button means no', () => {
  it.each<[string, () => unknown]>([
    ['the first answer', () => tap(NO)],
    ['a tap beside it', () => page.get('.ask').trigger('click')],
    ['Esc', () => page.get('.ask__sheet').trigger('keydown', { key: 'Escape' })],
    ['the back button of the phone', () => window.dispatchEvent(new PopStateEvent('popstate'))],
  ])('%s', async (_name, act) => {
    await rest(500);
    await act();
    expect(answers).toEqual(['no']);
  });

  it('and a tap on its words means nothing', async () => {
    await rest(500);
    await page.get('.ask__note').trigger('click');
    expect(answers).toEqual([]);
  });
});

it('takes the focus, keeps it and gives it back', async () => {
  const tab = (shiftKey = false) =>
    document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Tab', shiftKey, bubbles: true }));
  expect(focused()).toBe('要挂断吗?');
  const [first, last] = page.findAll<HTMLElement>('.ask button').map((button) => button.element);
  last?.focus();
  tab();
  expect(document.activeElement).toBe(first);
  tab(true);
  expect(document.activeElement).toBe(last);
  await rest(500);
  await tap(NO);
  expect(document.activeElement?.id).toBe('opener');
});

it('has no barrier and says itself to a screen reader', async () => {
  vi.useRealTimers();
  const sheet = page.get('[role="alertdialog"]');
  const said = (name: string) => document.getElementById(sheet.attributes(name) ?? '')?.textContent;
  expect([said('aria-labelledby'), said('aria-describedby')]).toEqual(['要挂断吗?', '通话还没有断。']);
  const { violations } = await axe.run(sheet.element, { rules: { 'color-contrast': { enabled: false } } });
  expect(violations.map(({ id }) => id)).toEqual([]);
});
