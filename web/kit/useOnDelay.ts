import { onScopeDispose, readonly, ref, type Ref, watch } from 'vue';

/** True once `is` has been true for `ms` in one piece; false at once when it is not. */
export function useOnDelay(is: () => boolean, ms: number): Readonly<Ref<boolean>> {
  const on = ref(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  watch(
    is,
    (now) => {
      clearTimeout(timer);
      if (now) timer = setTimeout(() => (on.value = true), ms);
      else on.value = false;
    },
    { immediate: true },
  );
  onScopeDispose(() => clearTimeout(timer));
  return readonly(on);
}
