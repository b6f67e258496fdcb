import type { Ref } from 'vue';
import { useOnDelay } from '../useOnDelay';

/** A gap this short is nobody's business. */
const PATIENCE_MS = 1_500;

/** The socket has been gone for so long that it is said. */
export function useLost(offline: Readonly<Ref<boolean>>) {
  return useOnDelay(() => offline.value, PATIENCE_MS);
}
