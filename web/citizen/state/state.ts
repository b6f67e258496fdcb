import type { ChatLine, HallCard, Place, ServerMessage, TakenNumber, VisitView } from '@protocol';

/** What the citizen's page knows. The server is right about everything but `lines`, which only grow. */
export type CitizenState = {
  hall: HallCard;
  /** The visit as last told; `null` before a number is taken. */
  visit: VisitView | null;
  /** The chat in order, each line once. */
  lines: readonly ChatLine[];
  /** The page came back to its number, and the place has not moved since. */
  returned: boolean;
};

export type CitizenEvent =
  | { type: 'taken'; taken: TakenNumber }
  | { type: 'hall'; hall: HallCard }
  | { type: 'heard'; message: ServerMessage }
  /** 「我在」 was heard: the reply says it, and nothing else does. */
  | { type: 'here' }
  /** The page was away for long. */
  | { type: 'returned' }
  /** 「欢迎回来」 has been read. */
  | { type: 'welcomed' }
  /** 「再排一次」: the old visit is put aside. */
  | { type: 'again' };

export const initialState = (hall: HallCard): CitizenState => ({ hall, visit: null, lines: [], returned: false });

export function reduce(state: CitizenState, event: CitizenEvent): CitizenState {
  switch (event.type) {
    case 'taken': {
      const { visit, hall, resumed } = event.taken;
      const same = state.visit?.id === visit.id;
      return { hall, visit, lines: same ? state.lines : [], returned: resumed && !same };
    }
    case 'hall':
      return { ...state, hall: event.hall };
    case 'returned':
      return { ...state, returned: true };
    case 'welcomed':
      return { ...state, returned: false };
    case 'here':
      return { ...state, visit: state.visit && attentive(state.visit) };
    case 'again':
      return { ...state, visit: null, lines: [], returned: false };
    case 'heard':
      return hear(state, event.message);
  }
}

function hear(state: CitizenState, message: ServerMessage): CitizenState {
  switch (message.topic) {
    case 'session':
      return message.type === 'welcome' && message.visit ? { ...state, visit: message.visit } : state;
    case 'visit':
      if (message.type === 'changed') return { ...state, visit: message.visit };
      return state.visit ? { ...state, visit: placed(state.visit, message.place), returned: false } : state;
    case 'chat':
      return { ...state, lines: merged(state.lines, message.lines) };
    // Answers of operations, the call's own messages and what only windows hear change nothing here.
    case 'reply':
    case 'call':
    case 'queue':
    case 'window':
    case 'suspension':
      return state;
    default:
      // A newer server may speak of more.
      return state;
  }
}

function attentive(visit: VisitView): VisitView {
  const { status } = visit;
  if (status.state !== 'waiting' && status.state !== 'calling') return visit;
  return { ...visit, status: { state: 'waiting', place: status.place, here: true } };
}

/** A place that arrives late, after the state has moved on, is no news. */
function placed(visit: VisitView, place: Place): VisitView {
  const { status } = visit;
  if (status.state !== 'waiting' && status.state !== 'calling' && status.state !== 'callback_kept') return visit;
  return { ...visit, status: { ...status, place } };
}

function merged(old: readonly ChatLine[], fresh: readonly ChatLine[]): readonly ChatLine[] {
  const byNumber = new Map([...old, ...fresh].map((line) => [line.number, line]));
  return [...byNumber.values()].sort((one, other) => one.number - other.number);
}
