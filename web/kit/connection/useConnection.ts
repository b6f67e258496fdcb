import type { MediaSetup, Operation, Remark, ServerMessage } from '@protocol';
import { onScopeDispose } from 'vue';
import type { TicketAnswer } from './attempt';
import { createHeartbeat } from './heartbeat';
import { createOperations, type Manner, type Outcome } from './operations';
import { usePageWake } from './pageWake';
import { createSocket } from './socket';

export type ConnectionOptions = {
  /** Address of the socket, such as `/ws`. */
  path: string;
  /** Address of the socket where the cookie comes along, if pages return there by the ticket of their last welcome. */
  returnPath?: string;
  /** A fresh ticket for each attempt without one of those. */
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

/**
 * The one socket of a page. It signs in with a ticket, keeps the event number it has seen, beats, comes back by
 * itself, and says unanswered operations again under their old keys.
 */
export function useConnection(options: ConnectionOptions) {
  const { path, makeSocket = (address: string) => new WebSocket(address), page = window } = options;

  const socket = createSocket({
    ticket: options.ticket,
    makeSocket: (returns) => makeSocket(addressOf((returns && options.returnPath) || path, page.location)),
    random: options.random ?? Math.random,
    hurried: options.hurried ?? (() => false),
    onMessage: hear,
    onConnected() {
      operations.repeat();
      heartbeat.beat();
    },
    onGone: () => heartbeat.stop(),
    onOver: (code) => operations.abandon(code),
  });
  const operations = createOperations({ send: socket.write, deadlineMs: options.deadlineMs ?? 60_000 });
  const heartbeat = createHeartbeat({
    ping: () => socket.write({ topic: 'session', type: 'ping', visible: page.document.visibilityState === 'visible' }),
    heartbeatMs: options.heartbeatMs,
    onSilence: socket.lose,
  });

  /** Of the last word about it; nothing said of it means nothing new. */
  let mediaSetup: MediaSetup | undefined;

  function hear(message: ServerMessage): void {
    if (message.topic === 'reply') operations.reply(message);
    if (message.topic === 'session') heartbeat.hear(message);
    if ('media_setup' in message) ({ media_setup: mediaSetup } = message);
    options.onMessage(message);
  }

  function beatNow(): void {
    if (socket.state.value.is === 'connected') heartbeat.beat();
  }

  /** Do not wait, and do not trust what seems open. */
  function nudge(): void {
    if (socket.state.value.is === 'connected') heartbeat.doubt();
    else socket.step({ type: 'nudge' });
  }

  usePageWake(page, nudge, beatNow);
  onScopeDispose(socket.stop, true);

  return {
    state: socket.state,
    /** Server time minus the time of this device. */
    clockOffsetMs: heartbeat.clockOffsetMs,
    /** How long the last heartbeat took there and back; 0 before the first. */
    roundTripMs: heartbeat.roundTripMs,
    /** Server time now. */
    now: (): number => Date.now() + heartbeat.clockOffsetMs.value,
    /** How long the hall lets a page try for a call; `undefined` before the first welcome. Read anew each time: rules change. */
    mediaSetup: () => mediaSetup,
    /** Connects; also takes over again after `replaced` or `ended`. */
    start: () => socket.step({ type: 'start' }),
    /** Ends the connection and forgets what was seen. */
    stop: socket.stop,
    /** Beats at once, for when `heartbeatMs` has just become shorter. */
    beatNow,
    /** The page has reason not to wait out the delay, nor to trust what seems open. */
    nudge,
    /** Sends something that is not repeated; false when there is no socket now. */
    send: (remark: Remark): boolean => socket.write(remark),
    /** Does something once, however often the socket breaks meanwhile. Never rejects. */
    operate: (operation: Operation, manner?: Manner): Promise<Outcome> => operations.operate(operation, manner),
  };
}

export type Connection = ReturnType<typeof useConnection>;

function addressOf(path: string, location: Location): string {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${path}`;
}
