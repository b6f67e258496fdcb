import type { CallNotice, CallRemark, MediaSection, Microphone, SeatMedia } from '@protocol';
import { computed, getCurrentScope, onScopeDispose, readonly, ref, shallowRef, watch } from 'vue';
import { assertNever } from '../assertNever';
import { type DeviceAnswer, type DeviceTrouble, type Facing, openCamera, openMicrophone, openScreen } from './devices';
import { browserEnvironment, type CallEnvironment, callSupport } from './environment';
import { createFlowWatch } from './flow';
import { createLevels } from './level';
import { cold, type LinkState } from './link';
import { createPeer } from './peer';
import { createPictures } from './pictures';
import { createSound, type SoundState } from './sound';
import { createWakeLock } from './wakeLock';

export type PictureState = { is: 'off' } | { is: 'asking' } | { is: 'on' } | { is: DeviceTrouble };

export type CallOptions = {
  /** Sends over the page's socket; false when there is none now. */
  send: (message: CallRemark & { topic: 'call' }) => boolean;
  iceServers?: RTCIceServer[];
  environment?: CallEnvironment;
};

/**
 * The call of a page. `warm` builds the connection while waiting; nothing is sent until `open`, which only puts the
 * tracks in. Every outcome of every device is a state, never an exception.
 */
