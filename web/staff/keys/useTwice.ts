import { onScopeDispose, readonly, ref } from 'vue';

const WITHIN_MS = 2_000;

/** For an act that must not happen by one slip of the finger: the first press arms it, a second one soon after does it. */
export function useTwice(act: () => void) {
  const armed = ref(false);
  let timer: ReturnType<typeof setTimeout> | undefined;

  function press(): void {
    clearTimeout(timer);
    if (armed.value) {
      armed.value = false;
      return act();
    }
    armed.value = true;
    timer = setTimeout(() => {
      armed.value = false;
    }, WITHIN_MS);
  }
  onScopeDispose(() => clearTimeout(timer));
  return { armed: readonly(armed), press };
}
