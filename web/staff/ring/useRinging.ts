import { browserRing, createRing, type RingEnvironment } from '@kit/ring/ring';
import { computed, onScopeDispose, readonly, ref, watch } from 'vue';
import type { Console } from '../console/useConsole';
import { t } from '../text';

export type RingingOptions = {
  environment?: RingEnvironment;
  /** Absent where the browser has no notices. */
  notices?: typeof Notification;
};

const FLASH_MS = 1_000;

/** Makes a ring noticed wherever the person looks: sound until answered, the tab's title, a notice of the system. */
export function useRinging({ desk }: Pick<Console, 'desk'>, options: RingingOptions = {}) {
  const ring = createRing(options.environment ?? browserRing());
  const Notices = options.notices ?? (typeof Notification === 'undefined' ? undefined : Notification);
  const soundReady = ref(false);
  const permission = ref<NotificationPermission>(Notices?.permission ?? 'denied');
  const plainTitle = document.title;
  let flash: ReturnType<typeof setInterval> | undefined;
  let notice: Notification | undefined;

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

  function begin(item: string, number: string): void {
    ring.start();
    const calling = t('ring.title', { number, item });
    let shown = false;
    const turn = () => {
      shown = !shown;
      document.title = shown ? calling : plainTitle;
    };
    turn();
    flash = setInterval(turn, FLASH_MS);
    if (Notices && permission.value === 'granted' && document.visibilityState !== 'visible') {
      notice = new Notices(t('ring.notice_title'), { body: calling, tag: 'ring', requireInteraction: true });
      notice.onclick = () => window.focus();
    }
  }

  function end(): void {
    ring.stop();
    clearInterval(flash);
    notice?.close();
    notice = undefined;
    document.title = plainTitle;
  }

  watch(
    () => ringing.value?.id,
    (id) => {
      end();
      const visit = ringing.value;
      if (id && visit) begin(visit.item?.name ?? t('queue.no_item'), visit.number);
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
    notices: readonly(permission),
    unlock,
    /** From a tap: lets the tone be heard once. */
    async tryOut(): Promise<void> {
      await unlock();
      ring.once();
    },
    /** From a tap: asks the browser for notices. */
    async askNotices(): Promise<void> {
      if (Notices) permission.value = await Notices.requestPermission();
    },
  };
}

export type Ringing = ReturnType<typeof useRinging>;
