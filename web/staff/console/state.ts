import { assertNever } from '@kit/assertNever';
import type {
  ChatLine,
  ConsoleView,
  Outcome,
  ServedVisit,
  ServerMessage,
  Timestamp,
  VisitId,
  WindowView,
} from '@protocol';

/** What the console knows of the hall. Everything shown is computed from this; nothing is stored twice. */
export type ConsoleState = {
  /** `null` before the first welcome. */
  view: ConsoleView | null;
  /** Chat of the visit at this window, by number, without gaps from the first line held. */
  chat: readonly ChatLine[];
  /** When the talk of the visit at this window began; survives hold and drop. */
  talk: { visit: VisitId; since: Timestamp } | null;
  /** The visit that was at the window before: how it ended may be told after it is gone. */
  left: { visit: VisitId; number: string } | null;
  /** How the last visit of this window ended, or that its citizen was lost, until the next one comes. */
  ended: { visit: VisitId; number: string; outcome: Outcome | 'lost' } | null;
};

export type ConsoleEvent =
  /** `at` is server time. */
  | { type: 'heard'; message: ServerMessage; at: Timestamp }
  /** The person read how the last visit ended. */
  | { type: 'ended_read' };

export const emptyConsole: ConsoleState = { view: null, chat: [], talk: null, left: null, ended: null };

export function reduceConsole(state: ConsoleState, event: ConsoleEvent): ConsoleState {
  switch (event.type) {
    case 'heard':
      return hear(state, event.message, event.at);
    case 'ended_read':
      return { ...state, ended: null };
    default:
      return assertNever(event);
  }
}

function hear(state: ConsoleState, message: ServerMessage, at: Timestamp): ConsoleState {
  // Only the snapshot can come before there is a view.
  if (message.topic === 'session') {
    const view = message.type === 'welcome' ? message.console : null;
    return view ? withVisit(state, view, view.visit) : state;
  }
  if (!state.view) return state;
  switch (message.topic) {
    case 'queue':
      return { ...state, view: { ...state.view, line: message.line } };
    case 'suspension':
      return { ...state, view: { ...state.view, suspension: message.suspension } };
    case 'chat':
      return { ...state, chat: mergeLines(state.chat, message.lines) };
    case 'window':
      switch (message.type) {
        case 'changed':
          return { ...state, view: withWindow(state.view, message.window) };
        case 'rung':
          return withVisit(state, withRing(state.view, message.visit, message.until), message.visit);
        case 'visit':
          return withVisit(state, state.view, message.visit);
        case 'ended':
          return withEnd(state, state.view, message.visit, message.outcome, at);
        default:
          // A newer server may say more; what is not known is left alone.
          return state;
      }
    default:
      // `reply` and `call` belong to the connection and the call; `visit` is the citizen's.
      return state;
  }
}

function withWindow(view: ConsoleView, window: WindowView): ConsoleView {
  const known = view.windows.some(({ id }) => id === window.id);
  const windows = known
    ? view.windows.map((old) => (old.id === window.id ? window : old))
    : [...view.windows, window].sort((a, b) => a.name.localeCompare(b.name, 'zh-CN', { numeric: true }));
  const sitting = windows.find(({ staff }) => staff === view.staff);
  return { ...view, windows, mine: sitting?.id ?? null };
}

/** A ring says at once what the window's own notice will repeat. */
function withRing(view: ConsoleView, visit: ServedVisit, until: Timestamp): ConsoleView {
  const windows = view.windows.map((window): WindowView =>
    window.id === view.mine ? { ...window, work: { is: 'reserved', visit: visit.id, until } } : window,
  );
  return { ...view, windows };
}

/** Chat and talk go on only while the visit is the same one. */
function withVisit(state: ConsoleState, view: ConsoleView, visit: ServedVisit | null): ConsoleState {
  const before = state.view?.visit ?? null;
  const same = visit !== null && before?.id === visit.id;
  return {
    view: { ...view, visit },
    chat: same ? state.chat : [],
    talk: talkOf(state.talk, visit),
    left: same || !before ? state.left : { visit: before.id, number: before.number },
    ended: visit === null ? (lostOf(before) ?? state.ended) : state.ended?.visit === visit.id ? state.ended : null,
  };
}

/** Nobody ended it: the citizen did not come back in time, and stands at the head of the line. */
function lostOf(visit: ServedVisit | null): ConsoleState['ended'] {
  if (visit?.status.state !== 'dropped') return null;
  return { visit: visit.id, number: visit.number, outcome: 'lost' };
}

function talkOf(before: ConsoleState['talk'], visit: ServedVisit | null): ConsoleState['talk'] {
  if (!visit) return null;
  if (before?.visit === visit.id) return before;
  const { status } = visit;
  return status.state === 'serving' || status.state === 'held' ? { visit: visit.id, since: status.since } : null;
}

/** The snapshot counts what this person did today; between snapshots the console counts on. */
function withEnd(state: ConsoleState, view: ConsoleView, id: VisitId, outcome: Outcome, at: Timestamp): ConsoleState {
  const { visit } = view;
  const number = visit?.id === id ? visit.number : state.left?.visit === id ? state.left.number : null;
  if (number === null) return state;
  const ended = { visit: id, number, outcome };
  if (outcome !== 'served' || !state.talk || state.ended?.visit === id) return { ...state, ended };
  const talked = Math.max(0, at - state.talk.since);
  const served = view.served_today + 1;
  const mean = Math.round((view.mean_talk_ms * view.served_today + talked) / served);
  return { ...state, ended, view: { ...view, served_today: served, mean_talk_ms: mean } };
}

/** Lines arrive once or twice and, after a gap, late: the number decides. */
export function mergeLines(known: readonly ChatLine[], fresh: readonly ChatLine[]): readonly ChatLine[] {
  const byNumber = new Map(known.map((line) => [line.number, line]));
  for (const line of fresh) byNumber.set(line.number, line);
  return byNumber.size === known.length ? known : [...byNumber.values()].sort((a, b) => a.number - b.number);
}

/** The last number before the first gap: what to ask the server for the rest with. */
export function seenWithoutGap(lines: readonly ChatLine[]): number {
  let seen = 0;
  for (const { number } of lines) {
    if (number !== seen + 1) break;
    seen = number;
  }
  return seen;
}
