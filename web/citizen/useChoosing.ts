import type { ItemBrief } from '@protocol';
import { readonly, ref, shallowReadonly, shallowRef } from 'vue';
import type { Choosing } from './state/screen';

/** What somebody without a number is about: a matter, and while the hall is closed a telephone to be called back at. */
export function useChoosing(begins: () => void) {
  const choosing = ref<Choosing>('nothing');
  /** What is chosen is to be called back about. */
  const leaving = ref(false);
  /** What to be called back about; `null` for whoever cannot say. */
  const matter = shallowRef<ItemBrief | null>(null);

  function choose(open: boolean): void {
    begins();
    leaving.value = false;
    choosing.value = open ? 'item' : 'nothing';
  }

  return {
    choosing: readonly(choosing),
    leaving: readonly(leaving),
    matter: shallowReadonly(matter),
    choose,
    /** 「留个电话，上班后给您回」: first the matter, then the telephone. */
    leaveNumber(): void {
      choose(true);
      leaving.value = true;
    },
    /** The matter to be called back about, or `undefined` to choose another. */
    chooseMatter(item: ItemBrief | null | undefined): void {
      begins();
      choosing.value = item === undefined ? 'item' : 'phone';
      if (item !== undefined) matter.value = item;
    },
  };
}
