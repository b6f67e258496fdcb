import { readonly, ref } from 'vue';
import { t } from '../text';

/** A notice of the system, for those who do not look at the browser at all. `Notices` is absent where there are none. */
export function useRingNotice(Notices: typeof Notification | undefined) {
  const permission = ref<NotificationPermission>(Notices?.permission ?? 'denied');
  let notice: Notification | undefined;

  return {
    permission: readonly(permission),
    show(calling: string): void {
      if (!Notices || permission.value !== 'granted' || document.visibilityState === 'visible') return;
      notice = new Notices(t('ring.notice_title'), { body: calling, tag: 'ring', requireInteraction: true });
      notice.onclick = () => window.focus();
    },
    close(): void {
      notice?.close();
      notice = undefined;
    },
    /** From a tap: asks the browser for notices. */
    async ask(): Promise<void> {
      if (Notices) permission.value = await Notices.requestPermission();
    },
  };
}
