import { onScopeDispose, readonly, ref } from 'vue';

/** Long enough to read the question, say goodbye and move the mouse; short enough that nobody forgets it stands there. */
const WITHIN_MS = 10_000;

/** For an act that must not happen by one slip: the first press asks, a second one soon after does it. */
export function useTwice(act: () => void) {
  const armed = ref(false);
  let timer: ReturnType<typeof setTimeout> | undefined;

  function disarm(): void {
    clearTimeout(timer);
    armed.value = false;
  }

  function press(): void {
    if (armed.value) {
      disarm();
      return act();
    }
    armed.value = true;
    timer = setTimeout(disarm, WITHIN_MS);
  }
  onScopeDispose(disarm);
  return { armed: readonly(armed), press, disarm };
}
