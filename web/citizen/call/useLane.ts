import { onScopeDispose, shallowRef, type ShallowRef } from 'vue';
import type * as Lane from './lane';

/** Again after this, on a link too weak for it, ms. */
const AGAIN_MS = 3_000;

/**
 * What is needed from the call on. It is loaded while its person waits; only a page reloaded on a weak link has to show
 * something else meanwhile: then the value is null.
 */
export function useLane(): Readonly<ShallowRef<typeof Lane | null>> {
  const lane = shallowRef<typeof Lane | null>(null);
  let timer: ReturnType<typeof setTimeout> | undefined;

  function load(): void {
    void import('./lane').then((loaded) => (lane.value = loaded)).catch(() => (timer = setTimeout(load, AGAIN_MS)));
  }
  load();
  onScopeDispose(() => clearTimeout(timer));
  return lane;
}
