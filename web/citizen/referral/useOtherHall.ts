import { newKey } from '@kit/connection';
import type { HallCard, HallId } from '@protocol';
import { readonly, ref, shallowReadonly, shallowRef } from 'vue';
import { createApi } from '../api';

/**
 * A number in another hall, taken from the page of this one: the talk here goes on until there is one, and who gets none stays here.
 * `from`: this hall, whose cookie gives the place of the first arrival there.
 */
export function useOtherHall(hall: HallId, from: HallId, open: typeof createApi = createApi) {
  const api = open(hall);
  /** The hall as it was when it was looked at; before that there is nothing to decide by. */
  const card = shallowRef<HallCard | null>(null);
  const busy = ref(false);
  /** The code of what went wrong with the last tap. */
  const trouble = ref<string | null>(null);
  /** What failed may have happened all the same: a second tap is the same operation. */
  const key = newKey();

  async function during(work: () => Promise<boolean>): Promise<boolean> {
    if (busy.value) return false;
    busy.value = true;
    trouble.value = null;
    const done = await work();
    busy.value = false;
    return done;
  }

  async function see(): Promise<boolean> {
    const answer = await api.hall();
    if (answer.is === 'done') card.value = answer.value;
    else trouble.value = answer.is === 'refused' ? answer.code : 'network';
    return answer.is === 'done';
  }

  return {
    card: shallowReadonly(card),
    busy: readonly(busy),
    trouble: readonly(trouble),
    look: () => during(see),
    /** True once there is a number. A refusal is shown beside the hall as it is now. */
    take: () =>
      during(async () => {
        const notice_version = card.value?.notice_version ?? '';
        const answer = await api.takeNumber({ key, item: null, notice_version, from });
        if (answer.is === 'done') return true;
        if (answer.is === 'refused') await see();
        trouble.value = answer.is === 'refused' ? answer.code : 'network';
        return false;
      }),
  };
}
