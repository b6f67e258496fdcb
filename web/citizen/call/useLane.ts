import { onScopeDispose, shallowRef, type ShallowRef } from 'vue';
import type * as Lane from './lane';

/** Again after this, on a link too weak for it, ms. */
const AGAIN_MS = 3_000;

const lane = shallowRef<typeof Lane | null>(null);

/** Fetches it once. */
export async function loadLane(): Promise<typeof Lane> {
  return (lane.value ??= await import('./lane'));
}

/**
 * What is needed once there is a number. It is loaded while its person waits; only a page reloaded on a weak link has to show
 * something else meanwhile: then the value is null.
 */
export function useLane(): Readonly<ShallowRef<typeof Lane | null>> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const load = () => void loadLane().catch(() => (timer = setTimeout(load, AGAIN_MS)));
  load();
  onScopeDispose(() => clearTimeout(timer));
  return lane;
}
