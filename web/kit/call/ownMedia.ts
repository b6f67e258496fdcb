import { MEDIA_SECTIONS, type MediaSection, type SeatMedia } from '@protocol';
import { readonly, ref } from 'vue';
import type { CallEnvironment } from './environment';
import { useMicrophone } from './microphone';
import { useCamera, useShare } from './ownPicture';
import { createWakeLock } from './wakeLock';

export type OwnMediaOptions = {
  environment: Pick<CallEnvironment, 'devices' | 'mayAsk' | 'wakeLock' | 'page'>;
  /** What a section sends from now on. */
  put: (section: MediaSection, track: MediaStreamTrack | null) => Promise<void>;
  /** There is an own voice. */
  onVoice: (stream: MediaStream) => void;
};

/** What this seat sends. Its devices may be on before; nothing goes out until both have accepted. */
export function useOwnMedia({ environment, put, onVoice }: OwnMediaOptions) {
  /** Both have accepted: tracks may go out. */
  const opened = ref(false);
  const wakeLock = createWakeLock({ environment });
  const gate = (section: MediaSection) => async (track: MediaStreamTrack | null) => {
    if (opened.value || !track) await put(section, track);
  };
  const putVoice = gate('audio');
  const microphone = useMicrophone({
    environment,
    onVoice: (track) => {
      onVoice(new MediaStream([track]));
      return putVoice(track);
    },
  });
  const camera = useCamera({ environment, put: gate('camera') });
  const share = useShare({ environment, put: gate('share') });
  const devices = { audio: microphone, camera, share };

  function shut(): void {
    opened.value = false;
    wakeLock.release();
  }

  return {
    forPage: { opened: readonly(opened), ...microphone.forPage, ...camera.forPage, ...share.forPage },
    /** What the others are told of it. */
    told: (): Omit<SeatMedia, 'receiving'> => ({
      microphone: microphone.forPage.microphone.value,
      camera: camera.forPage.camera.value.is === 'on',
      share: share.forPage.share.value.is === 'on',
    }),
    async open(): Promise<void> {
      opened.value = true;
      wakeLock.hold();
      await Promise.all(
        MEDIA_SECTIONS.map((section) => {
          const track = devices[section].track();
          return track && put(section, track);
        }),
      );
    },
    /** There is something to end before the next talk. */
    isOn: () => opened.value || camera.track() !== undefined || share.track() !== undefined,
    /** Nothing is sent any more; the microphone stays. */
    async rest(): Promise<void> {
      shut();
      await Promise.all([put('audio', null), camera.forPage.stopCamera(), share.forPage.stopShare()]);
    },
    close(): void {
      shut();
      for (const section of MEDIA_SECTIONS) devices[section].close();
    },
  };
}
