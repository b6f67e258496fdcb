import type { HallId, ItemBrief } from '@protocol';
import { computed, inject, type InjectionKey, provide, readonly, shallowRef } from 'vue';
import { get } from '../console/api';

/** The hall's catalogue, fetched once and searched in the page. */
export function useItems(hall: HallId) {
  const items = shallowRef<readonly ItemBrief[]>([]);
  const state = shallowRef<'loading' | 'ready' | 'failed'>('loading');

  async function load(): Promise<void> {
    state.value = 'loading';
    const answer = await get<ItemBrief[]>(`/api/halls/${encodeURIComponent(hall)}/items`);
    if (answer.is === 'ok') {
      items.value = answer.value;
      state.value = 'ready';
    } else state.value = 'failed';
  }
  void load();

  return { items: computed(() => items.value), state: readonly(state), load };
}

export type Items = ReturnType<typeof useItems>;

const itemsKey: InjectionKey<Items> = Symbol('items');

/** One catalogue for the whole console. */
export function provideItems(hall: HallId): Items {
  const items = useItems(hall);
  provide(itemsKey, items);
  return items;
}

export function injectItems(): Items {
  const found = inject(itemsKey);
  if (!found) throw new Error('a catalogue is asked for outside of the console');
  return found;
}
