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
  const [api, here] = [open(hall), open(from.hall)];
  const { busy, trouble, during } = useTap();
  /** The hall as it was when it was looked at; before that there is nothing to decide by. */
  const card = shallowRef<HallCard | null>(null);
  /** The number is there, be it from another tab: that hall knows it before this one has heard of it. */
  const taken = ref(false);
  /** The number this phone has there, which stays as it is. */
  const number = ref<string | null>(null);
  /** This phone is booked there for another time, or to be called: no number is given beside that (`booked_here`). */
  const booked = ref(false);
  /** What failed may have happened all the same: a second tap is the same operation. */
  const key = newKey();
  const wish = () =>
    api.takeNumber({ key, item: null, notice_version: card.value?.notice_version ?? '', from: from.hall });

  /** What stands there, and whether this phone has its number there already. */
  async function see(): Promise<boolean> {
    const [answer, own] = await Promise.all([api.hall(), api.resume()]);
    const there = own.is === 'done' ? own.value.visit : undefined;
    const came = there?.referred;
    if (came?.hall_name === from.name && came.number === from.number) taken.value = true;
    const state = there?.status.state ?? 'closed';
    booked.value = state === 'booked';
    number.value = there && state !== 'closed' && state !== 'booked' ? there.number : null;
    if (answer.is === 'done') card.value = answer.value;
    else trouble.value = codeOf(answer);
    return answer.is === 'done';
  }

  /** Of a page that came back in another tab this one has an older cookie; the one of now brings the place. */
  async function wishAnew() {
    await see();
    if (taken.value || (await here.resume()).is !== 'done') return null;
    return await wish();
  }

  async function take(): Promise<boolean> {
    const first = await wish();
    const answer = (isOver(first) && (await wishAnew())) || first;
    if (answer.is === 'done') return true;
    if (answer.is === 'refused' && !isOver(answer)) await see();
    if (!taken.value) trouble.value = codeOf(answer);
    return false;
  }

  /** Whoever has lost the answer with the number asks for it again; while a window rings for it, a moment later. */
  async function find(): Promise<boolean> {
    const own = await api.resume();
    const isLost = own.is === 'refused' && own.code === 'visit_unknown';
    if (isLost && !(await see())) return false;
    const answer = isLost ? await wish() : own;
    // Any other refusal is told by the page there.
    const goesOn = answer.is === 'done' || (answer.is === 'refused' && answer.code !== 'not_now');
    if (answer.is !== 'done' && !goesOn) trouble.value = codeOf(answer);
    return goesOn;
  }

  return {
    card: shallowReadonly(card),
    taken: readonly(taken),
    number: readonly(number),
    booked: readonly(booked),
    busy: readonly(busy),
    trouble: readonly(trouble),
    look: () => during(see),
    /** True once there is a number. A refusal is shown beside the hall as it is now. */
    take: () => during(take),
    /** True once the number taken there is this phone's. */
    find: () => during(find),
    /** The last tap is no matter any more. */
    forget: () => {
      trouble.value = null;
    },
  };
}

/** One tap at a time, and what went wrong with the last. */
function useTap() {
  const busy = ref(false);
  const trouble = ref<string | null>(null);
  async function during(work: () => Promise<boolean>): Promise<boolean> {
    if (busy.value) return false;
    busy.value = true;
    trouble.value = null;
    const done = await work();
    busy.value = false;
    return done;
  }
  return { busy, trouble, during };
}

const isOver = (answer: Answer<unknown>) => answer.is === 'refused' && answer.code === 'referral_over';
const codeOf = (answer: Exclude<Answer<unknown>, { is: 'done' }>) =>
  answer.is === 'refused' ? answer.code : 'network';
