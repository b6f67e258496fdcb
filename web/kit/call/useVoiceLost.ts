import { onScopeDispose, readonly, ref, watch } from 'vue';
import type { Call } from './useCall';

/** Longer than a look at the packets takes after a hold has ended, short enough for 5 s in all. */
const PATIENCE_MS = 1_600;

/** The other side vanished while our own connection is whole; a hold that just ended is no loss. `talking`: it may be heard now. */
export function useVoiceLost(talking: () => boolean, call: () => Pick<Call, 'flowing' | 'link'> | null) {
  const lost = ref(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  watch(
    () => talking() && call()?.link.value.is === 'up' && call()?.flowing.value === false,
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
