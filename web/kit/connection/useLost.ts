import { onScopeDispose, readonly, ref, type Ref, watch } from 'vue';

/** A gap this short is nobody's business. */
const PATIENCE_MS = 1_500;

/** The socket has been gone for so long that it is said. */
export function useLost(offline: Readonly<Ref<boolean>>) {
  const lost = ref(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  watch(
    offline,
    (is) => {
      clearTimeout(timer);
      if (is) timer = setTimeout(() => (lost.value = true), PATIENCE_MS);
      else lost.value = false;
    },
    { immediate: true },
  );
  onScopeDispose(() => clearTimeout(timer));
  return readonly(lost);
}
