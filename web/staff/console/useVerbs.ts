import { announce } from '@kit/components';
import type { BreakReason, DeclineReason, Presence, TransferTarget, VisitId, WindowId } from '@protocol';
import { readonly, ref, watch } from 'vue';
import { useTwice } from '../keys/useTwice';
import { t } from '../text';
import { mayPick } from './desk';
import type { Console } from './useConsole';

/** Everything a person does at a window by button or key. Each says true when the hall has done it. */
export function useVerbs(console: Pick<Console, 'desk' | 'visit' | 'operate' | 'complain' | 'call'>) {
  const { desk, visit, operate, call } = console;
  /** The telephone number shown, and whose it is: it goes with the visit. */
  const phone = ref<{ visit: VisitId; number: string } | null>(null);

  type Said = Parameters<typeof operate>[0];
  const done = async (operation: Said): Promise<boolean> => (await operate(operation)).is === 'done';

  const accept = (id: VisitId) => done({ topic: 'window', type: 'accept', visit: id });
  const pick = (id: VisitId | null) => done({ topic: 'window', type: 'pick', visit: id });
  const finish = () => done({ topic: 'window', type: 'finish' });
  const setMode = (mode: 'media' | 'text' | 'telephone') => done({ topic: 'call', type: 'mode', mode });

  /** Mouse and keyboard share one question: whichever asked, the other may answer. */
  const ending = useTwice(() => void hangUpNow());
  // The question is about one talk: what was pressed in it is no half of an answer in the next.
  watch(() => visit.value?.id, ending.disarm, { flush: 'sync' });
  const hangingUp = ref(false);
  async function hangUpNow(): Promise<void> {
    hangingUp.value = true;
    await done({ topic: 'window', type: 'hang_up' });
    hangingUp.value = false;
  }

  async function present(presence: Presence, note: string | null = null): Promise<boolean> {
    return done({ topic: 'window', type: 'presence', presence, note });
  }

  return {
    phone: readonly(phone),
    accept,
    pick,
    finish,
    setMode,
    present,
    /** F2: takes the ring, else the next one, else ends the wrap-up. False when there is nothing to do. */
    next(): boolean {
      const now = desk.value;
      if (now.is === 'ringing') void accept(now.visit.id);
      else if (now.is === 'wrap_up') void finish();
      else if (mayPick(now)) void pick(null);
      else return false;
      return true;
    },
    sit: (window: WindowId) => done({ topic: 'window', type: 'open', window }),
    /** Gets up, when nobody is on the desk; also true when standing already. */
    async standUp(): Promise<boolean> {
      if (desk.value.is === 'standing' || desk.value.is === 'opening') return true;
      if (visit.value) {
        console.complain('window_busy');
        return false;
      }
      return done({ topic: 'window', type: 'close' });
    },
    takeBreak: (reason: BreakReason, note: string | null) => present({ is: 'break', reason }, note),
    comeBack: () => done({ topic: 'window', type: 'back' }),
    decline: (id: VisitId, reason: DeclineReason) => done({ topic: 'window', type: 'decline', visit: id, reason }),
    /** 「挂断」: the first time it is asked, and the talk goes on; again within 5 s it is done. */
    hangUp: ending.press,
    hangUpAsked: ending.armed,
    hangingUp: readonly(hangingUp),
    keepTalking: ending.disarm,
    hold: () => done({ topic: 'window', type: 'hold' }),
    resume: () => done({ topic: 'window', type: 'resume' }),
    /** Sends the citizen off with the right to return: the window is free at once, the draft waits for the return. */
    async park(): Promise<boolean> {
      const parked = await done({ topic: 'window', type: 'park' });
      if (parked) announce(t('call.parked'));
      return parked;
    },
    /** Another window is rung, or the visit goes back into a line; until then it stays here. */
    async transfer(to: TransferTarget): Promise<boolean> {
      const begun = await done({ topic: 'window', type: 'transfer', to });
      if (begun) announce(t('call.transfer_begun'));
      return begun;
    },
    callbackReached: () => done({ topic: 'window', type: 'callback_reached' }),
    callbackUnanswered: () => done({ topic: 'window', type: 'callback_unanswered' }),
    extendWrapUp: () => done({ topic: 'window', type: 'extend_wrap_up' }),
    inviteRating: () => done({ topic: 'window', type: 'invite_rating' }),
    /** 「打电话」: shows the number and goes on by telephone. */
    async telephone(): Promise<boolean> {
      const id = visit.value?.id;
      const outcome = await operate({ topic: 'window', type: 'reveal_phone' });
      if (outcome.is !== 'done' || !outcome.value || !id) return false;
      phone.value = { visit: id, number: outcome.value };
      const status = visit.value?.id === id ? visit.value.status : null;
      return status?.state === 'serving' && status.mode !== 'telephone' ? setMode('telephone') : true;
    },
    /** Turns the own voice off or on. False when there is no microphone. */
    toggleMute(): boolean {
      if (call.microphone.value === 'live') {
        call.mute();
        announce(t('call.muted_note'));
      } else if (call.microphone.value === 'muted') {
        call.unmute();
        announce(t('call.unmute'));
      } else return false;
      return true;
    },
    toggleCamera(): void {
      void (call.camera.value.is === 'on' || call.camera.value.is === 'asking'
        ? call.stopCamera()
        : call.startCamera('user'));
    },
    toggleShare(): void {
      void (call.share.value.is === 'on' || call.share.value.is === 'asking' ? call.stopShare() : call.startShare());
    },
    toggleHold(): boolean {
      const state = visit.value?.status.state;
      if (state === 'serving') void done({ topic: 'window', type: 'hold' });
      else if (state === 'held') void done({ topic: 'window', type: 'resume' });
      else return false;
      return true;
    },
  };
}

export type Verbs = ReturnType<typeof useVerbs>;
