import type { BreakReason, DeclineReason, ExtendReason, PickReason, Presence, VisitId, WindowId } from '@protocol';
import { mayPick } from './desk';
import type { Console } from './useConsole';
import type { Does } from './useOperate';

/** What a person does at the window itself: sit and stand up, be there or not, take the next one, finish. */
export function windowVerbs({ desk, visit, complain }: Pick<Console, 'desk' | 'visit' | 'complain'>, does: Does) {
  const accept = (id: VisitId) => does({ topic: 'window', type: 'accept', visit: id });
  const pick = (id: VisitId | null) => does({ topic: 'window', type: 'pick', visit: id });
  const finish = () => does({ topic: 'window', type: 'finish' });
  const present = (presence: Presence, note: string | null = null) =>
    does({ topic: 'window', type: 'presence', presence, note });

  return {
    accept,
    pick,
    pickFar: (id: VisitId, reason: PickReason) => does({ topic: 'window', type: 'pick_far', visit: id, reason }),
    /** 「重新叫号」 */
    recall: (id: VisitId) => does({ topic: 'window', type: 'recall', visit: id }),
    finish,
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
    sit: (window: WindowId) => does({ topic: 'window', type: 'open', window }),
    /** Gets up, when nobody is on the desk; also true when standing already. */
    async standUp(): Promise<boolean> {
      if (desk.value.is === 'standing' || desk.value.is === 'opening') return true;
      if (visit.value) {
        complain('window_busy');
        return false;
      }
      return does({ topic: 'window', type: 'close' });
    },
    takeBreak: (reason: BreakReason, note: string | null) => present({ is: 'break', reason }, note),
    comeBack: () => does({ topic: 'window', type: 'back' }),
    decline: (id: VisitId, reason: DeclineReason) => does({ topic: 'window', type: 'decline', visit: id, reason }),
    callbackReached: () => does({ topic: 'window', type: 'callback_reached' }),
    callbackUnanswered: () => does({ topic: 'window', type: 'callback_unanswered' }),
    extendWrapUp: (reason: ExtendReason) => does({ topic: 'window', type: 'extend_wrap_up', reason }),
    inviteRating: () => does({ topic: 'window', type: 'invite_rating' }),
  };
}
