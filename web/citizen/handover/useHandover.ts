import type { Connection } from '@kit/connection';
import type { HandoverCode, TakenNumber } from '@protocol';
import { computed, readonly, ref, shallowRef } from 'vue';
import { isMovedAway } from '../state/screen';
import { takeLinkCode } from './linkCode';

/** The code this phone asked for to hand its visit on. Whoever reads it takes the visit: it is in the memory of the page and nowhere else. */
export type Offer = { visit: string; asking: boolean } & (
  { is: 'nothing' | 'over' } | { is: 'given'; code: HandoverCode; until: number } | { is: 'trouble'; code: string }
);

/** Between two phones: what led here, and the ways on. */
export function useHandover(connection: Pick<Connection, 'state' | 'stop'>, begin: (taken: TakenNumber) => void) {
  /** The code of the link that led here. */
  const linkCode = ref<string | null>(null);
  /** The way from one phone to the other is on screen. */
  const asked = ref(false);
  /** The hall said, as the page opened, that the visit of this phone goes on at another. */
  const gone = ref(false);
  /** The card with the code is open; it outlives the screens it is shown on. */
  const offer = shallowRef<Offer | null>(null);
  /** A link may also be opened where the page is open already. */
  const look = () => {
    const code = takeLinkCode();
    if (!code) return;
    linkCode.value = code;
    asked.value = true;
  };
  look();
  addEventListener('hashchange', look);

  return {
    asked: readonly(asked),
    handover: {
      offer,
      linkCode: readonly(linkCode),
      movedAway: computed(() => gone.value || isMovedAway(connection.state.value)),
      /** The visit of this phone is elsewhere. */
      noteGone(): void {
        gone.value = true;
        asked.value = true;
      },
      /** 「接着办另一部手机上的号」 */
      askForCode(): void {
        asked.value = true;
      },
      /** Another phone's visit is on this one now. */
      takeOver(taken: TakenNumber): void {
        connection.stop();
        asked.value = false;
        linkCode.value = null;
        gone.value = false;
        // What was taken away by it and comes back is no longer had by it.
        offer.value = null;
        begin(taken);
      },
      /** Back to whatever this phone has. */
      keepOwn(): void {
        asked.value = false;
        linkCode.value = null;
      },
    },
  };
}
