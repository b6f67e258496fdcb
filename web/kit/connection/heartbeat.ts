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
export function createHeartbeat({ ping, heartbeatMs, onSilence }: HeartbeatOptions) {
  const clockOffsetMs = ref(0);
  const roundTripMs = ref(0);
  let beatTimer: ReturnType<typeof setTimeout> | undefined;
  let silenceTimer: ReturnType<typeof setTimeout> | undefined;
  /** Heartbeats sent and not answered, oldest first; answers come in the same order. */
  let owed: { at: number; until: number }[] = [];

  function beat(patienceMs = SILENCE_MS): void {
    clearTimeout(beatTimer);
    if (ping()) {
      const at = Date.now();
      owed.push({ at, until: at + patienceMs });
      awaitAnswer();
    }
    beatTimer = setTimeout(beat, heartbeatMs());
  }

  /** Until the first deadline. Timers stand still while the device sleeps: one that lies behind was slept through. */
  function awaitAnswer(): void {
    clearTimeout(silenceTimer);
    const left = owed.map(({ until }) => until - Date.now()).filter((ms) => ms > 0);
    if (left.length > 0) silenceTimer = setTimeout(onSilence, Math.min(...left));
  }

  function measure(pingAt: number, serverNow: number): void {
    const now = Date.now();
    // An answer the device slept over says nothing of the way, nor of the clocks.
    if (now - pingAt > SILENCE_MS) return;
    roundTripMs.value = now - pingAt;
    clockOffsetMs.value = serverNow + roundTripMs.value / 2 - now;
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
      const answered = owed.shift();
      if (answered) measure(answered.at, message.now);
      awaitAnswer();
    },
    stop(): void {
      clearTimeout(beatTimer);
      owed = [];
      clearTimeout(silenceTimer);
    },
  };
}
