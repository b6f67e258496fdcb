import { announce, announceUrgently, YAnnouncer } from '@kit/components';
import { mount } from '@vue/test-utils';
import { expect, it } from 'vitest';
import { computed, h, nextTick, shallowRef } from 'vue';
import { hallCard, monday, place } from './examples';
import { screenOf } from './state/screen';
import { initialState } from './state/state';
import { calling, connecting, served, serving, staff, visitIn, waiting } from './testing';
import { useAnnouncements } from './useAnnouncements';
import type { Visit } from './useVisit';

/** A page that says what becomes of a visit. */
function page() {
  const state = shallowRef({ ...initialState(hallCard()), visit: waiting });
  const screen = computed(() => screenOf(state.value.visit, { is: 'connecting', attempt: 0 }, 'nothing'));
  const announcer = mount({
    setup: () => useAnnouncements({ state, screen } as unknown as Visit),
    render: () => h(YAnnouncer),
  });
  const become = (visit: typeof waiting) => {
    state.value = { ...state.value, visit };
    return nextTick();
  };
  const said = () => ['status', 'alert'].map((role) => announcer.get(`[role=${role}]`).text().trim()).join('|');
  return { become, said, unmount: () => announcer.unmount() };
}

it('says a change once, and nothing of it on the screens after', async () => {
  const { become, said, unmount } = page();
  await become(visitIn({ state: 'waiting', place: place(2), here: false }));
  expect(said()).toBe('前面还有 2 位，|');
  await become(calling);
  expect(said()).toBe('|快到您了。请点「我在」，我们就知道您在。');
  expect(document.title).toBe('快到您了。');
  await become(visitIn({ state: 'waiting', place: place(1), here: true }));
  expect(said(), 'it has been tapped').toBe('前面还有 1 位，|');
  announceUrgently('大厅临时停办');
  await become(visitIn({ state: 'waiting', place: place(0), here: true }));
  expect(said(), 'another place ends no emergency').toBe('下一位就是您。|大厅临时停办');
  await become(connecting);
  expect(said()).toBe('|轮到您了!');
  expect(document.title).toBe('轮到您了!');
  await become(serving);
  expect(said()).toBe('|');
  announce('照片发出去了');
  await nextTick();
  expect(said()).toBe('照片发出去了|');
  await become(visitIn({ state: 'held', staff, since: monday }));
  expect(said(), 'it was not heard to the end').toBe('照片发出去了|');
  await become(served);
  expect(said()).toBe('|');
  unmount();
});
