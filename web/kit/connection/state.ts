import type { ServerMessage } from '@protocol';
import { assertNever } from '../assertNever';

/**
 * The socket of a page, as the page may show it.
 *
 * ```text
 * closed ─start─▶ connecting ─welcomed─▶ connected
 *                  │  ▲                     │
 *             lost │  │ due, nudge          │ lost
 *                  ▼  │                     │
 *                 waiting ◀─────────────────┘
 * any ─replaced─▶ replaced      any ─ended─▶ ended      any ─stop─▶ closed
 * ```
 * `replaced` and `ended` are left by `start` alone: they never come back by themselves.
 */
export type ConnectionState =
  | { is: 'closed' }
  /** A ticket is fetched, a socket opened and signed in. `attempt` counts failures since the last good socket. */
  | { is: 'connecting'; attempt: number }
  /** Signed in. `attempt` falls to 0 once the socket has proved itself (`steady`). */
  | { is: 'connected'; attempt: number }
  /** One attempt failed; the next begins after `delayMs`. */
  | { is: 'waiting'; attempt: number; delayMs: number }
  /** A newer page of the same person took over. */
  | { is: 'replaced' }
  /** The server ended the session: a refusal code. */
  | { is: 'ended'; code: string };

export type ConnectionEvent =
  | { type: 'start' }
  | { type: 'stop' }
  | { type: 'welcomed' }
  /** A heartbeat was answered: this socket is good, a later loss starts with the shortest delay. */
  | { type: 'steady' }
  /** `chance` is a draw from 0 to 1; `hurried`: two people are cut off in the middle of a talk. */
  | { type: 'lost'; chance: number; hurried: boolean }
  | { type: 'due' }
  /** The page is looked at again, or the network is back: no need to wait out the delay. */
  | { type: 'nudge' }
  | { type: 'replaced' }
  | { type: 'ended'; code: string };

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 15_000;
/** So often a cut-off talk is tried for at the shortest delay: pauses of about 4 s in all, in which a server starts again. */
const HURRIED_TRIES = 10;
/** Then so often at twice that, pauses of about 15 s: a server on a busy machine. A phone in a tunnel is not to try every second for an hour. */
const BRISK_TRIES = 20;

/** Exponential, with the upper half drawn by chance, so that a hall does not return in one blow. */
export function backoffMs(attempt: number, chance: number): number {
  const step = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.max(0, attempt - 1));
  return Math.round(step / 2 + (step / 2) * chance);
}

/** What a message says about the socket it came by; `null` for most. */
export function eventOf(message: ServerMessage): ConnectionEvent | null {
  if (message.topic !== 'session') return null;
  switch (message.type) {
    case 'welcome':
      return { type: 'welcomed' };
    case 'pong':
      return { type: 'steady' };
    case 'replaced':
      return { type: 'replaced' };
    case 'ended':
      return { type: 'ended', code: message.code };
    default:
      // A newer server may say more; what is not known is left alone.
      return null;
  }
}

export function reduceConnection(state: ConnectionState, event: ConnectionEvent): ConnectionState {
  switch (event.type) {
    case 'stop':
      return { is: 'closed' };
    case 'replaced':
      return state.is === 'closed' ? state : { is: 'replaced' };
    case 'ended':
      return state.is === 'closed' ? state : { is: 'ended', code: event.code };
    case 'start':
      return state.is === 'closed' || state.is === 'replaced' || state.is === 'ended'
        ? { is: 'connecting', attempt: 0 }
        : state;
    case 'welcomed':
      return state.is === 'connecting' ? { is: 'connected', attempt: state.attempt } : state;
    case 'steady':
      return state.is === 'connected' && state.attempt > 0 ? { is: 'connected', attempt: 0 } : state;
    case 'lost':
      switch (state.is) {
        case 'connecting':
        case 'connected':
          return waiting(state.attempt + 1, event);
        case 'closed':
        case 'waiting':
        case 'replaced':
        case 'ended':
          return state;
        default:
          return assertNever(state);
      }
    case 'due':
    case 'nudge':
      return state.is === 'waiting' ? { is: 'connecting', attempt: state.attempt } : state;
    default:
      return assertNever(event);
  }
}

function waiting(attempt: number, { chance, hurried }: { chance: number; hurried: boolean }): ConnectionState {
  return { is: 'waiting', attempt, delayMs: backoffMs(hurried ? stepOfHurry(attempt) : attempt, chance) };
}

function stepOfHurry(attempt: number): number {
  return attempt <= HURRIED_TRIES ? 1 : Math.max(2, attempt - HURRIED_TRIES - BRISK_TRIES + 2);
}
