import { onScopeDispose, readonly, ref, watch } from 'vue';
import type { Visit } from '../useVisit';

/** A gap this short is nobody's business. */
const PATIENCE_MS = 1_500;

/** The socket has been gone for so long that it is said. */
export function useLost(visit: Pick<Visit, 'offline'>) {
  const lost = ref(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  watch(
    visit.offline,
    (offline) => {
      clearTimeout(timer);
      if (offline) timer = setTimeout(() => (lost.value = true), PATIENCE_MS);
      else lost.value = false;
    },
    { immediate: true },
  );
  onScopeDispose(() => clearTimeout(timer));
  return readonly(lost);
}
