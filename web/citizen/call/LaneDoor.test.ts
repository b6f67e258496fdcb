import { mount, type VueWrapper } from '@vue/test-utils';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { nextTick, shallowRef } from 'vue';
import { citizenKey, type Citizen } from '../context';
import { hallCard } from '../examples';
import { initialState } from '../state/state';
import LaneDoor from './LaneDoor.vue';

// A link so weak that the code never comes.
vi.mock('./lane', () => new Promise(() => undefined));

let page: VueWrapper;

function show(screen: 'DoneScreen' | 'CallScreen') {
  const visit = { state: shallowRef(initialState(hallCard())), lost: shallowRef(false), trouble: shallowRef(null) };
  page = mount(LaneDoor, {
    props: { screen },
    global: { provide: { [citizenKey as symbol]: { visit } as unknown as Citizen } },
  });
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  page.unmount();
  vi.useRealTimers();
});

it('says that a screen is being opened while its code is not there', () => {
  show('DoneScreen');
  expect(page.findAll('h1').map((heading) => heading.text())).toEqual(['正在打开']);
  expect(page.find('.screen__foot').exists()).toBe(false);
});

it('shows the telephone and a way to open it again when the code does not come', async () => {
  show('DoneScreen');
  vi.advanceTimersByTime(4_999);
  await nextTick();
  expect(page.text()).not.toContain('打不开');
  vi.advanceTimersByTime(1);
  await nextTick();
  expect(page.get('a[href="tel:12345"]').text()).toBe('打不开? 请打电话 12345');
  expect(page.text()).toContain('再试一次');
});

it('lets a call be hung up before its code is there', () => {
  show('CallScreen');
  expect(page.get('h1').text()).toContain('正在接通');
  expect(page.get('.screen__foot').text()).toContain('挂断');
});
