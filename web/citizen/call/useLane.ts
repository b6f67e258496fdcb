import type { ShallowRef } from 'vue';
import { lateCode } from '../parts/lateCode';
import type * as Lane from './lane';

const late = lateCode<typeof Lane>(() => import('./lane'), '%late:lane%');

/** The lane, or null before it is there. */
export const lane = late.code;

/** Fetches it once; null when it did not come now. It is fetched again until it comes. */
export const loadLane = late.load;

/**
 * What is needed once there is a number. It is loaded while its person waits; only a page reloaded on a weak link has to show
 * something else meanwhile: then the value is null.
 */
export function useLane(): Readonly<ShallowRef<typeof Lane | null>> {
  void loadLane();
  return lane;
}
