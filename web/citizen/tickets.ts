import type { TicketAnswer } from '@kit/connection';
import type { TakenNumber } from '@protocol';
import type { Api } from './api';

/** The tickets of the socket: the first comes with the number, each further one with the visit as it is then. */
export function createTickets(
  api: Pick<Api, 'resume'>,
  onResumed: (taken: TakenNumber) => void,
  onBlocked: () => void = () => undefined,
) {
  let kept: TakenNumber | undefined;
  let heardAt = Date.now();

  async function fetch(signal: AbortSignal): Promise<TicketAnswer> {
    const fresh = kept;
    kept = undefined;
    if (fresh) return ticketOf(fresh);
    const answer = await api.resume(signal);
    if (answer.is === 'unreachable') throw new Error('the server was not reached');
    if (answer.is === 'refused') {
      // Asked too often, or from a network that is not served: later, or from another one, is fine.
      const blocked = answer.code === 'network_blocked';
      if (blocked) onBlocked();
      const passes = blocked || answer.code === 'too_many' || answer.code.endsWith('_unavailable');
      if (passes) throw new Error(answer.code);
      return { is: 'refused', code: answer.code };
    }
    onResumed(answer.value);
    return ticketOf(answer.value);
  }

  return {
    fetch,
    /** The answer that brought the visit brought a ticket too: saves a request. */
    keep(taken: TakenNumber): void {
      kept = taken;
      heardAt = Date.now();
    },
    /** The server said something; how long it was silent before, milliseconds. */
    heard(): number {
      const before = heardAt;
      heardAt = Date.now();
      return heardAt - before;
    },
  };
}

function ticketOf({ ticket, seq }: TakenNumber): TicketAnswer {
  return { is: 'ticket', ticket, seen: seq };
}
