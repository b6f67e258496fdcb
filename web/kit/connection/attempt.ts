import { PROTOCOL_VERSION, type Remark, type ServerMessage } from '@protocol';

/** A ticket; `seen` is the event number of what was answered with it, if anything was. */
export type Ticket = { is: 'ticket'; ticket: string; seen?: number };

/** What asking for a ticket brought. A thrown error or rejection means the network failed: it is tried again. */
export type TicketAnswer = Ticket | { is: 'refused'; code: string };

export type AttemptOptions = {
  /** A fresh ticket. */
  ticket: (signal: AbortSignal) => Promise<TicketAnswer>;
  makeSocket: () => WebSocket;
  /** The number of the last event seen, known once the ticket is there. */
  seen: (ticket: Ticket) => number | null;
  onMessage: (message: ServerMessage) => void;
  onRefused: (code: string) => void;
  onLost: () => void;
};

/** A ticket, a socket and the greeting must be through in this time. */
const SIGN_IN_MS = 12_000;

/** One ticket and one socket. After `close` it says nothing more. */
export function beginAttempt({ ticket, makeSocket, seen, onMessage, onRefused, onLost }: AttemptOptions) {
  const abort = new AbortController();
  const timer = setTimeout(onLost, SIGN_IN_MS);
  let socket: WebSocket | undefined;

  async function signIn(): Promise<void> {
    let answer: TicketAnswer;
    try {
      answer = await ticket(abort.signal);
    } catch {
      if (!abort.signal.aborted) onLost();
      return;
    }
    if (abort.signal.aborted) return;
    if (answer.is === 'refused') return onRefused(answer.code);
    const hello: Remark = {
      topic: 'session',
      type: 'hello',
      ticket: answer.ticket,
      version: PROTOCOL_VERSION,
      seen: seen(answer),
    };
    const opened = makeSocket();
    socket = opened;
    opened.onopen = () => opened.send(JSON.stringify(hello));
    opened.onmessage = (event: MessageEvent<unknown>) => {
      const message = decode(event.data);
      if (message) onMessage(message);
    };
    opened.onclose = onLost;
  }
  void signIn();

  return {
    /** The server has greeted: no hurry any more. */
    greeted: () => clearTimeout(timer),
    /** False when the socket cannot carry it now. */
    write(message: unknown): boolean {
      if (socket?.readyState !== 1) return false;
      socket.send(JSON.stringify(message));
      return true;
    },
    close(): void {
      abort.abort();
      clearTimeout(timer);
      if (!socket) return;
      socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
      socket.close();
      socket = undefined;
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