export function useCall(options: CallOptions) {
  const environment = options.environment ?? browserEnvironment();
  const { page } = environment;

  const link = shallowRef<LinkState>(cold);
  const microphone = ref<Microphone>('unasked');
  const askingMicrophone = ref(false);
  const camera = shallowRef<PictureState>({ is: 'off' });
  const facing = ref<Facing>('environment');
  const share = shallowRef<PictureState>({ is: 'off' });
  const sound = ref<SoundState>('silent');
  const levels = shallowRef({ mine: 0, theirs: 0 });
  /** The voice of the other side has arrived at least once. */
  const heard = ref(false);
  /** The own camera, to be shown small. */
  const ownCamera = shallowRef<MediaStream | null>(null);
  /** Both have accepted: tracks may go out. */
  const opened = ref(false);
  /** The voice of the other side, once heard, still arrives. */
  const flowing = ref(true);
  /** The media of the other seat, as it was last told. */
  const other = shallowRef<SeatMedia | null>(null);
  const pictures = createPictures(other);

  let voice: MediaStreamTrack | undefined;
  let picture: MediaStreamTrack | undefined;
  let screen: MediaStreamTrack | undefined;
  /** Grows with every `close` and every new wish, so that a late answer of a device finds nobody. */
  let cameraWish = 0;
  let screenWish = 0;
  let life = 0;

  const send = (message: CallRemark) => options.send({ topic: 'call', ...message });
  const levelMeters = createLevels({ environment, onLevels: (read) => (levels.value = read) });
  const speaker = createSound({ environment, onState: (state) => (sound.value = state) });
  const wakeLock = createWakeLock({ environment });
  const peer = createPeer({
    environment,
    iceServers: options.iceServers ?? [],
    send,
    onLink: (state) => (link.value = state),
    onTrack: takeTrack,
  });

  const flow = createFlowWatch({ stats: () => peer.stats(), onFlowing: (now) => (flowing.value = now) });

  function takeTrack(section: MediaSection | undefined, track: MediaStreamTrack): void {
    if (!section) return;
    const stream = new MediaStream([track]);
    const show = () => {
      if (section !== 'audio') return pictures.show(section, stream);
      heard.value = true;
      speaker.set(stream);
      levelMeters.attach('theirs', stream);
    };
    // A negotiated section without media is muted: it is shown when something flows.
    const hide = () => {
      if (section !== 'audio') pictures.hide(section, stream);
    };
    track.onunmute = show;
    track.onmute = hide;
    track.onended = hide;
    if (!track.muted) show();
  }

  async function askMicrophone(): Promise<Microphone> {
    if (voice?.readyState === 'live' && !voice.muted) return microphone.value;
    const mine = life;
    askingMicrophone.value = true;
    const answer = await openMicrophone(environment);
    if (mine !== life) {
      stop(answer);
      return microphone.value;
    }
    askingMicrophone.value = false;
    if (answer.is !== 'open') {
      microphone.value = answer.is;
      return answer.is;
    }
    voice?.stop();
    voice = answer.track;
    watchVoice(voice);
    microphone.value = 'live';
    levelMeters.attach('mine', new MediaStream([voice]));
    if (opened.value) await peer.put('audio', voice);
    return microphone.value;
  }

  /** A telephone call on an iPhone ends or silences the track, and only a new one helps (twilio-video.js#1206). */
  function watchVoice(track: MediaStreamTrack): void {
    const taken = () => {
      if (track === voice) microphone.value = 'busy';
    };
    track.onended = taken;
    track.onmute = taken;
    track.onunmute = () => {
      if (track === voice && microphone.value === 'busy') microphone.value = track.enabled ? 'live' : 'muted';
    };
  }

  function setMuted(muted: boolean): void {
    if (!voice || (microphone.value !== 'live' && microphone.value !== 'muted')) return;
    voice.enabled = !muted;
    microphone.value = muted ? 'muted' : 'live';
  }

  async function startCamera(wanted: Facing = facing.value): Promise<void> {
    const wish = ++cameraWish;
    facing.value = wanted;
    // The old one first: Android lends one camera at a time.
    picture?.stop();
    picture = undefined;
    camera.value = { is: 'asking' };
    const answer = await openCamera(environment, wanted);
    if (wish !== cameraWish) return stop(answer);
    if (answer.is !== 'open') {
      ownCamera.value = null;
      camera.value = { is: answer.is };
      return peer.put('camera', null);
    }
    picture = answer.track;
    picture.onended = () => void stopCamera();
    ownCamera.value = new MediaStream([picture]);
    camera.value = { is: 'on' };
    // Before both have accepted it is only seen by its owner.
    if (opened.value) await peer.put('camera', picture);
  }

  async function stopCamera(): Promise<void> {
    cameraWish += 1;
    picture?.stop();
    picture = undefined;
    ownCamera.value = null;
    camera.value = { is: 'off' };
    await peer.put('camera', null);
  }

  async function startShare(): Promise<boolean> {
    const wish = ++screenWish;
    share.value = { is: 'asking' };
    const answer = await openScreen(environment);
    if (wish !== screenWish) {
      stop(answer);
      return false;
    }
    if (answer.is !== 'open') {
      // Closing the browser's chooser is a change of mind, not a trouble.
      share.value = answer.is === 'refused' ? { is: 'off' } : { is: answer.is };
      return false;
    }
    screen = answer.track;
    // Text must stay readable when the link is weak.
    if ('contentHint' in screen) screen.contentHint = 'detail';
    screen.onended = () => void stopShare();
    share.value = { is: 'on' };
    if (opened.value) await peer.put('share', screen);
    return true;
  }

  async function stopShare(): Promise<void> {
    screenWish += 1;
    screen?.stop();
    screen = undefined;
    share.value = { is: 'off' };
    await peer.put('share', null);
  }

  /** What this seat tells the others. */
  const media = computed<SeatMedia>(() => ({
    microphone: microphone.value,
    camera: camera.value.is === 'on',
    share: share.value.is === 'on',
    receiving: link.value.is === 'up' && heard.value && flowing.value,
  }));
  const tellMedia = () => {
    if (opened.value) send({ type: 'media', media: media.value });
  };
  watch([media, opened], ([now, open], [before, wasOpen]) => {
    if (open && (!wasOpen || JSON.stringify(now) !== JSON.stringify(before))) tellMedia();
  });

  const networkChanged = () => peer.networkChanged();
  page.addEventListener('online', networkChanged);
  // Android tells a change from Wi-Fi to the mobile network here, and only here.
  const connection = (page.navigator as Navigator & { connection?: EventTarget & { type?: string } }).connection;
  let networkType = connection?.type;
  /** The same event also tells every new guess of the speed: only another kind of network counts. */
  const kindChanged = () => {
    if (connection?.type === networkType) return;
    networkType = connection?.type;
    if (networkType !== 'none') networkChanged();
  };
  connection?.addEventListener?.('change', kindChanged);

  function close(): void {
    life += 1;
    cameraWish += 1;
    screenWish += 1;
    opened.value = false;
    for (const track of [voice, picture, screen]) {
      if (!track) continue;
      track.onended = track.onmute = track.onunmute = null;
      track.stop();
    }
    voice = picture = screen = undefined;
    peer.close();
    speaker.close();
    levelMeters.close();
    wakeLock.release();
    flow.stop();
    flowing.value = true;
    heard.value = false;
    pictures.close();
    ownCamera.value = null;
    other.value = null;
    camera.value = { is: 'off' };
    share.value = { is: 'off' };
    levels.value = { mine: 0, theirs: 0 };
    askingMicrophone.value = false;
    if (microphone.value === 'live' || microphone.value === 'muted') microphone.value = 'unasked';
  }

  if (getCurrentScope()) {
    onScopeDispose(() => {
      page.removeEventListener('online', networkChanged);
      connection?.removeEventListener?.('change', kindChanged);
      close();
    });
  }

  return {
    support: callSupport(environment),
    link: readonly(link),
    microphone: readonly(microphone),
    askingMicrophone: readonly(askingMicrophone),
    camera: readonly(camera),
    facing: readonly(facing),
    share: readonly(share),
    sound: readonly(sound),
    levels: readonly(levels),
    opened: readonly(opened),
    flowing: readonly(flowing),
    other: readonly(other),
    /** The pictures the other side shows now. */
    pictures: pictures.shown,
    ownCamera: ownCamera as Readonly<typeof ownCamera>,

    /** Builds the connection ahead of time. */
    warm: () => peer.warm(),
    /** Both accepted: the voice goes out. Does nothing when open. */
    async open(): Promise<void> {
      if (opened.value) return;
      opened.value = true;
      peer.warm();
      wakeLock.hold();
      flow.start();
      await Promise.all([
        voice && peer.put('audio', voice),
        picture && peer.put('camera', picture),
        screen && peer.put('share', screen),
      ]);
    },
    /** The talk is over and another will come: nothing is sent any more, connection and microphone stay warm. */
    async rest(): Promise<void> {
      if (!opened.value && !picture && !screen) return;
      opened.value = false;
      wakeLock.release();
      other.value = null;
      pictures.rest();
      await Promise.all([peer.put('audio', null), stopCamera(), stopShare()]);
    },
    /** From a tap: asks for the microphone, or for a new one after it was taken away. */
    askMicrophone,
    mute: () => setMuted(true),
    unmute: () => setMuted(false),
    startCamera,
    stopCamera,
    switchCamera: () => startCamera(facing.value === 'user' ? 'environment' : 'user'),
    startShare,
    stopShare,
    /** From a click: opens the sound the browser held back. */
    async openSound(): Promise<void> {
      levelMeters.open();
      await speaker.open();
    },
    /** A message of the topic `call`. */
    hear(notice: CallNotice): void {
      switch (notice.type) {
        case 'answer':
          return peer.answer(notice.sdp);
        case 'offer':
          return peer.offer(notice.sdp);
        case 'lost':
          return peer.lost();
        case 'media':
          other.value = notice.media;
          return;
        default:
          assertNever(notice);
      }
    },
    /** A reply without a key says that something of this call was not carried out. */
    failed: () => peer.failed(),
    /** The server takes no connection of this page now (`not_now`): stands by until `warm` or `open`. */
    refused: () => peer.refused(),
    /** The socket is back. */
    reconnected(): void {
      peer.reconnected();
      tellMedia();
    },
    stats: () => peer.stats(),
    /** Ends everything and gives every device back. */
    close,
  };
}

export type Call = ReturnType<typeof useCall>;

/** A device that answered after nobody wanted it any more. */
function stop(answer: DeviceAnswer): void {
  if (answer.is === 'open') answer.track.stop();
}
