import type { Microphone } from '@protocol';
import { readonly, ref } from 'vue';
import { type DeviceDoors, endTrack, giveBack, openMicrophone } from './devices';

export type MicrophoneOptions = {
  environment: DeviceDoors;
  /** The voice that is to be sent from now on. */
  put: (track: MediaStreamTrack) => Promise<void>;
};

/** The microphone of this seat: asked for, muted, taken away by a telephone call and asked for again. */
export function createMicrophone({ environment, put }: MicrophoneOptions) {
  const microphone = ref<Microphone>('unasked');
  const asking = ref(false);
  let voice: MediaStreamTrack | undefined;
  /** Grows with every `close`, so that a late answer finds nobody. */
  let life = 0;

  async function ask(): Promise<Microphone> {
    if (voice?.readyState === 'live' && !voice.muted) return microphone.value;
    const mine = life;
    asking.value = true;
    const answer = await openMicrophone(environment);
    if (mine !== life) {
      giveBack(answer);
      return microphone.value;
    }
    asking.value = false;
    if (answer.is !== 'open') {
      microphone.value = answer.is;
      return answer.is;
    }
    voice?.stop();
    voice = answer.track;
    watchVoice(voice);
    microphone.value = 'live';
    await put(voice);
    return microphone.value;
  }

  /** A telephone call on an iPhone ends or silences the track, and only a new one helps (twilio-video.js#1206). */
  function watchVoice(track: MediaStreamTrack): void {
    track.onended = track.onmute = () => {
      if (track === voice) microphone.value = 'busy';
    };
    track.onunmute = () => {
      if (track === voice && microphone.value === 'busy') microphone.value = track.enabled ? 'live' : 'muted';
    };
  }

  function setMuted(muted: boolean): void {
    if (!voice || (microphone.value !== 'live' && microphone.value !== 'muted')) return;
    voice.enabled = !muted;
    microphone.value = muted ? 'muted' : 'live';
  }

  return {
    forPage: {
      microphone: readonly(microphone),
      askingMicrophone: readonly(asking),
      /** From a tap: asks for the microphone, or for a new one after it was taken away. */
      askMicrophone: ask,
      mute: () => setMuted(true),
      unmute: () => setMuted(false),
    },
    track: () => voice,
    close(): void {
      life += 1;
      endTrack(voice);
      voice = undefined;
      asking.value = false;
      if (microphone.value === 'live' || microphone.value === 'muted') microphone.value = 'unasked';
    },
  };
}
