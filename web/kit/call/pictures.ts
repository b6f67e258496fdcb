import type { MediaSection, SeatMedia } from '@protocol';
import { computed, type Ref, ref, shallowReactive } from 'vue';

/** The pictures of the other side, by section. */
export type Pictures = Record<Exclude<MediaSection, 'audio'>, MediaStream | null>;

/**
 * Which pictures of the other side are shown. A picture that stopped freezes without a word from the browser: its sender
 * says that it has ended. One connection serves many talks: what it still holds of the last talk is nobody's business in
 * the next, until its sender says that something is on.
 */
export function createPictures(other: Readonly<Ref<SeatMedia | null>>) {
  const arriving = shallowReactive<Pictures>({ camera: null, share: null });
  const usedBefore = ref(false);
  const shown = (section: keyof Pictures) => ((other.value?.[section] ?? !usedBefore.value) ? arriving[section] : null);

  return {
    shown: computed<Pictures>(() => ({ camera: shown('camera'), share: shown('share') })),
    show: (section: keyof Pictures, stream: MediaStream) => (arriving[section] = stream),
    hide(section: keyof Pictures, stream: MediaStream): void {
      if (arriving[section] === stream) arriving[section] = null;
    },
    /** The talk is over; the connection stays for the next. */
    rest: () => (usedBefore.value = true),
    /** The connection is gone. */
    close(): void {
      arriving.camera = arriving.share = null;
      usedBefore.value = false;
    },
  };
}
