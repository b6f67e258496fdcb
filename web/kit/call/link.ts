import { assertNever } from '../assertNever';

/**
 * How this page stands with the relay.
 *
 * ```text
 * cold ─build─▶ building ─connected─▶ up ─disturbed─▶ shaky ─connected─▶ up
 *                 ▲  │ 15 s                             │ 10 s
 *                 └──┴──────── rebuild ◀────────────────┘
 * ```
 */
export type LinkState =
  /** No connection. `failures` are kept while the page stands by, and are 0 before the first attempt. */
  | { is: 'cold'; failures: number }
  /** `failures` attempts in a row came to nothing: after two, a page offers text and telephone. */
  | { is: 'building'; failures: number }
  | { is: 'up' }
  /** Was up; a restart has been asked for. */
  | { is: 'shaky' };

export const cold: LinkState = { is: 'cold', failures: 0 };

/** Whether packets find their way now, as ICE says. */
export type Path = 'whole' | 'broken';

export type LinkEvent =
  /** A call will come: there should be a connection. */
  | 'wanted'
  /** Path and keys are there. */
  | 'connected'
  /** The path is silent; it may come back by itself. */
  | 'disturbed'
  /** The path is gone. */
  | 'broken'
  /** The path is whole, its keys are not: only another connection helps. */
  | 'keys_failed'
  /** A description this browser does not take. */
  | 'stuck'
  /** The page changed its network. */
  | 'network_changed'
  /** The socket is back. */
  | 'reconnected'
  /** The relay lost this connection. */
  | 'lost'
  /** The server takes no connection of this page now. */
  | 'refused'
  // What comes by itself after a while, see `later`.
  | 'build_late'
  | 'patience_over'
  | 'restart_late';

/** What is done to the connection. `restart` asks the server for an offer with fresh credentials. */
export type LinkAct = 'build' | 'restart' | 'let_go';

/** What follows from an event. */
export type LinkStep = {
  link: LinkState;
  act?: LinkAct;
  /** The event that comes by itself, in place of the one that was to come. */
  later?: { event: LinkEvent; ms: number };
};

/** DOMAIN 3.6, media set-up. */
const BUILD_MS = 15_000;
/** A disturbance shorter than this repairs itself. */
const PATIENCE_MS = 2_000;
const RESTART_MS = 10_000;

/** What a state does not know of changes nothing there: it came late, or the timer of that state sees to it. */
export function stepLink(link: LinkState, event: LinkEvent, path: Path): LinkStep | null {
  switch (link.is) {
    case 'cold':
      return event === 'wanted' ? build(link.failures) : null;
    case 'building':
      return whileBuilding(link, event);
    case 'up':
      return whileUp(link, event, path);
    case 'shaky':
      return whileShaky(link, event, path);
    default:
      return assertNever(link);
  }
}

function whileBuilding(link: LinkState & { is: 'building' }, event: LinkEvent): LinkStep | null {
  switch (event) {
    case 'connected':
      return up;
    case 'build_late':
    case 'keys_failed':
      return build(link.failures + 1);
    case 'reconnected':
      return build(link.failures);
    case 'lost':
      // Never one connection after another without a pause.
      return { link, later: { event: 'build_late', ms: PATIENCE_MS } };
    case 'refused':
      return { link: { is: 'cold', failures: link.failures }, act: 'let_go' };
    default:
      return null;
  }
}

function whileUp(link: LinkState & { is: 'up' }, event: LinkEvent, path: Path): LinkStep | null {
  switch (event) {
    case 'disturbed':
      return { link, later: { event: 'patience_over', ms: PATIENCE_MS } };
    case 'patience_over':
      return path === 'whole' ? null : restart({ is: 'shaky' });
    case 'broken':
    case 'network_changed':
    case 'reconnected':
      // A server that began anew has forgotten this connection, and says so seconds before its silence would show.
      // Asked ahead of any trouble, nobody needs to be alarmed.
      return restart(path === 'whole' ? link : { is: 'shaky' });
    case 'restart_late':
      return path === 'whole' ? null : build(1);
    default:
      return whenConnected(event);
  }
}

function whileShaky(link: LinkState & { is: 'shaky' }, event: LinkEvent, path: Path): LinkStep | null {
  switch (event) {
    case 'connected':
      return up;
    case 'reconnected':
      return restart(link);
    case 'restart_late':
      return path === 'whole' ? up : build(1);
    default:
      return whenConnected(event);
  }
}

/** What a connection that has been up cannot come back from. */
function whenConnected(event: LinkEvent): LinkStep | null {
  switch (event) {
    case 'lost':
      return build(0);
    case 'keys_failed':
    case 'stuck':
      return build(1);
    default:
      return null;
  }
}

const up: LinkStep = { link: { is: 'up' } };

function build(failures: number): LinkStep {
  return { link: { is: 'building', failures }, act: 'build', later: { event: 'build_late', ms: BUILD_MS } };
}

function restart(link: LinkState): LinkStep {
  return { link, act: 'restart', later: { event: 'restart_late', ms: RESTART_MS } };
}

/** What the two states of a connection say together; `null` when it is no news. */
export function linkEvent(pc: Pick<RTCPeerConnection, 'connectionState' | 'iceConnectionState'>): LinkEvent | null {
  if (pc.connectionState === 'failed' && pathOf(pc) === 'whole') return 'keys_failed';
  switch (pc.iceConnectionState) {
    case 'connected':
    case 'completed':
      // The keys may still be under way.
      return pc.connectionState === 'connected' ? 'connected' : null;
    case 'disconnected':
      return 'disturbed';
    case 'failed':
      return 'broken';
    case 'new':
    case 'checking':
    case 'closed':
      return null;
  }
}

export function pathOf(pc: Pick<RTCPeerConnection, 'iceConnectionState'> | undefined): Path {
  return pc?.iceConnectionState === 'connected' || pc?.iceConnectionState === 'completed' ? 'whole' : 'broken';
}
