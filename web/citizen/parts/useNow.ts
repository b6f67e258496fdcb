import { onScopeDispose, readonly, ref } from 'vue';
import type { Visit } from '../useVisit';

/** Server time, once a second, for clocks on screen. */
export function useNow(visit: Visit) {
  const now = ref(visit.connection.now());
  const timer = setInterval(() => (now.value = visit.connection.now()), 1_000);
  onScopeDispose(() => clearInterval(timer));
  return readonly(now);
}
