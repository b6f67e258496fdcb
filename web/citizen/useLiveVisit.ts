import { failedRemark, useConnection, useLost } from '@kit/connection';
import type { HallCard, Notice, ServerMessage, TakenNumber } from '@protocol';
import { computed, readonly, ref, type ShallowRef, shallowRef, watch } from 'vue';
import type { Api } from './api';
import { useTyping } from './chat/useTyping';
import { whenSeenFor } from './parts/whenSeenFor';
import { isTogether } from './state/screen';
import { type CitizenEvent, type CitizenState, initialState, reduce } from './state/state';
import { createTickets } from './tickets';

export type LiveVisitOptions = {
  api: Pick<Api, 'resume'>;
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
/** As long as 「欢迎回来」 takes to be read slowly. */
const WELCOME_MS = 10_000;

/** What is known of the visit, and the socket that keeps it so. */
export function useLiveVisit({ api, hall, onCall, onCallFailed, onWelcome, makeSocket }: LiveVisitOptions) {
  const state = shallowRef(initialState(hall));
  const together = () => isTogether(state.value.visit?.status);

  function step(event: CitizenEvent): void {
    const before = together();
    state.value = reduce(state.value, event);
    if (!before && together()) connection.beatNow();
  }

  watch(
    () => state.value.returned,
    (is, _was, onCleanup) => {
      if (is) onCleanup(whenSeenFor(WELCOME_MS, () => step({ type: 'welcomed' })));
    },
  );

  /** The hall does not serve the network this page is in; it is tried on and on, for the phone may come to another. */
  const blocked = ref(false);
  const tickets = createTickets(
    api,
    (taken) => step({ type: 'taken', taken }),
    () => (blocked.value = true),
  );
  const connection = useConnection({
    path: '/ws',
    returnPath: `/api/halls/${hall.id}/ws`,
    ticket: tickets.fetch,
    makeSocket,
    heartbeatMs: () => (together() ? TOGETHER_BEAT_MS : WAITING_BEAT_MS),
    hurried: together,
    onMessage: hear,
  });

  function hear(message: ServerMessage): void {
    const silentMs = tickets.heard();
    step({ type: 'heard', message });
    if (message.topic === 'call') onCall(message);
    const failed = failedRemark(message);
    if (failed !== null) onCallFailed(failed);
    if (message.topic !== 'session' || message.type !== 'welcome') return;
    blocked.value = false;
    const last = state.value.lines[state.value.lines.length - 1];
    const { visit } = state.value;
    if (visit && silentMs > visit.promises.away_ms) step({ type: 'returned' });
    connection.send({ topic: 'chat', type: 'after', number: last?.number ?? 0 });
    onWelcome();
  }

  const offline = computed(() => connection.state.value.is === 'waiting' || connection.state.value.is === 'connecting');

  return {
    state: state as Readonly<ShallowRef<CitizenState>>,
    step,
    connection,
    typing: useTyping(connection, state),
    blocked: readonly(blocked),
    /** The socket is gone and being reopened. */
    offline,
    /** It has been gone for so long that it is said. */
    lost: useLost(offline),
    /** A number was taken or found. */
    begin(taken: TakenNumber): void {
      tickets.keep(taken);
      step({ type: 'taken', taken });
      connection.start();
    },
  };
}
