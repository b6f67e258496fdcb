import type { RatingLevel } from '@protocol';
import { mount } from '@vue/test-utils';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { nextTick, shallowRef } from 'vue';
import { type Citizen, citizenKey } from '../context';
import { hallCard, liNainai } from '../examples';
import { initialState } from '../state/state';
import { slip } from '../testing';
import RatingCard from './RatingCard.vue';

let page: ReturnType<typeof open>;
let asked: RatingLevel[];
/** Whether the server takes what is said. */
let taken: boolean;

/** The card on the slip of li_nainai; the server answers a tap with the visit as it is then. */
function open() {
  const state = shallowRef({ ...initialState(hallCard()), visit: liNainai({ may_rate: true }) });
  const operate = async ({ level }: { level: RatingLevel }) => {
    asked.push(level);
    await Promise.resolve();
    if (!taken) return { is: 'refused', code: 'already_rated' };
    state.value = { ...state.value, visit: liNainai({ may_rate: true, rating: level }) };
    return { is: 'done', value: null };
  };
  const citizen = { visit: { state, operate } } as unknown as Citizen;
  const card = mount(RatingCard, {
    props: { name: '陈老师' },
    global: { provide: { [citizenKey as symbol]: citizen } },
    attachTo: document.body,
  });
  const write = () => (state.value = { ...state.value, visit: liNainai({ may_rate: true, slip }) });
  return Object.assign(card, { write });
}

async function press(words: string): Promise<void> {
  await page
    .findAll('button')
    .find((button) => button.text() === words)
    ?.trigger('click');
  await vi.advanceTimersByTimeAsync(0);
}
async function rest(): Promise<void> {
  vi.advanceTimersByTime(500);
  await nextTick();
}

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  taken = true;
  page = open();
});
afterEach(() => {
  page.unmount();
  vi.useRealTimers();
});

it('is given by one tap', async () => {
  await rest();
  await press('满意');
  expect(asked).toEqual(['satisfied']);
  expect(page.text()).toContain('评的是「满意」');
  expect(document.activeElement?.textContent).toContain('谢谢您');
});

it('is not given by the tap that ended the call', async () => {
  await press('非常不满意');
  expect(asked).toEqual([]);
});

it('is not given by the tap that meant another level, before the slip came above it', async () => {
  await rest();
  page.write();
  await nextTick();
  await press('非常不满意');
  expect(asked).toEqual([]);
  await rest();
  await press('满意');
  expect(asked).toEqual(['satisfied']);
});

it('is corrected when the thumb slipped, and says what is down now', async () => {
  await rest();
  await press('非常不满意');
  await press('评错了? 改一改');
  expect(document.activeElement?.textContent?.trim()).toBe('陈老师帮得怎么样?');
  const pressed = page.findAll('button').filter((button) => button.attributes('aria-pressed') === 'true');
  expect(pressed.map((button) => button.text())).toEqual(['非常不满意']);
  await press('非常满意');
  expect(asked, 'the same burst of taps').toEqual(['very_dissatisfied']);
  await rest();
  await press('非常满意');
  expect(asked).toEqual(['very_dissatisfied', 'very_satisfied']);
  expect(page.text()).toContain('评的是「非常满意」');
});

it('stays when nothing is to be corrected', async () => {
  await rest();
  await press('满意');
  await press('评错了? 改一改');
  await press('不改，就这样');
  expect(page.text()).toContain('评的是「满意」');
  expect(asked).toEqual(['satisfied']);
});

it('shows the levels again when it was not taken', async () => {
  taken = false;
  await rest();
  await press('满意');
  expect(page.text()).toContain('陈老师帮得怎么样?');
});
