import { announce } from '@kit/components';
import type { Console } from '../console/useConsole';
import { t } from '../text';

/** What a person does with the own devices. The hall hears of it by itself. */
export function deviceVerbs({ call }: Pick<Console, 'call'>) {
  return {
    /** Turns the own voice off or on. False when there is no microphone. */
    toggleMute(): boolean {
      if (call.microphone.value === 'live') {
        call.mute();
        announce(t('call.muted_note'));
      } else if (call.microphone.value === 'muted') {
        call.unmute();
        announce(t('call.unmute'));
      } else return false;
      return true;
    },
    toggleCamera(): void {
      void (call.camera.value.is === 'on' || call.camera.value.is === 'asking'
        ? call.stopCamera()
        : call.startCamera('user'));
    },
    toggleShare(): void {
      void (call.share.value.is === 'on' || call.share.value.is === 'asking' ? call.stopShare() : call.startShare());
    },
  };
}
