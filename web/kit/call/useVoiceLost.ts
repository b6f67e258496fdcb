import { onScopeDispose, readonly, ref, watch } from 'vue';
import type { Call } from './useCall';

/** Longer than a look at the packets takes after a hold has ended, short enough for 5 s in all. */
const PATIENCE_MS = 1_600;

/**
 * The other side vanished while our own connection is whole; a hold that just ended is no loss, and neither is a microphone
 * that the other side told us does not work. `talking`: it may be heard now.
 */
export function useVoiceLost(talking: () => boolean, call: () => Pick<Call, 'flowing' | 'link' | 'other'> | null) {
  const lost = ref(false);
  let timer: ReturnType<typeof setTimeout> | undefined;

  function isSilent(): boolean {
    const now = call();
    const microphone = now?.other.value?.microphone;
    const speaks = microphone === 'live' || microphone === 'muted';
    return speaks && talking() && now?.link.value.is === 'up' && !now.flowing.value;
  }

  watch(
    isSilent,
    (silent) => {
      clearTimeout(timer);
      if (silent) timer = setTimeout(() => (lost.value = true), PATIENCE_MS);
      else lost.value = false;
    },
    { immediate: true },
  );
  onScopeDispose(() => clearTimeout(timer));
  return readonly(lost);
}
