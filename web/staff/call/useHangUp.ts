import { readonly, ref, watch } from 'vue';
import type { Console } from '../console/useConsole';
import type { Does } from '../console/useOperate';
import { useTwice } from '../keys/useTwice';

/** 「挂断」. Mouse and keyboard share one question: whichever asked, the other may answer. */
export function useHangUp({ visit }: Pick<Console, 'visit'>, does: Does) {
  const hangingUp = ref(false);
  const ending = useTwice(() => void hangUpNow());
  // The question is about one talk: what was pressed in it is no half of an answer in the next.
  watch(() => visit.value?.id, ending.disarm, { flush: 'sync' });

  async function hangUpNow(): Promise<void> {
    hangingUp.value = true;
    await does({ topic: 'window', type: 'hang_up' });
    hangingUp.value = false;
  }

  return {
    /** The first time it is asked, and the talk goes on; again within 10 s it is done. */
    hangUp: ending.press,
    hangUpAsked: ending.armed,
    hangingUp: readonly(hangingUp),
    keepTalking: ending.disarm,
  };
}
