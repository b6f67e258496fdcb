import { nextTick, onMounted, onScopeDispose, readonly, ref, watch, type Ref } from 'vue';

export type Unseen = {
  /** Of the newest line, 0 without any; lines are counted from 1. */
  newest: () => number;
  isTheirs: () => boolean;
  last: () => Element | null | undefined;
  foot: Ref<Element | null>;
  /** Whose chat it is: what was read of it in this tab stays read over a reload. */
  visit: string;
};

/** Whether something written lies out of sight: below the bar at the foot, or above the top. */
export function useUnseen({ newest, isTheirs, last, foot, visit }: Unseen) {
  const unseen = ref(false);
  const read = readLines(visit);
  const isInSight = (): boolean => {
    const line = last()?.getBoundingClientRect();
    const bar = foot.value?.getBoundingClientRect();
    return !line || (line.top >= 0 && line.bottom <= (bar?.top ?? window.innerHeight));
  };
  const look = () => {
    if (!last() || !isInSight()) return;
    unseen.value = false;
    read.upTo(newest());
  };
  watch(newest, async () => {
    await nextTick();
    unseen.value = isTheirs() && newest() > read.last() && !isInSight();
    look();
  });
  onMounted(() => {
    look();
    // The lines scroll in a list of their own, too.
    window.addEventListener('scroll', look, { passive: true, capture: true });
  });
  onScopeDispose(() => window.removeEventListener('scroll', look, { capture: true }));
  return { unseen: readonly(unseen), show: () => last()?.scrollIntoView({ block: 'center' }) };
}

/** Where the browser keeps nothing, a reload asks once more to look. */
function readLines(visit: string) {
  const key = `yunyiban read ${visit}`;
  const kept = (): number => {
    try {
      return Number(sessionStorage.getItem(key) ?? 0);
    } catch {
      return 0;
    }
  };
  let last = kept();
  return {
    last: () => last,
    // What was said before comes back in pieces after a reload: the first of them makes nothing unread.
    upTo(number: number): void {
      if (number <= last) return;
      last = number;
      try {
        sessionStorage.setItem(key, String(number));
      } catch {
        // As above.
      }
    },
  };
}
