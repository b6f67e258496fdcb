import type { MediaSetup } from '@protocol';
import { assertNever } from '../assertNever';

/**
 * How this page stands with the relay.
 *
 * ```text
 * cold ─build─▶ building ─connected─▶ up ─disturbed─▶ shaky ─connected─▶ up
 *                 ▲  │ attempt_ms                       │ 10 s
 *                 └──┴──────── rebuild ◀────────────────┘
 * ```
 */
export type LinkState =
  /** No connection. `spentMs` is kept while the page stands by, and is 0 before the first attempt. */
  | { is: 'cold'; spentMs: number }
  /**
   * An attempt since `begunMs`, by the clock of `LinkFacts`; `spentMs` went by in vain before it. `tooLong`: with this one it is
   * the time after which a page offers text and telephone; attempts go on meanwhile.
   */
  | { is: 'building'; spentMs: number; begunMs: number; tooLong: boolean }
  | { is: 'up' }
  /** Was up, and has not been since `sinceMs`; a restart has been asked for. */
  | { is: 'shaky'; sinceMs: number };

export const cold: LinkState = { is: 'cold', spentMs: 0 };

/** Whether packets find their way now, as ICE says. */
export type Path = 'whole' | 'broken';

/** What a step goes by besides the state. `nowMs` is a clock that only runs forward. */
export type LinkFacts = { path: Path; setup: MediaSetup; nowMs: number };

/** Until the hall has said its own rule (DOMAIN 3.6). */
export const USUAL_SETUP: MediaSetup = { attempt_ms: 15_000, text_ms: 30_000 };

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
  | 'too_long'
  | 'build_late'
  | 'patience_over'
  | 'restart_late';

/**
 * What is done to the connection. `voice_alone` takes what is more than the voice out of the way of the next attempt; `restart`
 * asks the server for an offer with fresh credentials.
 */
export type LinkAct = 'voice_alone' | 'build' | 'restart' | 'let_go';

/** What follows from an event. */
export type LinkStep = {
  link: LinkState;
  /** In this order. */
  acts?: readonly LinkAct[];
  /** The event that comes by itself, in place of the one that was to come. */
  later?: { event: LinkEvent; ms: number };
};

/** A disturbance shorter than this repairs itself. */
const PATIENCE_MS = 2_000;
const RESTART_MS = 10_000;

type Building = LinkState & { is: 'building' };

/** What a state does not know of changes nothing there: it came late, or the timer of that state sees to it. */
export function stepLink(link: LinkState, event: LinkEvent, facts: LinkFacts): LinkStep | null {
  switch (link.is) {
    case 'cold':
      return event === 'wanted' ? build(link.spentMs, facts) : null;
    case 'building':
      return whileBuilding(link, event, facts);
    case 'up':
      return whileUp(link, event, facts);
    case 'shaky':
      return whileShaky(link, event, facts);
    default:
      return assertNever(link);
  }
}

function whileBuilding(link: Building, event: LinkEvent, facts: LinkFacts): LinkStep | null {
  const { attempt_ms, text_ms } = facts.setup;
  switch (event) {
    case 'connected':
      return up;
    case 'too_long':
      // The attempt has the rest of its time.
      return {
        link: { ...link, tooLong: true },
        later: { event: 'build_late', ms: link.spentMs + attempt_ms - text_ms },
      };
    case 'build_late':
      return { ...buildOn(link, facts), acts: ['voice_alone', 'build'] };
    case 'reconnected':
      // However often the socket comes and goes, the time in vain goes on; who slept through this attempt has lost none before it.
      return link.spentMs < attempt_ms
        ? buildOn(link, facts)
        : { ...buildOn(link, facts), acts: ['voice_alone', 'build'] };
    case 'lost':
    case 'keys_failed':
      // Never one connection after another without a pause.
      return { link, later: { event: 'build_late', ms: PATIENCE_MS } };
    case 'refused':
      return { link: { is: 'cold', spentMs: spentBy(link, facts) }, acts: ['let_go'] };
    default:
      return null;
  }
}

function whileUp(link: LinkState & { is: 'up' }, event: LinkEvent, facts: LinkFacts): LinkStep | null {
  const { path } = facts;
  switch (event) {
    case 'disturbed':
      return { link, later: { event: 'patience_over', ms: PATIENCE_MS } };
    case 'patience_over':
      return path === 'whole' ? null : restart(shaky(facts));
    case 'broken':
    case 'network_changed':
    case 'reconnected':
      // A server that began anew has forgotten this connection, and says so seconds before its silence would show.
      // Asked ahead of any trouble, nobody needs to be alarmed.
      return restart(path === 'whole' ? link : shaky(facts));
    case 'restart_late':
      return path === 'whole' ? null : build(RESTART_MS, facts);
    default:
      return whenConnected(event, facts);
  }
}

function whileShaky(link: LinkState & { is: 'shaky' }, event: LinkEvent, facts: LinkFacts): LinkStep | null {
  switch (event) {
    case 'connected':
      return up;
    case 'reconnected':
      return askAgain(link, facts);
    case 'restart_late':
      return facts.path === 'whole' ? up : build(RESTART_MS, facts);
    default:
      return whenConnected(event, facts);
  }
}

/** Asked again within the time of the first, with some of it left for the answer: a phone that slept finds it over. */
function askAgain(link: LinkState & { is: 'shaky' }, facts: LinkFacts): LinkStep {
  const leftMs = link.sinceMs + RESTART_MS - facts.nowMs;
  if (leftMs <= 0 && facts.path === 'broken') return build(RESTART_MS, facts);
  return restart(link, Math.max(PATIENCE_MS, leftMs));
}

/** What a connection that has been up cannot come back from. */
function whenConnected(event: LinkEvent, facts: LinkFacts): LinkStep | null {
  switch (event) {
    case 'lost':
    case 'keys_failed':
    case 'stuck':
      return build(0, facts);
    default:
      return null;
  }
}

const up: LinkStep = { link: { is: 'up' } };

const shaky = ({ nowMs }: LinkFacts): LinkState => ({ is: 'shaky', sinceMs: nowMs });

/** Another attempt, after so much time in vain. */
function build(spentMs: number, facts: LinkFacts): LinkStep {
  const { attempt_ms, text_ms } = facts.setup;
  const leftMs = text_ms - spentMs;
  return {
    link: { is: 'building', spentMs, begunMs: facts.nowMs, tooLong: leftMs <= 0 },
    acts: ['build'],
    later:
      leftMs > 0 && leftMs < attempt_ms ? { event: 'too_long', ms: leftMs } : { event: 'build_late', ms: attempt_ms },
  };
}

/** Another attempt after this one. */
function buildOn(link: Building, facts: LinkFacts): LinkStep {
  return build(spentBy(link, facts), facts);
}

/**
 * Time in vain, with this attempt: as long as it really took, and never longer than it may, for a phone that slept did not try.
 * What is offered to a person after it is not taken back, whatever a timer rounds.
 */
function spentBy({ spentMs, begunMs, tooLong }: Building, { nowMs, setup }: LinkFacts): number {
  return Math.max(spentMs + Math.min(nowMs - begunMs, setup.attempt_ms), tooLong ? setup.text_ms : 0);
}

function restart(link: LinkState, ms = RESTART_MS): LinkStep {
  return { link, acts: ['restart'], later: { event: 'restart_late', ms } };
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
