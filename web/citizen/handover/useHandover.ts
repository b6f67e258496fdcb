import type { Connection } from '@kit/connection';
import type { TakenNumber } from '@protocol';
import { computed, readonly, ref } from 'vue';
import { isMovedAway } from '../state/screen';
import { takeLinkCode } from './linkCode';

/** Between two phones: what led here, and the ways on. */
export function useHandover(connection: Pick<Connection, 'state' | 'stop'>, begin: (taken: TakenNumber) => void) {
  /** The code of the link that led here. */
  const linkCode = ref<string | null>(null);
  /** The way from one phone to the other is on screen. */
  const asked = ref(false);
  /** The hall said, as the page opened, that the visit of this phone goes on at another. */
  const gone = ref(false);
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
