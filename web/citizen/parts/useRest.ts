import { onScopeDispose, readonly, ref } from 'vue';

/** A thumb that shakes taps again within this time; nobody has read a question so fast. */
const REST_MS = 500;

/** Answers count after half a second without a tap, so that no tap of a burst answers what the first one asked. */
export function useRest() {
  const resting = ref(true);
  let timer: ReturnType<typeof setTimeout> | undefined;
  function rest(): void {
    resting.value = true;
    clearTimeout(timer);
    timer = setTimeout(() => (resting.value = false), REST_MS);
  }
  rest();
  onScopeDispose(() => clearTimeout(timer));
  return {
    resting: readonly(resting),
    /** What is answered has moved. */
    rest,
    /** Somebody tapped: a rest that is not over begins anew. */
    tapped: () => resting.value && rest(),
  };
}
