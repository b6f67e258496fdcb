import type { Connection } from '@kit/connection';
import { readonly, type Ref, ref } from 'vue';
import { usePulse } from './usePulse';

export type ClockOptions = {
  connection: Connection;
  /** Somebody sits at a window. */
  seated: Readonly<Ref<boolean>>;
  makeWorker?: () => Worker;
};

/** At a window the server must hear from us within 15 s (DOMAIN 3.6, window lease). */
export const AT_WINDOW_MS = 5_000;

/** Server time, once a second; and the heartbeats of a hidden page, whose own timers the browser slows down. */
export function useClock({ connection, seated, makeWorker }: ClockOptions) {
  const now = ref(Date.now());
  let beats = 0;

  function read(): number {
    now.value = connection.now();
    return now.value;
  }

  usePulse({
    makeWorker,
    onBeat() {
      read();
      beats += 1;
      if (beats % (AT_WINDOW_MS / 1_000) !== 0 || !seated.value || document.visibilityState === 'visible') return;
      if (connection.state.value.is === 'connected') connection.beatNow();
      else connection.nudge();
    },
  });

  return { now: readonly(now), read };
}
