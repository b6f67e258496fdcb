import { assertNever } from '@kit/assertNever';
import type { ConsoleView, StaffId, WindowView } from '@protocol';
import { presenceWord } from '../presence/presenceWords';
import { t } from '../text';

/** Somebody at another window, as the sheet of a transfer shows it. */
export type Colleague = {
  staff: StaffId;
  /** 「2号窗口 赵老师」 */
  name: string;
  free: boolean;
  /** What they do now, in a word. */
  word: string;
};

/** Everybody at the other windows, whoever is free first. */
export function colleaguesOf(view: ConsoleView | null): Colleague[] {
  const others = (view?.windows ?? []).filter(({ id }) => id !== view?.mine);
  const people = others.flatMap((window): Colleague[] => {
    if (window.staff === null) return [];
    const name = t(window.supervisor ? 'call.transfer_to_supervisor_at' : 'call.transfer_to_person', {
      window: window.name,
      name: window.staff_name ?? '',
    });
    return [{ staff: window.staff, name, free: isFree(window), word: workWord(window) }];
  });
  return [...people.filter(({ free }) => free), ...people.filter(({ free }) => !free)];
}

/** Whether another supervisor is free, will be after the visit there, or is not there at all. */
export function supervisorOf(view: ConsoleView | null): 'free' | 'busy' | 'none' {
  const supervisors = (view?.windows ?? []).filter(({ id, supervisor }) => supervisor && id !== view?.mine);
  if (supervisors.some(isFree)) return 'free';
  const isRung = ({ presence, work }: WindowView) =>
    presence.is === 'available' && !(work.is === 'suspect' && work.until === null);
  return supervisors.some(isRung) ? 'busy' : 'none';
}

function isFree({ staff, presence, work }: WindowView): boolean {
  return staff !== null && work.is === 'idle' && (presence.is === 'available' || presence.is === 'on_demand');
}

function workWord(window: WindowView): string {
  const { presence, work } = window;
  switch (work.is) {
    case 'idle':
      return isFree(window) ? t('call.colleague_free') : presenceWord(presence);
    case 'reserved':
    case 'connecting':
    case 'talking':
    case 'holding':
      return t('call.colleague_talking');
    case 'wrap_up':
      return t('call.state_wrap_up');
    case 'suspect':
      return t('call.colleague_paused');
    default:
      return assertNever(work);
  }
}
