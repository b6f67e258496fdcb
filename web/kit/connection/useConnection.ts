import { type Operation, PROTOCOL_VERSION, type Remark, type ServerMessage } from '@protocol';
import { getCurrentScope, onScopeDispose, readonly, ref, shallowRef } from 'vue';
import { assertNever } from '../assertNever';
import { createOperations, type Outcome } from './operations';
import { type ConnectionEvent, type ConnectionState, reduceConnection } from './state';

/** What asking for a ticket brought. A thrown error or rejection means the network failed: it is tried again. */
/** A ticket; `seen` is the event number of what was answered with it, if anything was. */
export type TicketAnswer = { is: 'ticket'; ticket: string; seen?: number } | { is: 'refused'; code: string };

export type ConnectionOptions = {
  /** Address of the socket, such as `/ws`. */
  path: string;
  /** A fresh ticket for each attempt. */
  ticket: (signal: AbortSignal) => Promise<TicketAnswer>;
  /** Every message of the server, in order, after the connection has taken its own part of it. */
  onMessage: (message: ServerMessage) => void;
  /** Time between heartbeats now: 25 s waiting, 5 s in a call and at a window. */
  heartbeatMs: () => number;
  /** Two people are cut off while this is so: the first tries to come back follow each other quickly. */
  hurried?: () => boolean;
  /** An operation unanswered for so long is given up. */
  deadlineMs?: number;
  makeSocket?: (address: string) => WebSocket;
  page?: Window;
  random?: () => number;
};

/** A ticket, a socket and the greeting must be through in this time. */
const SIGN_IN_MS = 12_000;
/** A heartbeat unanswered for so long means the socket is dead, whatever the browser says. */
const SILENCE_MS = 10_000;
/** The same after the page woke or the network changed: then one has reason to doubt. */
const DOUBT_MS = 3_000;

/**
 * The one socket of a page. It signs in with a ticket, keeps the event number it has seen, beats, comes back by
 * itself, and says unanswered operations again under their old keys.
 */
