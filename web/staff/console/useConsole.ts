import { type Call, type CallEnvironment, useCall } from '@kit/call';
import { type Connection, failedRemark, type TicketAnswer, useConnection } from '@kit/connection';
import type { ServerMessage, SignedIn, StaffTicket } from '@protocol';
import { computed, inject, type InjectionKey, provide, ref, shallowRef, watch } from 'vue';
import { post } from './api';
import { deskOf, suspectOf, visitOn } from './desk';
import { type ConsoleEvent, emptyConsole, reduceConsole, seenWithoutGap } from './state';
import { AT_WINDOW_MS, useClock } from './useClock';
import { useOperate } from './useOperate';

export type ConsoleOptions = {
  me: SignedIn;
  makeSocket?: (address: string) => WebSocket;
  makeWorker?: () => Worker;
  environment?: CallEnvironment;
};

const STANDING_MS = 25_000;

/** The console of one signed-in person: the socket, the state it feeds, and the verbs. Everything else hangs on it. */
export function useConsole({ me, environment, makeSocket, makeWorker }: ConsoleOptions) {
  const state = shallowRef(emptyConsole);
  const step = (event: ConsoleEvent) => {
    state.value = reduceConsole(state.value, event);
  };
  const desk = computed(() => deskOf(state.value.view));
  const visit = computed(() => visitOn(desk.value));
  const seated = computed(() => 'window' in desk.value);

  const rulesTold = ref(0);
  const connection: Connection = useConnection({
    path: '/ws',
    ticket: fetchTicket,
    heartbeatMs: () => (seated.value ? AT_WINDOW_MS : STANDING_MS),
    hurried: () => desk.value.is === 'serving',
    makeSocket,
    onMessage: hear,
  });
  const call: Call = useCall({ environment, send: connection.send, setup: connection.mediaSetup });
  const clock = useClock({ connection, seated, makeWorker });

  function hear(message: ServerMessage): void {
    if (message.topic === 'call') call.hear(message);
    if (message.topic === 'session' && message.type === 'rules') rulesTold.value += 1;
    // Whoever sits keeps trying: the hall may not have heard yet that this person sits.
    if (failedRemark(message) !== null) call.failed();
    step({ type: 'heard', message, at: clock.read() });
  }

  /** Asks for the chat the page has not seen; the answer comes as lines. */
  function askChat(): void {
    if (visit.value) connection.send({ topic: 'chat', type: 'after', number: seenWithoutGap(state.value.chat) });
  }

  const connected = computed(() => connection.state.value.is === 'connected');
  const over = computed(() => connection.state.value.is === 'replaced' || connection.state.value.is === 'ended');
  watch(connected, (is) => {
    if (!is) return;
    call.reconnected();
    // What the hall said while nothing came through is not said again.
    rulesTold.value += 1;
  });
  // Asked for after each return, when a visit comes, and when the talk begins: what was written while waiting counts.
  watch([connected, () => visit.value?.id, () => desk.value.is === 'serving'], ([is]) => {
    if (is) askChat();
  });
  watch(seated, () => connection.beatNow());

  return {
    me,
    state: computed(() => state.value),
    /** Server time, once a second. */
    now: clock.now,
    desk,
    visit,
    seated,
    connected,
    /** This page has nothing to say any more: a newer one took over, or the session ended. */
    over,
    suspect: computed(() => suspectOf(desk.value)),
    connection,
    call,
    /** How often the hall said that its rules, or its hours, are others, or may have. */
    rulesTold: computed(() => rulesTold.value),
    ...useOperate(connection.operate),
    askChat,
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
