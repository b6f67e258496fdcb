import { assertNever } from '@kit/assertNever';
import type { ConsoleView, ServedVisit, SuspectReason, Timestamp, WindowView } from '@protocol';

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

/** The next one may be taken by hand: free, and present in some way. */
export function mayPick(desk: Desk): boolean {
  if (desk.is !== 'idle' || desk.window.work.is !== 'idle') return false;
  const { presence } = desk.window;
  return presence.is === 'available' || presence.is === 'on_demand';
}
