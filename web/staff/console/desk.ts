import { assertNever } from '@kit/assertNever';
import type { ConsoleView, LineEntry, LineView, ServedVisit, SuspectReason, Timestamp, WindowView } from '@protocol';

/** What lies on the desk now: decides which screen the middle of the console shows. */
export type Desk =
  /** No snapshot yet. */
  | { is: 'opening' }
  /** Signed in, at no window. */
  | { is: 'standing' }
  | { is: 'idle'; window: WindowView }
  | { is: 'ringing'; window: WindowView; visit: ServedVisit; until: Timestamp }
  /** The citizen has not tapped 「接听」 yet. */
  | { is: 'connecting'; window: WindowView; visit: ServedVisit; until: Timestamp }
  /** Together, on hold, or one side lost: `visit.status` says which. */
  | { is: 'serving'; window: WindowView; visit: ServedVisit }
  | { is: 'wrap_up'; window: WindowView; visit: ServedVisit; until: Timestamp; overdue: boolean };

export function deskOf(view: ConsoleView | null): Desk {
  if (!view) return { is: 'opening' };
  const window = view.windows.find(({ id }) => id === view.mine);
  if (!window) return { is: 'standing' };
  const { visit } = view;
  const { work } = window;
  if (!visit) return { is: 'idle', window };
  switch (work.is) {
    case 'idle':
      return { is: 'idle', window };
    case 'reserved':
      return { is: 'ringing', window, visit, until: work.until };
    case 'connecting':
      return { is: 'connecting', window, visit, until: work.until };
    case 'talking':
    case 'holding':
      return { is: 'serving', window, visit };
    case 'wrap_up':
      return { is: 'wrap_up', window, visit, until: work.until, overdue: work.overdue };
    case 'suspect':
      // Held back from rings; a visit that is still here is finished first.
      return isTogether(visit) ? { is: 'serving', window, visit } : { is: 'idle', window };
    default:
      return assertNever(work);
  }
}

/** The visit on the desk, whatever is done with it. */
export function visitOn(desk: Desk): ServedVisit | null {
  return 'visit' in desk ? desk.visit : null;
}

/** Citizen and window are in one call, or the window is kept for it. */
export function isTogether(visit: ServedVisit): boolean {
  const { state } = visit.status;
  return state === 'serving' || state === 'held' || state === 'dropped' || state === 'transferring';
}

/** Held back from rings, and why. */
export function suspectOf(desk: Desk): { reason: SuspectReason; until: Timestamp | null } | null {
  if (!('window' in desk)) return null;
  const { work } = desk.window;
  return work.is === 'suspect' ? work : null;
}

/** Whether somebody in line may come to this window at all; whoever waits for a supervisor, to one alone. */
export function takes(window: WindowView, entry: LineEntry): boolean {
  return entry.supervised ? window.supervisor : window.queues.includes(entry.queue);
}

/** Why nobody is rung here although somebody waits: 「我在」 is asked, or nobody answered it. */
export type Asking =
  { is: 'asked'; numbers: string[]; until: Timestamp } | { is: 'unanswered'; numbers: string[]; again: Timestamp };

/** Of those whose queues this window takes, who is asked first: until the last of them was, or before the first is asked again. */
export function askingFor(window: WindowView, line: LineView): Asking | null {
  const ours = line.head.filter((entry) => takes(window, entry) && !entry.away);
  const numbers = (which: 'asked_until' | 'asked_again_at') =>
    ours.filter((entry) => typeof entry[which] === 'number').map(({ number }) => number);
  const ends = ours.flatMap(({ asked_until }) => asked_until ?? []);
  if (ends.length > 0) return { is: 'asked', numbers: numbers('asked_until'), until: Math.max(...ends) };
  const again = ours.flatMap(({ asked_again_at }) => asked_again_at ?? []);
  if (again.length > 0) return { is: 'unanswered', numbers: numbers('asked_again_at'), again: Math.min(...again) };
  return null;
}

/** The next one may be taken by hand: free, and present in some way. */
export function mayPick(desk: Desk): boolean {
  if (desk.is !== 'idle' || desk.window.work.is !== 'idle') return false;
  const { presence } = desk.window;
  return presence.is === 'available' || presence.is === 'on_demand';
}
