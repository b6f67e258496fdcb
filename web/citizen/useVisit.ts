import { failedRemark, newKey, type Outcome, type TicketAnswer, useConnection } from '@kit/connection';
import type { HallCard, ItemCode, Notice, Operation, TakenNumber } from '@protocol';
import { computed, readonly, ref, type ShallowRef, shallowRef } from 'vue';
import type { Api } from './api';
import { isTogether, screenOf } from './state/screen';
import { type CitizenEvent, type CitizenState, initialState, reduce } from './state/state';

export type VisitOptions = {
  api: Api;
  hall: HallCard;
  /** Messages of the call, for whoever holds it. */
  onCall: (notice: Notice<'call'>) => void;
  /** The server did not carry out what was said about the call, by the code of the reply. */
  onCallFailed: (code: string) => void;
  /** The socket is signed in, for the first time or again. */
  onWelcome: () => void;
  makeSocket?: (address: string) => WebSocket;
};

const WAITING_BEAT_MS = 25_000;
const TOGETHER_BEAT_MS = 5_000;
/** Silence after which the hall takes a page for gone, and its person is welcomed back. */
const AWAY_MS = 60_000;

/** The visit of this page: what is known of it, and what its citizen can do. */
export function useVisit({ api, hall, onCall, onCallFailed, onWelcome, makeSocket }: VisitOptions) {
  const state = shallowRef(initialState(hall));
  const choosing = ref(false);
  /** The code of what went wrong with the last tap; its sentence is shown until the next. */
  const trouble = ref<string | null>(null);
  const taking = ref(false);

  /** 「等 1 分钟」 was tapped: the turn was not missed but given away. */
  const askedForLater = ref(false);

  /** From the answer that brought the visit: saves a request. */
  let fresh: TakenNumber | undefined;
  let heardAt = Date.now();
  /** Kept until the server has answered, so that a second tap is the same operation. */
  let wish: { item: ItemCode | null; key: string } | undefined;

  function step(event: CitizenEvent): void {
    const together = isTogether(state.value.visit?.status);
    state.value = reduce(state.value, event);
    if (!together && isTogether(state.value.visit?.status)) connection.beatNow();
  }

  const connection = useConnection({
    path: '/ws',
    ticket: fetchTicket,
    makeSocket,
    heartbeatMs: () => (isTogether(state.value.visit?.status) ? TOGETHER_BEAT_MS : WAITING_BEAT_MS),
    hurried: () => isTogether(state.value.visit?.status),
    onMessage(message) {
      heardAt = Date.now();
      step({ type: 'heard', message });
      if (message.topic === 'call') onCall(message);
      const failed = failedRemark(message);
      if (failed !== null) onCallFailed(failed);
      if (message.topic !== 'session' || message.type !== 'welcome') return;
      const last = state.value.lines[state.value.lines.length - 1];
      connection.send({ topic: 'chat', type: 'after', number: last?.number ?? 0 });
      onWelcome();
    },
  });

  async function fetchTicket(signal: AbortSignal): Promise<TicketAnswer> {
    if (fresh !== undefined) {
      const { ticket, seq } = fresh;
      fresh = undefined;
      return { is: 'ticket', ticket, seen: seq };
    }
    const answer = await api.resume(signal);
    if (answer.is === 'unreachable') throw new Error('the server was not reached');
    if (answer.is === 'refused') {
      // Asked too often: later is fine.
      if (answer.code === 'too_many' || answer.code.endsWith('_unavailable')) throw new Error(answer.code);
      return { is: 'refused', code: answer.code };
    }
    step({ type: 'taken', taken: answer.value });
    if (Date.now() - heardAt > AWAY_MS) step({ type: 'returned' });
    return { is: 'ticket', ticket: answer.value.ticket, seen: answer.value.seq };
  }

  /** Finds the number this phone already has, when the page opens. */
  async function lookForVisit(): Promise<void> {
    const answer = await api.resume();
    if (answer.is !== 'done' || state.value.visit) return;
    fresh = answer.value;
    step({ type: 'taken', taken: answer.value });
    connection.start();
  }

  async function takeNumber(item: ItemCode | null): Promise<void> {
    if (taking.value) return;
    taking.value = true;
    trouble.value = null;
    if (wish?.item !== item) wish = { item, key: newKey() };
    const { key } = wish;
    const answer = await api.takeNumber({ key, item, notice_version: state.value.hall.notice_version });
    taking.value = false;
    if (answer.is === 'unreachable') {
      trouble.value = 'network';
      return;
    }
    wish = undefined;
    if (answer.is === 'refused') {
      trouble.value = answer.code;
      return refreshHall();
    }
    fresh = answer.value;
    choosing.value = false;
    step({ type: 'taken', taken: answer.value });
    connection.start();
  }

  async function refreshHall(): Promise<void> {
    const answer = await api.hall();
    if (answer.is === 'done') step({ type: 'hall', hall: answer.value });
  }

  /** Does something; a refusal is shown until the next tap. */
  async function operate(operation: Operation): Promise<Outcome> {
    trouble.value = null;
    const outcome = await connection.operate(operation);
    if (outcome.is !== 'done') trouble.value = outcome.code;
    else if (operation.topic === 'visit') {
      askedForLater.value = operation.type === 'later';
      if (operation.type === 'here') step({ type: 'here' });
    }
    return outcome;
  }

  return {
    state: state as Readonly<ShallowRef<CitizenState>>,
    connection,
    trouble: readonly(trouble),
    taking: readonly(taking),
    askedForLater: readonly(askedForLater),
    screen: computed(() => screenOf(state.value.visit, connection.state.value, choosing.value)),
    /** The socket is gone and being reopened. */
    offline: computed(() => connection.state.value.is === 'waiting' || connection.state.value.is === 'connecting'),
    lookForVisit,
    takeNumber,
    refreshHall,
    operate,
    choose(open: boolean): void {
      trouble.value = null;
      choosing.value = open;
    },
    /** 「再排一次」 */
    again(): void {
      connection.stop();
      trouble.value = null;
      choosing.value = true;
      step({ type: 'again' });
      void refreshHall();
    },
  };
}

export type Visit = ReturnType<typeof useVisit>;
