import { readonly, ref, shallowRef } from 'vue';
import {
  type DeviceAnswer,
  type DeviceDoors,
  type DeviceTrouble,
  endTrack,
  type Facing,
  giveBack,
  openCamera,
  openScreen,
} from './devices';

/** How a picture of this seat stands. `cut`: nobody turned it off, but for so long no connection came about. */
export type PictureState = { is: 'off' } | { is: 'asking' } | { is: 'on' } | { is: 'cut' } | { is: DeviceTrouble };

/** What asking for a picture brought; `off`: the person thought better of it. */
type PictureAnswer = DeviceAnswer | { is: 'off' };

export type OwnPictureOptions = {
  environment: DeviceDoors;
  /** What is to be sent from now on. */
  put: (track: MediaStreamTrack | null) => Promise<void>;
};

/** The camera of this seat. */
export function createCamera({ environment, put }: OwnPictureOptions) {
  const facing = ref<Facing>('environment');
  const picture = createOwnPicture(put);

  async function start(wanted: Facing = facing.value): Promise<void> {
    facing.value = wanted;
    await picture.start(() => openCamera(environment, wanted));
  }

  return {
    forPage: {
      camera: picture.state,
      facing: readonly(facing),
      /** The own camera, to be shown small. */
      ownCamera: picture.own,
      startCamera: start,
      stopCamera: picture.stop,
      switchCamera: () => start(facing.value === 'user' ? 'environment' : 'user'),
    },
    track: picture.track,
    cut: picture.cut,
    close: picture.close,
  };
}

/** The window, tab or screen this seat shows. */
export function createShare({ environment, put }: OwnPictureOptions) {
  const picture = createOwnPicture(put);

  async function choose(): Promise<PictureAnswer> {
    const answer = await openScreen(environment);
    // Closing the browser's chooser is a change of mind, not a trouble.
    if (answer.is === 'refused') return { is: 'off' };
    // Text must stay readable when the link is weak.
    if (answer.is === 'open' && 'contentHint' in answer.track) answer.track.contentHint = 'detail';
    return answer;
  }

  return {
    forPage: {
      share: picture.state,
      /** What this seat shows, to be seen small. */
      ownShare: picture.own,
      /** True once something is shown. */
      startShare: () => picture.start(choose),
      stopShare: picture.stop,
    },
    track: picture.track,
    cut: picture.cut,
    close: picture.close,
  };
}

/** Every outcome of the device is a state. */
function createOwnPicture(put: OwnPictureOptions['put']) {
  const state = shallowRef<PictureState>({ is: 'off' });
  /** The same picture for the own eyes. */
  const own = shallowRef<MediaStream | null>(null);
  let track: MediaStreamTrack | undefined;
  /** Grows with every `close` and every new wish, so that a late answer of a device finds nobody. */
  let wish = 0;

  function show(next: MediaStreamTrack | null): Promise<void> {
    own.value = next && new MediaStream([next]);
    return put(next);
  }

  async function start(open: () => Promise<PictureAnswer>): Promise<boolean> {
    const mine = ++wish;
    // The old one first: Android lends one camera at a time.
    track?.stop();
    track = undefined;
    state.value = { is: 'asking' };
    const answer = await open();
    if (mine !== wish) {
      giveBack(answer);
      return false;
    }
    if (answer.is !== 'open') {
      state.value = { is: answer.is };
      await show(null);
      return false;
    }
    track = answer.track;
    track.onended = () => void stop();
    state.value = { is: 'on' };
    await show(track);
    return true;
  }

  async function stop(): Promise<void> {
    close();
    await put(null);
  }

  /** As `stop`, if it is on, when it gives way to the voice: until it is asked for again it is known why. */
  async function cut(): Promise<void> {
    if (!track) return;
    close();
    state.value = { is: 'cut' };
    await put(null);
  }

  /** As `stop`, for a connection that is gone as well. */
  function close(): void {
    wish += 1;
    endTrack(track);
    track = undefined;
    own.value = null;
    state.value = { is: 'off' };
  }

  return { state: readonly(state), own: own as Readonly<typeof own>, track: () => track, start, stop, cut, close };
}
