import type { ConnectionState } from '@kit/connection';
import { assertNever } from '@kit/assertNever';

/** A state that does not end by itself: the page stops and says why. */
export type Over = { is: 'replaced' } | { is: 'ended'; code: string };

/** The socket is being brought back; the first opening has words of its own. */
export function connectionLost(state: ConnectionState): boolean {
  switch (state.is) {
    case 'waiting':
      return true;
    case 'connecting':
      return state.attempt > 0;
    case 'closed':
    case 'connected':
    case 'replaced':
    case 'ended':
      return false;
    default:
      return assertNever(state);
  }
}

export function connectionOver(state: ConnectionState): Over | null {
  return state.is === 'replaced' || state.is === 'ended' ? state : null;
}
