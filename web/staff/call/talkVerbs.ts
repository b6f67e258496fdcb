import { announce } from '@kit/components';
import type { TransferTarget, VisitId } from '@protocol';
import { readonly, ref, watch } from 'vue';
import type { Console } from '../console/useConsole';
import type { Does } from '../console/useOperate';
import { t } from '../text';

/** What a person does with the talk itself, but for its end. */
export function talkVerbs({ visit, operate }: Pick<Console, 'visit' | 'operate'>, does: Does) {
  /** The telephone number shown, and whose it is: it goes as soon as the visit leaves the desk. */
  const phone = ref<{ visit: VisitId; number: string } | null>(null);
  // The next call-back of the same visit is looked up anew: who saw the number when is recorded, and only then counts a call as made.
  watch(
    () => visit.value?.id,
    () => (phone.value = null),
  );
  const setMode = (mode: 'media' | 'text' | 'telephone') => does({ topic: 'call', type: 'mode', mode });
  const hold = () => does({ topic: 'window', type: 'hold' });
  const resume = () => does({ topic: 'window', type: 'resume' });

  return {
    phone: readonly(phone),
    setMode,
    hold,
    resume,
    toggleHold(): boolean {
      const state = visit.value?.status.state;
      if (state === 'serving') void hold();
      else if (state === 'held') void resume();
      else return false;
      return true;
    },
    /** Sends the citizen off with the right to return: the window is free at once, the draft waits for the return. */
    async park(): Promise<boolean> {
      const parked = await does({ topic: 'window', type: 'park' });
      if (parked) announce(t('call.parked'));
      return parked;
    },
    /** Another window is rung, or the visit goes back into a line; until then it stays here. */
    async transfer(to: TransferTarget): Promise<boolean> {
      const begun = await does({ topic: 'window', type: 'transfer', to });
      if (begun) announce(t(to.is === 'hall' ? 'call.referred_begun' : 'call.transfer_begun'));
      return begun;
    },
    /** 「不转了」: the citizen is not sent on to the other hall any more. */
    takeBackReferral: () => does({ topic: 'window', type: 'withdraw_referral' }),
    /** 「打电话」: shows the number and goes on by telephone. */
    async telephone(): Promise<boolean> {
      const id = visit.value?.id;
      const outcome = await operate({ topic: 'window', type: 'reveal_phone' });
      if (outcome.is !== 'done' || !outcome.value || !id) return false;
      phone.value = { visit: id, number: outcome.value };
      const status = visit.value?.id === id ? visit.value.status : null;
      return status?.state === 'serving' && status.mode !== 'telephone' ? setMode('telephone') : true;
    },
  };
}
