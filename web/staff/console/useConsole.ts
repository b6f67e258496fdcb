import { type Call, type CallEnvironment, useCall } from '@kit/call';
import { announceUrgently } from '@kit/components';
import { type Connection, failedRemark, type Outcome, type TicketAnswer, useConnection } from '@kit/connection';
import type { Operation, ServerMessage, SignedIn, StaffTicket } from '@protocol';
import { computed, inject, type InjectionKey, provide, readonly, ref, shallowRef, watch } from 'vue';
import { tCode } from '../text';
import { post } from './api';
import { deskOf, suspectOf, visitOn } from './desk';
import { type ConsoleEvent, emptyConsole, reduceConsole, seenWithoutGap } from './state';
import { usePulse } from './usePulse';

export type ConsoleOptions = {
  me: SignedIn;
  makeSocket?: (address: string) => WebSocket;
  makeWorker?: () => Worker;
  environment?: CallEnvironment;
};

/** At a window the server must hear from us within 15 s (DOMAIN 3.6, window lease). */
const AT_WINDOW_MS = 5_000;
const STANDING_MS = 25_000;

/** The console of one signed-in person: the socket, the state it feeds, and the verbs. Everything else hangs on it. */
export function useConsole(options: ConsoleOptions) {
  const state = shallowRef(emptyConsole);
  const now = ref(Date.now());
  /** What the last refused or failed operation says to the person; `null` when all is well. */
  const trouble = ref<string | null>(null);

  const step = (event: ConsoleEvent) => {
    state.value = reduceConsole(state.value, event);
  };
  const desk = computed(() => deskOf(state.value.view));
  const visit = computed(() => visitOn(desk.value));
  const seated = computed(() => 'window' in desk.value);

  const connection: Connection = useConnection({
    path: '/ws',
    ticket: fetchTicket,
    heartbeatMs: () => (seated.value ? AT_WINDOW_MS : STANDING_MS),
    hurried: () => desk.value.is === 'serving',
    makeSocket: options.makeSocket,
    onMessage: hear,
  });
  const call: Call = useCall({
    environment: options.environment,
    send: connection.send,
  });

  function hear(message: ServerMessage): void {
    if (message.topic === 'call') call.hear(message);
    // Whoever sits keeps trying: the hall may not have heard yet that this person sits.
    if (failedRemark(message) !== null) call.failed();
    now.value = connection.now();
    step({ type: 'heard', message, at: connection.now() });
  }

  /** Asks for the chat the page has not seen; the answer comes as lines. */
  function askChat(): void {
    if (visit.value) connection.send({ topic: 'chat', type: 'after', number: seenWithoutGap(state.value.chat) });
  }

  /** Does something and says so when it was not done. Never rejects. */
  async function operate(operation: Operation): Promise<Outcome> {
    const outcome = await connection.operate(operation);
    if (outcome.is === 'done') trouble.value = null;
    // Leaving the page or losing it to another tab has screens of its own.
    else if (outcome.code !== 'closed' && outcome.code !== 'replaced') complain(outcome.code);
    return outcome;
  }

  function complain(code: string): void {
    trouble.value = tCode('refusals', code);
    announceUrgently(trouble.value);
  }

  const connected = computed(() => connection.state.value.is === 'connected');
  const over = computed(() => connection.state.value.is === 'replaced' || connection.state.value.is === 'ended');
  watch(connected, (is) => {
    if (is) call.reconnected();
  });
  // Asked for after each return, when a visit comes, and when the talk begins: what was written while waiting counts.
  watch([connected, () => visit.value?.id, () => desk.value.is === 'serving'], ([is]) => {
    if (is) askChat();
  });
  watch(seated, () => connection.beatNow());

  let beats = 0;
  usePulse({
    makeWorker: options.makeWorker,
    onBeat: () => {
      now.value = connection.now();
      beats += 1;
      if (beats % (AT_WINDOW_MS / 1_000) !== 0 || !seated.value || document.visibilityState === 'visible') return;
      if (connected.value) connection.beatNow();
      else connection.nudge();
    },
  });

  return {
    me: options.me,
    state: computed(() => state.value),
    /** Server time, once a second. */
    now: readonly(now),
    trouble: readonly(trouble),
    desk,
    visit,
    seated,
    connected,
    /** This page has nothing to say any more: a newer one took over, or the session ended. */
    over,
    suspect: computed(() => suspectOf(desk.value)),
    connection,
    call,
    operate,
    complain,
    askChat,
    dismissTrouble: () => {
      trouble.value = null;
    },
    readEnd: () => step({ type: 'ended_read' }),
  };
}

export type Console = ReturnType<typeof useConsole>;

const consoleKey: InjectionKey<Console> = Symbol('console');

/** Hands the console to every part below. */
export function provideConsole(desk: Console): Console {
  provide(consoleKey, desk);
  return desk;
}

/** The console this part belongs to. */
export function injectConsole(): Console {
  const found = inject(consoleKey);
  if (!found) throw new Error('a part of the console stands outside of it');
  return found;
}

async function fetchTicket(signal: AbortSignal): Promise<TicketAnswer> {
  const answer = await post<StaffTicket>('/api/staff/ticket', undefined, signal);
  if (answer.is === 'ok') return { is: 'ticket', ticket: answer.value.ticket };
  if (answer.code === 'network' || answer.code === 'other' || answer.code === 'store_unavailable') {
    throw new Error(`no ticket: ${answer.code}`);
  }
  return { is: 'refused', code: answer.code };
}
