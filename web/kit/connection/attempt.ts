import type { ServerMessage } from '@protocol';
import type { Carried } from './carried';

/** A ticket; `seen` is the event number of what was answered with it, if anything was. */
export type Ticket = { is: 'ticket'; ticket: string; seen?: number };

/** What asking for a ticket brought. A thrown error or rejection means the network failed: it is tried again. */
export type TicketAnswer = Ticket | { is: 'refused'; code: string };

export type AttemptOptions = {
  /** A fresh ticket. */
  ticket: (signal: AbortSignal) => Promise<TicketAnswer>;
  carried: Carried;
  /** Tries in vain before this one. */
  failures: number;
  makeSocket: (returns: boolean) => WebSocket;
  onMessage: (message: ServerMessage) => void;
  onRefused: (code: string) => void;
  onLost: () => void;
};

/** A ticket, a socket and the greeting must be through in this time; begun anew where a return was turned away. */
const SIGN_IN_MS = 12_000;

/** One ticket and one socket. After `close` it says nothing more. */
export function beginAttempt(options: AttemptOptions) {
  const { ticket, carried, makeSocket, onMessage, onRefused, onLost } = options;
  /** What to return with: then no ticket is fetched, unless it is turned away. */
  let back = carried.returnTicket(options.failures);
  const abort = new AbortController();
  let timer = setTimeout(onLost, SIGN_IN_MS);
  let socket: WebSocket | undefined;

  async function signIn(): Promise<void> {
    let answer: TicketAnswer;
    try {
      answer = back ? { is: 'ticket', ticket: back } : await ticket(abort.signal);
    } catch {
      if (!abort.signal.aborted) onLost();
      return;
    }
    if (abort.signal.aborted) return;
    if (answer.is === 'refused') return onRefused(answer.code);
    const hello = carried.hello(answer, back ? 'return' : 'hello');
    const opened = makeSocket(!!back);
    socket = opened;
    opened.onopen = () => opened.send(JSON.stringify(hello));
    opened.onmessage = (event: MessageEvent<unknown>) => {
      const message = decode(event.data);
      if (back && message?.topic === 'session' && message.type === 'ended') return turnedAway();
      if (message) onMessage(message);
    };
    opened.onclose = onLost;
  }
  void signIn();

  /** Whatever is the matter, the answer to the cookie says; it has the time of a try of its own. */
  function turnedAway(): void {
    back = undefined;
    carried.turnedAway();
    letGo();
    clearTimeout(timer);
    timer = setTimeout(onLost, SIGN_IN_MS);
    void signIn();
  }

  function letGo(): void {
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
    socket.close();
    socket = undefined;
  }

  return {
    /** The server has greeted: no hurry any more. */
    greeted(): void {
      clearTimeout(timer);
      back = undefined;
    },
    /** False when the socket cannot carry it now. */
    write(message: unknown): boolean {
      if (socket?.readyState !== 1) return false;
      socket.send(JSON.stringify(message));
      return true;
    },
    close(): void {
      abort.abort();
      clearTimeout(timer);
      letGo();
    },
  };
}

export type Attempt = ReturnType<typeof beginAttempt>;

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
