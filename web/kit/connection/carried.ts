import { PROTOCOL_VERSION, type Remark, type ServerMessage } from '@protocol';
import type { Ticket } from './attempt';

/** So often in a row a return is tried: where the server is reached and an older one, a ticket of a newer one leads nowhere. */
const MOST_RETURNS = 4;

/**
 * What is carried from one socket to the next, in memory alone: the number of the event seen, and the ticket of the last welcome,
 * which opens one more socket without a request. A try that did not reach the server used nothing up.
 */
export function createCarried() {
  let seen: number | null = null;
  let ticket: string | undefined;
  return {
    /** What to return with after so many failures; `undefined`: ask, as when the page was opened. */
    returnTicket(failures: number): string | undefined {
      if (failures < 1 || failures > MOST_RETURNS) ticket = undefined;
      return ticket;
    },
    /** The first message of a socket. */
    hello(answer: Ticket, type: 'hello' | 'return'): Remark {
      seen = answer.seen ?? seen;
      return { topic: 'session', type, ticket: answer.ticket, version: PROTOCOL_VERSION, seen };
    },
    hear(message: ServerMessage): void {
      if ('seq' in message) seen = message.seq;
      if (message.topic === 'session' && message.type === 'welcome') ticket = message.return_ticket;
    },
    /** The ticket is good no more. */
    turnedAway: () => (ticket = undefined),
    forget: () => (seen = null),
  };
}

export type Carried = ReturnType<typeof createCarried>;