export function useConnection(options: ConnectionOptions) {
  const page = options.page ?? window;
  const random = options.random ?? Math.random;
  const makeSocket = options.makeSocket ?? ((address: string) => new WebSocket(address));

  const state = shallowRef<ConnectionState>({ is: 'closed' });
  /** Server time minus the time of this device. */
  const clockOffsetMs = ref(0);
  /** How long the last heartbeat took there and back; 0 before the first. */
  const roundTripMs = ref(0);

  let seen: number | null = null;
  let socket: WebSocket | undefined;
  let signingIn: AbortController | undefined;
  let retryTimer: ReturnType<typeof setTimeout> | undefined;
  let beatTimer: ReturnType<typeof setTimeout> | undefined;
  /** Runs while an answer is owed, until `silentUntil`. */
  let silenceTimer: ReturnType<typeof setTimeout> | undefined;
  let silentUntil = 0;
  let pingAt = 0;

  const operations = createOperations({ send: write, deadlineMs: options.deadlineMs ?? 60_000 });

  function write(message: unknown): boolean {
    if (state.value.is !== 'connected' || socket?.readyState !== 1) return false;
    socket.send(JSON.stringify(message));
    return true;
  }

  function step(event: ConnectionEvent): void {
    const before = state.value;
    const after = reduceConnection(before, event);
    if (after === before) return;
    state.value = after;
    clearTimeout(retryTimer);
    switch (after.is) {
      case 'connecting':
        void signIn();
        return;
      case 'connected':
        if (before.is === 'connected') return;
        operations.repeat();
        beat();
        return;
      case 'waiting':
        drop();
        retryTimer = setTimeout(() => step({ type: 'due' }), after.delayMs);
        return;
      case 'replaced':
      case 'ended':
        drop();
        operations.abandon(after.is);
        return;
      case 'closed':
        drop();
        operations.abandon('closed');
        return;
      default:
        assertNever(after);
    }
  }

  function lose(): void {
    step({ type: 'lost', chance: random(), hurried: options.hurried?.() ?? false });
  }

  /** Lets go of the socket and of whatever was under way; it says nothing more to us. */
  function drop(): void {
    signingIn?.abort();
    signingIn = undefined;
    clearTimeout(beatTimer);
    clearTimeout(silenceTimer);
    silenceTimer = undefined;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
    socket.close();
    socket = undefined;
  }

  async function signIn(): Promise<void> {
    const attempt = new AbortController();
    signingIn = attempt;
    const lost = () => {
      if (!attempt.signal.aborted) lose();
    };
    const timer = setTimeout(lost, SIGN_IN_MS);
    attempt.signal.addEventListener('abort', () => clearTimeout(timer));

    let answer: TicketAnswer;
    try {
      answer = await options.ticket(attempt.signal);
    } catch {
      return lost();
    }
    if (attempt.signal.aborted) return;
    if (answer.is === 'refused') return step({ type: 'ended', code: answer.code });

    const { ticket } = answer;
    seen = answer.seen ?? seen;
    const opened = makeSocket(addressOf(options.path, page.location));
    socket = opened;
    opened.onopen = () =>
      opened.send(JSON.stringify({ topic: 'session', type: 'hello', ticket, version: PROTOCOL_VERSION, seen }));
    opened.onmessage = (event: MessageEvent<unknown>) => {
      const message = decode(event.data);
      if (message) hear(message, () => clearTimeout(timer));
    };
    opened.onclose = lose;
  }

  function hear(message: ServerMessage, signedIn: () => void): void {
    if ('seq' in message) seen = message.seq;
    if (message.topic === 'reply') operations.reply(message);
    if (message.topic === 'session') {
      switch (message.type) {
        case 'welcome':
          signedIn();
          clockOffsetMs.value = message.now - Date.now();
          step({ type: 'welcomed' });
          break;
        case 'pong':
          clearTimeout(silenceTimer);
          silenceTimer = undefined;
          step({ type: 'steady' });
          roundTripMs.value = Date.now() - pingAt;
          clockOffsetMs.value = message.now + roundTripMs.value / 2 - Date.now();
          break;
        case 'replaced':
          options.onMessage(message);
          return step({ type: 'replaced' });
        case 'ended':
          // A ticket that grew old on a slow link: the next attempt fetches a fresh one.
          if (message.code === 'bad_ticket') return lose();
          options.onMessage(message);
          return step({ type: 'ended', code: message.code });
        default:
          // A newer server may say more; what is not known is left alone.
          break;
      }
    }
    options.onMessage(message);
  }

  function beat(patienceMs = SILENCE_MS): void {
    clearTimeout(beatTimer);
    if (write({ topic: 'session', type: 'ping', visible: page.document.visibilityState === 'visible' }))
      expectAnswer(patienceMs);
    beatTimer = setTimeout(beat, options.heartbeatMs());
  }

  /** Asking once more gives a socket that owes an answer no more time. */
  function expectAnswer(patienceMs: number): void {
    const now = Date.now();
    if (silenceTimer === undefined) pingAt = now;
    else if (silentUntil <= now + patienceMs) return;
    clearTimeout(silenceTimer);
    silentUntil = now + patienceMs;
    silenceTimer = setTimeout(lose, patienceMs);
  }

  /** The page woke up or the network changed: do not wait, and do not trust what seems open. */
  function nudge(): void {
    if (state.value.is === 'connected') beat(DOUBT_MS);
    else step({ type: 'nudge' });
  }

  function onVisibility(): void {
    if (page.document.visibilityState === 'visible') nudge();
    else if (state.value.is === 'connected') beat();
  }

  page.document.addEventListener('visibilitychange', onVisibility);
  page.addEventListener('online', nudge);
  page.addEventListener('pageshow', nudge);

  function stop(): void {
    step({ type: 'stop' });
    seen = null;
  }

  if (getCurrentScope()) {
    onScopeDispose(() => {
      page.document.removeEventListener('visibilitychange', onVisibility);
      page.removeEventListener('online', nudge);
      page.removeEventListener('pageshow', nudge);
      stop();
    });
  }

  return {
    state: readonly(state),
    clockOffsetMs: readonly(clockOffsetMs),
    roundTripMs: readonly(roundTripMs),
    /** Server time now. */
    now: (): number => Date.now() + clockOffsetMs.value,
    /** Connects; also takes over again after `replaced` or `ended`. */
    start: () => step({ type: 'start' }),
    /** Ends the connection and forgets what was seen. */
    stop,
    /** Beats at once, for when `heartbeatMs` has just become shorter. */
    beatNow: () => {
      if (state.value.is === 'connected') beat();
    },
    /** The page has reason not to wait out the delay, nor to trust what seems open. */
    nudge,
    /** Sends something that is not repeated; false when there is no socket now. */
    send: (remark: Remark): boolean => write(remark),
    /** Does something once, however often the socket breaks meanwhile. Never rejects. */
    operate: (operation: Operation): Promise<Outcome> => operations.operate(operation),
  };
}

export type Connection = ReturnType<typeof useConnection>;

function addressOf(path: string, location: Location): string {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${path}`;
}

/** `unknown` at the door: only an object with a topic and a type is a message. */
function decode(data: unknown): ServerMessage | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    const value: unknown = JSON.parse(data);
    if (typeof value === 'object' && value !== null && 'topic' in value && 'type' in value)
      return value as ServerMessage;
  } catch {
    // Not ours; the heartbeat decides whether the socket still lives.
  }
  return undefined;
}
