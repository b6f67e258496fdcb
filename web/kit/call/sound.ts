import type { CallEnvironment } from './environment';

/** Whether the other side can be heard. `blocked`: the browser wants a tap first. */
export type SoundState = 'silent' | 'playing' | 'blocked';

/** Plays the voice of the other side, in an element of its own that outlives every screen. */
export function createSound(options: {
  environment: Pick<CallEnvironment, 'makeAudio'>;
  onState: (state: SoundState) => void;
}) {
  let element: HTMLAudioElement | undefined;
  let state: SoundState = 'silent';

  function become(next: SoundState): void {
    if (next === state) return;
    state = next;
    options.onState(next);
  }

  async function play(): Promise<void> {
    if (!element?.srcObject) return;
    const own = element;
    try {
      await own.play();
      if (own === element && own.srcObject) become('playing');
    } catch (error) {
      // AbortError: another play() took over; only a refusal is the person's business.
      if (error instanceof DOMException && error.name === 'NotAllowedError') become('blocked');
    }
  }

  return {
    set(stream: MediaStream | null): void {
      if (!element) {
        element = options.environment.makeAudio();
        element.autoplay = true;
        element.setAttribute('playsinline', '');
        // Some web views start only on the second try, when the stream has begun (dcloudio/uni-app#820).
        element.onloadedmetadata = () => void play();
      }
      element.srcObject = stream;
      if (stream) void play();
      else become('silent');
    },
    /** From a click: opens what the browser held back. */
    open: play,
    close(): void {
      if (element) {
        element.pause();
        element.srcObject = null;
        element.onloadedmetadata = null;
      }
      element = undefined;
      become('silent');
    },
  };
}
