import { shallowReadonly, shallowRef, type ShallowRef } from 'vue';
import type * as Lane from './lane';

/** Again after this, on a link too weak for it, ms. */
const AGAIN_MS = 3_000;

/** Where the lane's code lies: the build puts the name of its file here, see vite.config.ts. */
const ADDRESS = '%lane%';

const loaded = shallowRef<typeof Lane | null>(null);
let loading: Promise<typeof Lane | null> | undefined;
let tries = 0;

/** The lane, or null before it is there. */
export const lane: Readonly<ShallowRef<typeof Lane | null>> = shallowReadonly(loaded);

/** Chromium keeps that a module did not come (whatwg/html#6768): under an address of its own each try is a request. */
function fetchLane(): Promise<typeof Lane> {
  tries += 1;
  if (tries === 1) return import('./lane');
  return import(/* @vite-ignore */ `${ADDRESS}?${tries}`) as Promise<typeof Lane>;
}

/** Fetches it once; null when it did not come now. It is fetched again until it comes. */
export function loadLane(): Promise<typeof Lane | null> {
  loading ??= fetchLane().then(
    (came) => (loaded.value = came),
    () => {
      setTimeout(() => {
        loading = undefined;
        void loadLane();
      }, AGAIN_MS);
      return null;
    },
  );
  return loading;
}

/**
 * What is needed once there is a number. It is loaded while its person waits; only a page reloaded on a weak link has to show
 * something else meanwhile: then the value is null.
 */
export function useLane(): Readonly<ShallowRef<typeof Lane | null>> {
  void loadLane();
  return lane;
}
