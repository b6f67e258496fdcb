import { mount } from '@vue/test-utils';
import { expect, it, vi } from 'vitest';
import { shallowRef } from 'vue';
import { citizenKey, type Citizen } from '../context';
import { hallCard } from '../examples';
import { initialState } from '../state/state';
import LaneDoor from './LaneDoor.vue';

// A link so weak that the code never comes.
vi.mock('./lane', () => new Promise(() => undefined));

it('says that a screen is being opened while its code is not there', () => {
  const visit = { state: shallowRef(initialState(hallCard())) };
  const page = mount(LaneDoor, {
    props: { screen: 'DoneScreen' },
    global: { provide: { [citizenKey as symbol]: { visit } as unknown as Citizen } },
  });
  expect(page.findAll('h1').map((heading) => heading.text())).toEqual(['正在打开']);
});
