/** The parts of a browser a call uses, so that tests and odd web views can put others in their place. */
export type CallEnvironment = {
  makePeer: ((configuration: RTCConfiguration) => RTCPeerConnection) | undefined;
  /** Codecs this browser can read; `undefined` where it will not say. */
  videoCodecs: () => RTCRtpCodec[] | undefined;
  devices: MediaDevices | undefined;
  /** The page may ask for devices at all: HTTPS, and no header of ours forbids it. */
  mayAsk: (feature: 'microphone' | 'camera') => boolean;
  makeAudio: () => HTMLAudioElement;
  makeAudioContext: (() => AudioContext) | undefined;
  wakeLock: WakeLock | undefined;
  page: Window;
};

export function browserEnvironment(): CallEnvironment {
  const webkit = window as Window & { webkitAudioContext?: typeof AudioContext };
  const Audio = typeof AudioContext === 'undefined' ? webkit.webkitAudioContext : AudioContext;
  return {
    makePeer:
      typeof RTCPeerConnection === 'undefined' ? undefined : (configuration) => new RTCPeerConnection(configuration),
    videoCodecs: () =>
      typeof RTCRtpReceiver === 'undefined' ? undefined : RTCRtpReceiver.getCapabilities?.('video')?.codecs,
    // Old and insecure pages have no mediaDevices, whatever the types promise.
    devices: navigator.mediaDevices as MediaDevices | undefined,
    mayAsk: (feature) => window.isSecureContext && policyAllows(feature),
    makeAudio: () => document.createElement('audio'),
    makeAudioContext: Audio ? () => new Audio() : undefined,
    wakeLock: navigator.wakeLock as WakeLock | undefined,
    page: window,
  };
}

/** What a page can do before anything is asked: decides between the call and the text way. */
export function callSupport(environment: Pick<CallEnvironment, 'makePeer' | 'devices' | 'mayAsk'>): {
  call: boolean;
  microphone: boolean;
  screen: boolean;
} {
  const { makePeer, devices, mayAsk } = environment;
  return {
    call: makePeer !== undefined,
    microphone: mayAsk('microphone') && typeof devices?.getUserMedia === 'function',
    // Phones of Chrome 72–88 have the function and always refuse: a phone is told by its touch and its words.
    screen:
      typeof devices?.getDisplayMedia === 'function' &&
      !/Android|iPhone|iPad|Mobile|HarmonyOS/.test(navigator.userAgent),
  };
}

type PolicyDocument = Document & { featurePolicy?: { allowsFeature: (name: string) => boolean } };

function policyAllows(feature: string): boolean {
  return (document as PolicyDocument).featurePolicy?.allowsFeature(feature) ?? true;
}
