import { browserRing, createRing, type RingEnvironment } from '@kit/ring/ring';
import { computed, onScopeDispose, readonly, ref, watch } from 'vue';
import type { Console } from '../console/useConsole';
import { t } from '../text';
import { createRingTitle } from './ringTitle';
import { useRingNotice } from './useRingNotice';
import { useWaitingAlert } from './useWaitingAlert';

export type RingingOptions = {
  environment?: RingEnvironment;
  /** Absent where the browser has no notices. */
  notices?: typeof Notification;
};

/** Makes a ring noticed wherever the person looks: sound until answered, the tab's title, a notice of the system. */
export function useRinging(
  { desk, state, now }: Pick<Console, 'desk' | 'state' | 'now'>,
  options: RingingOptions = {},
) {
  const ring = createRing(options.environment ?? browserRing());
  const title = createRingTitle();
  const notice = useRingNotice(options.notices ?? (typeof Notification === 'undefined' ? undefined : Notification));
  const soundReady = ref(false);
  const alert = useWaitingAlert({ desk, state, now }, ring);
  const ringing = computed(() => (desk.value.is === 'ringing' ? desk.value.visit : null));

  async function unlock(): Promise<void> {
    soundReady.value = await ring.unlock();
    if (soundReady.value && ringing.value) {
      ring.stop();
      ring.start();
    }
  }
  // A refreshed console has no tap behind it: the first one, anywhere, opens the sound.
  const firstTouch = () => {
    if (!soundReady.value) void unlock();
  };
  window.addEventListener('pointerdown', firstTouch);
  window.addEventListener('keydown', firstTouch);

  function end(): void {
    ring.stop();
    title.stop();
    notice.close();
  }

  watch(
    () => ringing.value?.id,
    () => {
      end();
      if (!ringing.value) return;
      const { item, number } = ringing.value;
      const calling = t('ring.title', { number, item: item?.name ?? t('queue.no_item') });
      ring.start();
      title.start(calling);
      notice.show(calling);
    },
    { immediate: true },
  );

  onScopeDispose(() => {
    end();
    ring.close();
    window.removeEventListener('pointerdown', firstTouch);
    window.removeEventListener('keydown', firstTouch);
  });

  return {
    /** The tone may sound by itself. */
    soundReady: readonly(soundReady),
    /** Notices of the system; `denied` also where there are none. */
    notices: notice.permission,
    unlock,
    /** Those who wait and are not rung for. */
    alert,
    /** From a tap: lets the tone be heard once. */
    async tryOut(): Promise<void> {
      await unlock();
      ring.once();
    },
    askNotices: notice.ask,
  };
}

export type Ringing = ReturnType<typeof useRinging>;
