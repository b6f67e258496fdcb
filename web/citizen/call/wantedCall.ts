import { assertNever } from '@kit/assertNever';
import type { VisitStatus } from '@protocol';

/** What the visit asks of the call: rights follow from its state and end with it. */
export type WantedCall =
  /** Everything ends and every device is given back. */
  | 'over'
  /** The two are not together: what was open ends, what is warm may stay. */
  | 'apart'
  /** The connection is built ahead. Too far from the head the server refuses, and the next place tries again. */
  | 'warm'
  | 'open'
  /** The talk moves on: what was shown to one person is not shown to the next without being asked. */
  | 'unshown'
  /** Together, and nobody speaks now. */
  | 'as_it_is';

export function wantedCall(status: VisitStatus | undefined): WantedCall {
  switch (status?.state) {
    case undefined:
    case 'closed':
      return 'over';
    case 'connecting':
    case 'ringing':
      return 'warm';
    case 'waiting':
      return status.here ? 'warm' : 'apart';
    case 'serving':
      return 'open';
    case 'transferring':
      return 'unshown';
    case 'held':
    case 'dropped':
      return 'as_it_is';
    case 'calling':
    case 'missed':
    case 'parked':
    case 'booked':
    case 'callback_kept':
      return 'apart';
    default:
      return assertNever(status);
  }
}
