import { assertNever } from '@kit/assertNever';
import type { ConnectionState } from '@kit/connection';
import type { VisitStatus, VisitView } from '@protocol';

/** Which screen of JOURNEYS 4 is shown. Follows from what is known; nobody sets it. */
export type Screen =
  | 'entry'
  | 'items'
  | 'leave'
  | 'left'
  | 'appointment'
  | 'queue'
  | 'missed'
  | 'connect'
  | 'call'
  | 'done'
  | 'replaced'
  | 'ended'
  | 'handover';

/** What somebody without a number is about: nothing yet, which matter, which telephone to be called back at, or a number of another phone. */
export type Choosing = 'nothing' | 'item' | 'phone' | 'handover';

export function screenOf(visit: VisitView | null, connection: ConnectionState, choosing: Choosing): Screen {
  if (choosing === 'handover' || isMovedAway(connection)) return 'handover';
  if (connection.is === 'replaced') return 'replaced';
  if (connection.is === 'ended' && visit && visit.status.state !== 'closed') return 'ended';
  return visit ? screenOfVisit(visit) : SCREENS[choosing];
}

const SCREENS = { nothing: 'entry', item: 'items', phone: 'leave' } as const;

/** The visit goes on at another phone. */
export const isMovedAway = (connection: ConnectionState): boolean =>
  connection.is === 'ended' && connection.code === 'handed_over';

function screenOfVisit({ status, callback }: VisitView): Screen {
  switch (status.state) {
    case 'waiting':
    case 'calling':
    case 'ringing':
    case 'callback_kept':
      return 'queue';
    // A number left while the hall is closed stands in no line, and neither does an appointment.
    case 'booked':
      return callback ? 'left' : 'appointment';
    case 'missed':
    case 'parked':
      return 'missed';
    case 'connecting':
      return 'connect';
    case 'serving':
    case 'held':
    case 'dropped':
    case 'transferring':
      return 'call';
    case 'closed':
      return 'done';
    default:
      return assertNever(status);
  }
}

/** Both sides are, or were a moment ago, together: the page beats faster and its call stays. */
export function isTogether(status: VisitStatus | undefined): boolean {
  switch (status?.state) {
    case 'connecting':
    case 'serving':
    case 'held':
    case 'dropped':
    case 'transferring':
      return true;
    case undefined:
    case 'waiting':
    case 'calling':
    case 'missed':
    case 'ringing':
    case 'parked':
    case 'booked':
    case 'callback_kept':
    case 'closed':
      return false;
    default:
      return assertNever(status);
  }
}

/** The phone rings: something waits for a tap. */
export function rings(status: VisitStatus | undefined): boolean {
  return status?.state === 'calling' || status?.state === 'connecting';
}
