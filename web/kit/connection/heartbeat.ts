import type { Notice } from '@protocol';
import { readonly, ref } from 'vue';

export type HeartbeatOptions = {
  /** Says it over the socket; false when there is none now. */
  ping: () => boolean;
  /** Time between heartbeats now. */
  heartbeatMs: () => number;
  /** A heartbeat was not answered. */
  onSilence: () => void;
};

/** A heartbeat unanswered for so long means the socket is dead, whatever the browser says. */
const SILENCE_MS = 10_000;
/** The same after the page woke or the network changed: then one has reason to doubt. */
const DOUBT_MS = 3_000;

/** Beats while there is a socket, and measures on the way how far the clocks and the two ends are apart. */
export function useHeartbeat({ ping, heartbeatMs, onSilence }: HeartbeatOptions) {
  const clockOffsetMs = ref(0);
  const roundTripMs = ref(0);
  let beatTimer: ReturnType<typeof setTimeout> | undefined;
  /** Runs while an answer is owed, until `silentUntil`. */
  let silenceTimer: ReturnType<typeof setTimeout> | undefined;
  let silentUntil = 0;
  let pingAt = 0;

  function beat(patienceMs = SILENCE_MS): void {
    clearTimeout(beatTimer);
    if (ping()) expectAnswer(patienceMs);
    beatTimer = setTimeout(beat, heartbeatMs());
  }

  /** Asking once more gives a socket that owes an answer no more time. */
  function expectAnswer(patienceMs: number): void {
    const now = Date.now();
    if (silenceTimer === undefined) pingAt = now;
    else if (silentUntil <= now + patienceMs) return;
    clearTimeout(silenceTimer);
    silentUntil = now + patienceMs;
    silenceTimer = setTimeout(onSilence, patienceMs);
  }

  function noAnswerOwed(): void {
    clearTimeout(silenceTimer);
    silenceTimer = undefined;
  }

  return {
    clockOffsetMs: readonly(clockOffsetMs),
    roundTripMs: readonly(roundTripMs),
    beat: () => beat(),
    /** Beats at once, and waits for the answer less long. */
    doubt: () => beat(DOUBT_MS),
    hear(message: Notice<'session'>): void {
      if (message.type === 'welcome') clockOffsetMs.value = message.now - Date.now();
      if (message.type !== 'pong') return;
      noAnswerOwed();
      roundTripMs.value = Date.now() - pingAt;
      clockOffsetMs.value = message.now + roundTripMs.value / 2 - Date.now();
    },
    stop(): void {
      clearTimeout(beatTimer);
      noAnswerOwed();
    },
  };
}
