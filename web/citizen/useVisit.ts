import { newKey, type Outcome } from '@kit/connection';
import type { ContactView, HallCard, ItemCode, Operation, TakenNumber } from '@protocol';
import { computed, readonly, ref } from 'vue';
import type { Answer, Api } from './api';
import { useHandover } from './handover/useHandover';
import { screenOf } from './state/screen';
import { useChoosing } from './useChoosing';
import { type LiveVisitOptions, useLiveVisit } from './useLiveVisit';

export type VisitOptions = LiveVisitOptions & { api: Api };

/** What is told when the page opens, though nobody has tapped. */
const TOLD_AT_ONCE = ['token_reused', 'network_blocked'];

/** The visit of this page: what is known of it, and what its citizen can do. */
export function useVisit(options: VisitOptions) {
  const { step, begin, ...live } = useLiveVisit(options);
  const { state, connection } = live;
  const { taking, take } = createTaking(options.api);
  const refreshHall = createRefresh(options.api, (hall) => step({ type: 'hall', hall }));
  const { asked, handover } = useHandover(connection, begin);
  /** The code of what went wrong with the last tap; its sentence is shown until the next. */
  const trouble = ref<string | null>(null);
  const choice = useChoosing(() => (trouble.value = null));
  const choosing = computed(() => (asked.value ? 'handover' : choice.choosing.value));

  /** Finds the number this phone already has, when the page opens; one that was given up is told, and not passed over. */
  async function lookForVisit(): Promise<void> {
    const answer = await options.api.resume();
    if (answer.is === 'done' && !state.value.visit) begin(answer.value);
    if (answer.is === 'refused' && TOLD_AT_ONCE.includes(answer.code)) trouble.value = answer.code;
    if (answer.is === 'refused' && answer.code === 'handed_over') handover.noteGone();
  }

  async function takeNumber(item: ItemCode | null, callback?: ContactView): Promise<void> {
    if (taking.value) return;
    trouble.value = null;
    const answer = await take(item, state.value.hall.notice_version, callback);
    if (answer.is === 'done') {
      choice.choose(false);
      return begin(answer.value);
    }
    trouble.value = answer.is === 'refused' ? answer.code : 'network';
    if (answer.is === 'refused') await refreshHall();
  }

  /** Does something; a refusal is shown until the next tap. */
  async function operate(operation: Operation): Promise<Outcome> {
    trouble.value = null;
    const outcome = await connection.operate(operation);
    if (outcome.is !== 'done') trouble.value = outcome.code;
    else if (operation.topic === 'visit' && operation.type === 'here') step({ type: 'here' });
    return outcome;
  }

  function putAside(then: () => void): void {
    connection.stop();
    then();
    step({ type: 'again' });
    void refreshHall();
  }

  return {
    ...live,
    trouble: computed(() => trouble.value ?? (live.blocked.value ? 'network_blocked' : null)),
    taking: readonly(taking),
    screen: computed(() => screenOf(state.value.visit, connection.state.value, choosing.value)),
    lookForVisit,
    takeNumber,
    refreshHall,
    operate,
    ...choice,
    handover,
    /** 「再排一次」 */
    again: () => putAside(() => choice.choose(true)),
    /** The same while the hall is closed. */
    leaveAgain: () => putAside(choice.leaveNumber),
  };
}

export type Visit = ReturnType<typeof useVisit>;

/** Looks at the hall again; what cannot be had now stays as it was. */
function createRefresh(api: Pick<Api, 'hall'>, show: (hall: HallCard) => void) {
  return async function refreshHall(): Promise<void> {
    const answer = await api.hall();
    if (answer.is === 'done') show(answer.value);
  };
}

/**
 * Takes numbers. A wish keeps its key until the number is there: what failed may have happened all the same, and a second tap is the
 * same operation.
 */
function createTaking(api: Pick<Api, 'takeNumber'>) {
  const taking = ref(false);
  let wish: { item: ItemCode | null; callback?: ContactView; key: string } | undefined;

  async function take(
    item: ItemCode | null,
    notice_version: string,
    callback?: ContactView,
  ): Promise<Answer<TakenNumber>> {
    taking.value = true;
    const same =
      wish?.item === item && wish.callback?.phone === callback?.phone && wish.callback?.name === callback?.name;
    if (!wish || !same) wish = { item, key: newKey(), ...(callback && { callback }) };
    const answer = await api.takeNumber({ ...wish, notice_version });
    taking.value = false;
    if (answer.is === 'done') wish = undefined;
    return answer;
  }

  return { taking, take };
}
