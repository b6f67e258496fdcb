import type { MediaSection, SeatMedia } from '@protocol';
import { readonly, ref, shallowRef } from 'vue';
import type { CallEnvironment } from './environment';
import { createFlowWatch } from './flow';
import { createPictures } from './pictures';
import { createSound, type SoundState } from './sound';

export type ArrivingOptions = {
  environment: Pick<CallEnvironment, 'makeAudio'>;
  stats: () => Promise<RTCStatsReport | undefined>;
  /** The voice of the other side is there. */
  onTheirVoice: (stream: MediaStream) => void;
};

/** What comes from the other side: its voice is played, its pictures are handed on to be shown. */
export function createArriving({ environment, stats, onTheirVoice }: ArrivingOptions) {
  const sound = ref<SoundState>('silent');
  /** The voice of the other side has arrived at least once in this talk. */
  const heard = ref(false);
  /** The voice of the other side, once heard, still arrives. */
  const flowing = ref(true);
  /** The media of the other seat, as it was last told. */
  const other = shallowRef<SeatMedia | null>(null);
  const pictures = createPictures(other);
  const speaker = createSound({ environment, onState: (state) => (sound.value = state) });
  const flow = createFlowWatch({ stats, onFlowing });

  function onFlowing(now: boolean): void {
    flowing.value = now;
    heard.value ||= now;
  }

  /** The next talk begins as if nothing had been heard or told. */
  function forget(): void {
    flow.stop();
    other.value = null;
    flowing.value = true;
    heard.value = false;
  }

  return {
    forPage: {
      sound: readonly(sound),
      flowing: readonly(flowing),
      other: readonly(other),
      /** The pictures the other side shows now. */
      pictures: pictures.shown,
    },
    isHeard: () => heard.value && flowing.value,
    /** The other seat told of its media. */
    heardOf(media: SeatMedia): void {
      other.value = media;
    },
    take(section: MediaSection | undefined, track: MediaStreamTrack): void {
      if (!section) return;
      const stream = new MediaStream([track]);
      const show = () => {
        if (section !== 'audio') return pictures.show(section, stream);
        heard.value = true;
        speaker.set(stream);
        onTheirVoice(stream);
      };
      // A negotiated section without media is muted: it is shown when something flows.
      const hide = () => {
        if (section !== 'audio') pictures.hide(section, stream);
      };
      track.onunmute = show;
      track.onmute = hide;
      track.onended = hide;
      if (!track.muted) show();
    },
    openSound: speaker.open,
    watchFlow: flow.start,
    rest(): void {
      forget();
      pictures.rest();
    },
    close(): void {
      forget();
      speaker.close();
      pictures.close();
    },
  };
}

export type Arriving = ReturnType<typeof createArriving>;
