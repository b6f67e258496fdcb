import type { ServerMessage } from '@protocol';
import { readonly, shallowRef } from 'vue';
import { assertNever } from '../assertNever';
import { type Attempt, type AttemptOptions, beginAttempt } from './attempt';
import { createCarried } from './carried';
import { type ConnectionEvent, type ConnectionState, eventOf, reduceConnection } from './state';

export type SocketOptions = Pick<AttemptOptions, 'ticket' | 'makeSocket'> & {
  /** A draw from 0 to 1. */
  random: () => number;
  /** Two people are cut off while this is so: the first tries to come back follow each other quickly. */
  hurried: () => boolean;
  onMessage: (message: ServerMessage) => void;
  /** Signed in, for the first time or again. */
  onConnected: () => void;
  /** There is no socket now. */
  onGone: () => void;
  /** It does not come back by itself; the code says why. */
  onOver: (code: string) => void;
};

/** One attempt after another, as the state asks for. */
export function createSocket(options: SocketOptions) {
  const { ticket, makeSocket, onConnected, onGone, onOver } = options;
  const { state, step, lose } = createSteps(options, enter);
  const carried = createCarried();
  let attempt: Attempt | undefined;

  function enter(now: ConnectionState, before: ConnectionState): void {
    switch (now.is) {
      case 'connecting':
        attempt = begin(now.attempt);
        return;
      case 'connected':
        attempt?.greeted();
        if (before.is !== 'connected') onConnected();
        return;
      case 'waiting':
        return drop();
      case 'replaced':
      case 'ended':
      case 'closed':
        drop();
        return onOver(now.is);
      default:
        assertNever(now);
    }
  }

  function begin(failures: number): Attempt {
    return beginAttempt({
      ticket,
      carried,
      failures,
      makeSocket,
      onMessage: hear,
      onRefused: (code) => step({ type: 'ended', code }),
      onLost: lose,
    });
  }

  function hear(message: ServerMessage): void {
    carried.hear(message);
    const event = eventOf(message);
    // A ticket that grew old on a slow link: the next attempt fetches a fresh one.
    if (event?.type === 'ended' && event.code === 'bad_ticket') return lose();
    if (event) step(event);
    options.onMessage(message);
  }

  /** Lets go of the socket and of whatever was under way; it says nothing more to us. */
  function drop(): void {
    attempt?.close();
    attempt = undefined;
    onGone();
  }

  return {
    state,
    step,
    lose,
    /** Ends it and forgets what was seen. */
    stop(): void {
      step({ type: 'stop' });
      carried.forget();
    },
    /** False when there is no signed-in socket now. */
    write: (message: unknown): boolean => state.value.is === 'connected' && (attempt?.write(message) ?? false),
  };
}

/** Lives the state: each event is a step, and a wait ends by itself. */
function createSteps(
  { random, hurried }: Pick<SocketOptions, 'random' | 'hurried'>,
  enter: (now: ConnectionState, before: ConnectionState) => void,
) {
  const state = shallowRef<ConnectionState>({ is: 'closed' });
  let timer: ReturnType<typeof setTimeout> | undefined;

  function step(event: ConnectionEvent): void {
    const before = state.value;
    const now = reduceConnection(before, event);
    if (now === before) return;
    state.value = now;
    clearTimeout(timer);
    if (now.is === 'waiting') timer = setTimeout(() => step({ type: 'due' }), now.delayMs);
    enter(now, before);
  }

  return {
    state: readonly(state),
    step,
    lose: () => step({ type: 'lost', chance: random(), hurried: hurried() }),
  };
}
