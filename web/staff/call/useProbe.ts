import { createLoop, createSilence, type LoopResult } from '@kit/call';
import type { Microphone, ProbeFault } from '@protocol';
import { computed, watch } from 'vue';
import type { Console } from '../console/useConsole';

/** What the test looks at, once a second. */
export type Seen = {
  microphone: Microphone;
  /** How long the open microphone has given nothing at all, milliseconds; `null` where nobody knows. */
  deadMs: number | null;
  /** The voice line has not come about for as long as the hall's rules allow. */
  noLine: boolean;
  /** Packets went out on it, and the relay had none of them. */
  noLoop: boolean;
  /** How far the clock of the PC is off, either way. */
  skewMs: number;
};

const SKEW_MS = 5 * 60_000;
/** No room is without any noise for so long; a headset that is switched off is. */
const DEAD_MS = 60_000;
/** A fault is told when it has lasted, so that a moment of bad network pauses nobody. */
const LASTS_MS = 5_000;
/** Between two tries of the voice line with packets; sooner while it is broken. */
const LOOP_EACH_MS = 60_000;
const LOOP_AGAIN_MS = 10_000;
/** That the test has run is said as often as a heartbeat: the hall rings only where that is fresh (DOMAIN 3.3). */
const TESTED_EACH_MS = 5_000;

/** What makes a window deaf or dumb; `null` when all is well, or the person was not asked yet. */
export function faultOf({ microphone, deadMs, noLine, noLoop, skewMs }: Seen): ProbeFault | null {
  switch (microphone) {
    case 'refused':
    case 'missing':
    case 'busy':
    case 'blocked':
      return 'microphone';
    case 'live':
      // A quiet room has noise. Speaking mends it at once.
      if (deadMs !== null && deadMs >= DEAD_MS) return 'silent';
      break;
    case 'muted':
    case 'unasked':
      break;
  }
  if (noLine || noLoop) return 'relay';
  return skewMs >= SKEW_MS ? 'clock' : null;
}

type Tests = { deadMs: () => number | null; testLoop: () => Promise<LoopResult> };

function testsOf({ bench, opened, stats }: Console['call']): Tests {
  const put = (track: MediaStreamTrack | null) => bench.put('audio', track);
  const loop = createLoop({ put, stats, voice: bench.voice, inTalk: () => opened.value });
  return { deadMs: createSilence(bench.source).deadMs, testLoop: loop.test };
}

/**
 * The window tests itself between calls and tells what is news, so that it is paused before it is rung into nothing. It
 * runs on the beats of the page's worker, which a hidden page keeps; a frozen one is silent, and so is its heartbeat.
 */
export function useProbe(
  { call, connected, connection, desk, now, operate, seated }: Console,
  { deadMs, testLoop }: Tests = testsOf(call),
): void {
  const idle = computed(() => desk.value.is === 'idle');
  const told = computed(() => ('window' in desk.value ? desk.value.window.fault : null));
  const windowId = computed(() => ('window' in desk.value ? desk.value.window.id : null));
  const loop = createLoopTest(call.link, testLoop);
  let found: ProbeFault | null = null;
  let since = now.value;
  let telling = false;
  let testedAt = -Infinity;
  /** Muted, it gives nothing and is not dead. */
  let liveSince = now.value;
  watch(call.microphone, () => (liveSince = now.value));

  // At another window, or after a restart of the server, it is said at once.
  watch([connected, seated, windowId], () => (testedAt = -Infinity));

  watch(now, (at) => {
    if (!seated.value || !connected.value) {
      since = at;
      return;
    }
    if (idle.value) look(at);
    else since = at;
    // A talk is a test by itself.
    if (at - testedAt >= TESTED_EACH_MS && connection.send({ topic: 'session', type: 'tested' })) testedAt = at;
  });

  function look(at: number): void {
    loop.tick(at);
    const link = call.link.value;
    const dead = deadMs();
    const fault = faultOf({
      microphone: call.microphone.value,
      deadMs: dead === null ? null : Math.min(dead, at - liveSince),
      noLine: link.is === 'building' && link.tooLong,
      noLoop: loop.isBroken(),
      skewMs: Math.abs(Date.now() - at),
    });
    if (fault !== found) {
      found = fault;
      since = at;
    }
    // Good news is told at once.
    if (fault !== told.value && (fault === null || at - since >= LASTS_MS)) void tell(fault);
  }

  async function tell(fault: ProbeFault | null): Promise<void> {
    if (telling) return;
    telling = true;
    await operate({ topic: 'window', type: 'probe', fault }, { untapped: true });
    telling = false;
  }
}

/** Tries the line that is up with packets, now and then. Of what could not be tried nothing is known: no window is paused for it. */
function createLoopTest(link: Console['call']['link'], testLoop: Tests['testLoop']) {
  let triedAt = -Infinity;
  let broken = false;

  async function run(): Promise<void> {
    broken = (await testLoop()) === 'broken';
  }

  return {
    /** A line that is being built says so by itself. */
    isBroken: () => broken && link.value.is === 'up',
    tick(at: number): void {
      if (link.value.is !== 'up') {
        // A new one is tried soon, and is well until then.
        broken = false;
        triedAt = -Infinity;
      } else if (at - triedAt >= (broken ? LOOP_AGAIN_MS : LOOP_EACH_MS)) {
        triedAt = at;
        void run();
      }
    },
  };
}
