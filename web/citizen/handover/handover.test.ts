import { shallowMount } from '@vue/test-utils';
import { describe, expect, it, vi } from 'vitest';
import { shallowRef } from 'vue';
import type { TakenNumber } from '@protocol';
import { citizenKey } from '../context';
import LeftScreen from '../leave/LeftScreen.vue';
import MissedScreen from '../missed/MissedScreen.vue';
import HandoverButton from './HandoverButton.vue';
import { plainCode, takeLinkCode } from './linkCode';
import { useHandover } from './useHandover';

const page = (hash: string) => ({
  location: { hash, pathname: '/h/xinqu' } as Location,
  history: { replaceState: vi.fn() } as unknown as History,
});

describe('the personal link', () => {
  it('gives its code once and takes it out of the address', () => {
    const opened = page('#402713');
    expect(takeLinkCode(opened)).toBe('402713');
    expect(opened.history.replaceState).toHaveBeenCalledWith(null, '', '/h/xinqu');
  });

  it('takes the longer code of an appointment as it is', () =>
    expect(takeLinkCode(page('#AbCdEf0123456789-_AbCd'))).toBe('AbCdEf0123456789-_AbCd'));

  it.each(['', '#', '#40271', '#4027130', '#abc'])('%j is no code and is left alone', (hash) => {
    const opened = page(hash);
    expect(takeLinkCode(opened)).toBeNull();
    expect(opened.history.replaceState).not.toHaveBeenCalled();
  });
});

it.each(['40 27 13', '４０２７１３', ' 402713 ', '402-713'])('%j is typed for 402713', (typed) =>
  expect(plainCode(typed)).toBe('402713'),
);

it('a link opened where the page is open already leads to the same place', () => {
  const connection = { state: shallowRef({ is: 'closed' as const }), stop: vi.fn() };
  const { asked, handover } = useHandover(connection, vi.fn());
  expect([asked.value, handover.linkCode.value]).toEqual([false, null]);
  location.hash = '#402713';
  dispatchEvent(new Event('hashchange'));
  expect([asked.value, handover.linkCode.value, location.hash]).toEqual([true, '402713', '']);
});

it('a code that took the visit away is not shown again when the visit comes back', () => {
  const { handover } = useHandover({ state: shallowRef({ is: 'closed' as const }), stop: vi.fn() }, vi.fn());
  handover.offer.value = { visit: 'v1', asking: false, is: 'over' };
  handover.takeOver({ resumed: true } as TakenNumber);
  expect(handover.offer.value).toBeNull();
});

it.each([MissedScreen, LeftScreen])('is offered to whoever is not in line just now', (screen) => {
  const mine = { status: { state: 'parked', until: 0 }, contact: {}, reference: '4027', item: null };
  const state = shallowRef({ visit: mine, hall: { name: '', telephone: '' }, clock: { offset: 0 } });
  const visit = { state, connection: { now: () => 0 }, handover: { offer: shallowRef(null) } };
  const global = { provide: { [citizenKey as symbol]: { visit } }, stubs: { BookedScreen: false } };
  const page = shallowMount(screen, { global });
  expect(page.findComponent(HandoverButton).exists()).toBe(true);
  page.unmount();
});
