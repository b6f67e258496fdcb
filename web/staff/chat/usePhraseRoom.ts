import { nextTick, type Ref, readonly, ref } from 'vue';

/**
 * Whether the phrases may be shown whole: for as long as all that was said fits above them. Afterwards what was said needs the
 * room, and their first words must do.
 */
export function usePhraseRoom(list: () => HTMLElement | null): {
  whole: Readonly<Ref<boolean>>;
  look: () => Promise<void>;
} {
  const whole = ref(true);
  /** To be asked whenever more was said, or the pane has another size. Tried and taken back before anything is painted. */
  async function look(): Promise<void> {
    whole.value = true;
    await nextTick();
    const box = list();
    whole.value = !box || box.scrollHeight <= box.clientHeight;
  }
  return { whole: readonly(whole), look };
}
