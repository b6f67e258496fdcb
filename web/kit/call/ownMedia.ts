import { MEDIA_SECTIONS, type MediaSection, type SeatMedia } from '@protocol';
import { readonly, ref } from 'vue';
import type { CallEnvironment } from './environment';
import { createMicrophone } from './microphone';
import { createCamera, createShare, type PictureState } from './ownPicture';
import { createWakeLock } from './wakeLock';

const isOnOrCut = ({ value }: { readonly value: PictureState }): boolean => value.is === 'on' || value.is === 'cut';

export type OwnMediaOptions = {
  environment: Pick<CallEnvironment, 'devices' | 'mayAsk' | 'wakeLock' | 'page'>;
  /** What a section sends from now on. */
  put: (section: MediaSection, track: MediaStreamTrack | null) => Promise<void>;
  /** There is an own voice. */
  onOwnVoice: (stream: MediaStream) => void;
};

/** What this seat sends. Its devices may be on before; nothing goes out until both have accepted. */
export function createOwnMedia({ environment, put, onOwnVoice }: OwnMediaOptions) {
  /** Both have accepted: tracks may go out. */
  const opened = ref(false);
  const wakeLock = createWakeLock({ environment });
  const gate = (section: MediaSection) => async (track: MediaStreamTrack | null) => {
    if (opened.value || !track) await put(section, track);
  };
  const putVoice = gate('audio');
  const microphone = createMicrophone({
    environment,
    put: (track) => {
      onOwnVoice(new MediaStream([track]));
      return putVoice(track);
    },
  });
  const camera = createCamera({ environment, put: gate('camera') });
  const share = createShare({ environment, put: gate('share') });
  const devices = { audio: microphone, camera, share };

  function shut(): void {
    opened.value = false;
    wakeLock.release();
  }

  return {
    forPage: { opened: readonly(opened), ...microphone.forPage, ...camera.forPage, ...share.forPage },
    /** What the others are told of it. */
    toTell: (): Omit<SeatMedia, 'receiving'> => ({
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
    /** No connection came about: camera and share give way to the voice. */
    async voiceAlone(): Promise<void> {
      await Promise.all([camera.cut(), share.cut()]);
    },
    /** The microphone, if it is open. */
    voice: () => microphone.track(),
    /** There is something to end before the next talk. */
    isOn: () => opened.value || [camera.forPage.camera, share.forPage.share].some(isOnOrCut),
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

export type OwnMedia = ReturnType<typeof createOwnMedia>;
