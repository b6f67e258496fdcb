import { useLoaded } from '../parts/useLoaded';

/**
 * What is needed from the call on. It is loaded while its person waits; only a page reloaded on a weak link has to show
 * something else meanwhile: then the value is null.
 */
export const useLane = () => useLoaded(() => import('./lane'));
