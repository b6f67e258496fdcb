import { vi } from 'vitest';
import type { CallEnvironment } from './environment';

export class FakeTrack extends EventTarget {
  enabled = true;
  muted = false;
  readyState: 'live' | 'ended' = 'live';
  onended: (() => void) | null = null;
  onmute: (() => void) | null = null;
  onunmute: (() => void) | null = null;
  constructor(public readonly kind: 'audio' | 'video') {
    super();
  }
  stop(): void {
    this.readyState = 'ended';
  }
  clone(): FakeTrack {
    return new FakeTrack(this.kind);
  }
}

class FakeTransceiver {
  preferred: RTCRtpCodec[] = [];
  sending: unknown = null;
  sender = {
    replaceTrack: (track: unknown) => {
      this.sending = track;
      return Promise.resolve();
    },
    getParameters: () => ({ encodings: [{}] }),
    setParameters: () => Promise.resolve(),
  };
  constructor(
    public readonly kind: string,
    public readonly direction: string | undefined,
  ) {}
  setCodecPreferences(codecs: RTCRtpCodec[]): void {
    this.preferred = codecs;
  }
}

/** A peer connection that a test drives by hand. */
export class FakePeer {
  static made: FakePeer[] = [];
  /** Offers are asked for and never come, as when the connection is closed meanwhile. */
  static hanging = false;
  static get last(): FakePeer {
    const peer = FakePeer.made[FakePeer.made.length - 1];
    if (!peer) throw new Error('no peer connection was made');
    return peer;
  }
  number = FakePeer.made.push(this);
  transceivers: FakeTransceiver[] = [];
  localDescription: { type: string; sdp: string } | null = null;
  remote: { type: string; sdp: string } | null = null;
  signalingState = 'stable';
  iceConnectionState = 'new';
  connectionState = 'new';
  closed = false;
  /** Packets of voice that arrived on this connection. */
  voicePackets = 0;
  ontrack: ((event: unknown) => void) | null = null;
  oniceconnectionstatechange: (() => void) | null = null;
  onconnectionstatechange: (() => void) | null = null;

  addTransceiver(kind: string, init?: { direction?: string }): FakeTransceiver {
    const transceiver = new FakeTransceiver(kind, init?.direction);
    this.transceivers.push(transceiver);
    return transceiver;
  }
  createOffer(): Promise<{ type: string; sdp: string }> {
    if (FakePeer.hanging) return new Promise(() => undefined);
    return Promise.resolve({ type: 'offer', sdp: `offer ${this.number}` });
  }
  createAnswer() {
    return Promise.resolve({ type: 'answer', sdp: `answer of ${this.number} to ${this.remote?.sdp}` });
  }
  setLocalDescription(description: { type: string; sdp: string }) {
    this.localDescription = description;
    this.signalingState = description.type === 'offer' ? 'have-local-offer' : 'stable';
    return Promise.resolve();
  }
  setRemoteDescription(description: { type: string; sdp: string }) {
    this.remote = description;
    this.signalingState = description.type === 'offer' ? 'have-remote-offer' : 'stable';
    return Promise.resolve();
  }
  getStats() {
    return Promise.resolve(
      new Map([['a', { type: 'inbound-rtp', kind: 'audio', packetsReceived: this.voicePackets }]]),
    );
  }
  close(): void {
    this.closed = true;
  }
  ice(state: string): void {
    this.iceConnectionState = state;
    if (state === 'connected') this.connectionState = 'connected';
    this.oniceconnectionstatechange?.();
  }
  arrive(section: number, track: FakeTrack): void {
    this.ontrack?.({ track, transceiver: this.transceivers[section] });
  }
}

const codec = (mimeType: string): RTCRtpCodec => ({ mimeType, clockRate: 90_000 });

export function fakeEnvironment() {
  FakePeer.made = [];
  FakePeer.hanging = false;
  const audio = {
    srcObject: null as unknown,
    autoplay: false,
    setAttribute: vi.fn(),
    pause: vi.fn(),
    play: vi.fn(() => Promise.resolve()),
    onloadedmetadata: null as (() => void) | null,
  };
  const getUserMedia = vi.fn((wanted: MediaStreamConstraints) =>
    Promise.resolve({ getTracks: () => [new FakeTrack(wanted.audio ? 'audio' : 'video')] } as unknown as MediaStream),
  );
  const getDisplayMedia = vi.fn(() =>
    Promise.resolve({ getTracks: () => [new FakeTrack('video')] } as unknown as MediaStream),
  );
  const environment: CallEnvironment = {
    makePeer: () => new FakePeer() as unknown as RTCPeerConnection,
    videoCodecs: () => ['video/AV1', 'video/H264', 'video/rtx', 'video/VP9', 'video/VP8', 'video/red'].map(codec),
    devices: { getUserMedia, getDisplayMedia } as unknown as MediaDevices,
    mayAsk: () => true,
    makeAudio: () => audio as unknown as HTMLAudioElement,
    makeAudioContext: undefined,
    wakeLock: undefined,
    page: window,
  };
  return { environment, audio, getUserMedia, getDisplayMedia };
}

/** An error as a browser throws it. */
export const deviceError = (name: string): DOMException => new DOMException('', name);
