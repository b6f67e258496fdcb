import { newKey } from '@kit/connection';
import type { HallCard, HallId } from '@protocol';
import { readonly, ref, shallowReadonly, shallowRef } from 'vue';
import { type Answer, createApi } from '../api';

/** The visit here, as the other hall knows it. */
export type Origin = { hall: HallId; name: string; number: string };

/**
 * A number in another hall, taken from the page of this one: the talk here goes on until there is one, and who gets none stays here.
 * `from`: this hall, whose cookie gives the place of the first arrival there, and the number here.
 */
export function useOtherHall(hall: HallId, from: Origin, open: typeof createApi = createApi) {
  const api = open(hall);
  /** The hall as it was when it was looked at; before that there is nothing to decide by. */
  const card = shallowRef<HallCard | null>(null);
  /** The number is there, be it from another tab: that hall knows it before this one has heard of it. */
  const taken = ref(false);
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

  /** What stands there, and whether this phone has its number there already. */
  async function see(): Promise<boolean> {
    const [answer, own] = await Promise.all([api.hall(), api.resume()]);
    const came = own.is === 'done' ? own.value.visit.referred : undefined;
    if (came?.hall_name === from.name && came.number === from.number) taken.value = true;
    if (answer.is === 'done') card.value = answer.value;
    else trouble.value = codeOf(answer);
    return answer.is === 'done';
  }

  return {
    card: shallowReadonly(card),
    taken: readonly(taken),
    busy: readonly(busy),
    trouble: readonly(trouble),
    look: () => during(see),
    /** True once there is a number. A refusal is shown beside the hall as it is now. */
    take: () =>
      during(async () => {
        const notice_version = card.value?.notice_version ?? '';
        const answer = await api.takeNumber({ key, item: null, notice_version, from: from.hall });
        if (answer.is === 'done') return true;
        if (answer.is === 'refused') await see();
        trouble.value = codeOf(answer);
        return false;
      }),
  };
}

const codeOf = (answer: Exclude<Answer<unknown>, { is: 'done' }>) =>
  answer.is === 'refused' ? answer.code : 'network';
