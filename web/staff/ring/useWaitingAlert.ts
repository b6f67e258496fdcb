import type { Ring } from '@kit/ring/ring';
import { computed, readonly, ref, watch } from 'vue';
import { takes } from '../console/desk';
import type { Console } from '../console/useConsole';

/** Between two knocks. */
const EACH_MS = 20_000;
/** How long it is quiet once somebody asked for that. */
export const MUTE_MINUTES = 10;

/**
 * A soft knock, again and again, while somebody waits whom this window is not rung for by itself: it calls by hand, or is paused. A ring has
 * its own sound, which nothing mutes.
 */
export function useWaitingAlert(
  { desk, state, now }: Pick<Console, 'desk' | 'state' | 'now'>,
  ring: Pick<Ring, 'knock'>,
) {
  const mutedUntil = ref(0);
  let knockedAt = 0;

  /** Nobody but this person sees to those in line. */
  const byHand = computed(() => {
    if (desk.value.is !== 'idle') return false;
    const { presence, work } = desk.value.window;
    if (presence.is === 'on_demand') return work.is === 'idle';
    return presence.is === 'available' && work.is === 'suspect' && work.until === null;
  });
  /** Those in line who may come to this window and are there. */
  const waiting = computed(() => {
    const { value } = desk;
    if (!byHand.value || value.is !== 'idle') return 0;
    const head = state.value.view?.line.head ?? [];
    return head.filter((entry) => takes(value.window, entry) && !entry.away).length;
  });
  const on = computed(() => waiting.value > 0);
  const muted = computed(() => on.value && now.value < mutedUntil.value);

  watch([on, muted, now], () => {
    if (!on.value) knockedAt = 0;
    if (!on.value || muted.value || now.value - knockedAt < EACH_MS) return;
    knockedAt = now.value;
    ring.knock();
  });

  return {
    /** How many are knocked for; 0 while there is no knock, muted or not. */
    waiting,
    muted,
    /** When it sounds again by itself. */
    mutedUntil: readonly(mutedUntil),
    mute: () => (mutedUntil.value = now.value + MUTE_MINUTES * 60_000),
    unmute: () => (mutedUntil.value = 0),
  };
}

export type WaitingAlert = ReturnType<typeof useWaitingAlert>;
