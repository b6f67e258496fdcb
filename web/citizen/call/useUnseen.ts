import { nextTick, onMounted, onScopeDispose, readonly, ref, watch, type Ref } from 'vue';

/** Whether something written lies out of sight: below the bar at the foot, or above the top. */
export function useUnseen(
  count: () => number,
  isTheirs: () => boolean,
  last: () => Element | null | undefined,
  foot: Ref<Element | null>,
) {
  const unseen = ref(false);
  const isInSight = (): boolean => {
    const line = last()?.getBoundingClientRect();
    const bar = foot.value?.getBoundingClientRect();
    return !line || (line.top >= 0 && line.bottom <= (bar?.top ?? window.innerHeight));
  };
  const look = () => {
    if (isInSight()) unseen.value = false;
  };
  watch(count, async () => {
    await nextTick();
    unseen.value = isTheirs() && !isInSight();
  });
  onMounted(() => window.addEventListener('scroll', look, { passive: true }));
  onScopeDispose(() => window.removeEventListener('scroll', look));
  return { unseen: readonly(unseen), show: () => last()?.scrollIntoView({ block: 'center' }) };
}
