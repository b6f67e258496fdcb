import type { Microphone, ProbeFault } from '@protocol';
import { computed, watch } from 'vue';
import type { Console } from '../console/useConsole';

/** What the test looks at, once a second. */
export type Seen = {
  microphone: Microphone;
  /** The voice line has not come about for as long as the hall's rules allow. */
  noLine: boolean;
  /** How far the clock of the PC is off, either way. */
  skewMs: number;
};

const SKEW_MS = 5 * 60_000;
/** A fault is told when it has lasted, so that a moment of bad network pauses nobody. */
const LASTS_MS = 5_000;

/** What makes a window deaf or dumb; `null` when all is well, or the person was not asked yet. */
export function faultOf({ microphone, noLine, skewMs }: Seen): ProbeFault | null {
  switch (microphone) {
    case 'refused':
    case 'missing':
    case 'busy':
    case 'blocked':
      return 'microphone';
    // A quiet room and a dead microphone read alike: the level is shown to the person, and pauses nobody.
    case 'live':
    case 'muted':
    case 'unasked':
      break;
  }
  if (noLine) return 'relay';
  return skewMs >= SKEW_MS ? 'clock' : null;
}

/**
 * The window tests itself between calls and tells what is news, so that it is paused before it is rung into nothing. It
 * runs on the beats of the page's worker, which a hidden page keeps; a frozen one is silent, and so is its heartbeat.
 */
export function useProbe({ call, connected, desk, now, operate, seated }: Console): void {
  const idle = computed(() => desk.value.is === 'idle');
  const told = computed(() => ('window' in desk.value ? desk.value.window.fault : null));
  let found: ProbeFault | null = null;
  let since = now.value;
  let telling = false;

  watch(now, (at) => {
    if (!seated.value || !idle.value || !connected.value) {
      since = at;
      return;
    }
    const link = call.link.value;
    const fault = faultOf({
      microphone: call.microphone.value,
      noLine: link.is === 'building' && link.tooLong,
      skewMs: Math.abs(Date.now() - at),
    });
    if (fault !== found) {
      found = fault;
      since = at;
    }
    // Good news is told at once.
    if (fault !== told.value && (fault === null || at - since >= LASTS_MS)) void tell(fault);
  });

  async function tell(fault: ProbeFault | null): Promise<void> {
    if (telling) return;
    telling = true;
    await operate({ topic: 'window', type: 'probe', fault }, { untapped: true });
    telling = false;
  }
}
