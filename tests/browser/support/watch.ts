// Injected into every page before its own scripts: remembers peer connections, so that a test can read
// what was really decoded. It changes nothing the page does, but where a limit is asked for.
import type { Locator, Page } from '@playwright/test';

/** How a browser says that there is no device for the page; or it asks its person, who does not answer. */
type Refusal = 'NotAllowedError' | 'NotFoundError' | 'NotReadableError' | 'unanswered';

/** What asking for a device answers, instead of the fake device. */
export type Refusals = { microphone?: Refusal; camera?: Refusal; screen?: Refusal };

export type Limits = Refusals & {
  /** Only this video codec is known to the page. */
  onlyCodec?: 'VP8' | 'H264';
  /** UDP candidates of the relay are hidden from the page: ICE-TCP is what is left. */
  tcpOnly?: boolean;
  /** The relay is reached through this port instead of its own, by UDP and TCP: a wire that can be cut. */
  throughPort?: number;
  /** The browser knows no calls, as some web views do. */
  noCall?: boolean;
  /** The browser gives a page that came without HTTPS neither devices nor clipboard. */
  withoutHttps?: boolean;
};

export async function watchMedia(page: Page, limits: Limits = {}): Promise<void> {
  await page.addInitScript((limits: Limits) => {
    const peers: RTCPeerConnection[] = [];
    Object.defineProperty(window, '__peers', { value: peers });
    const Native = window.RTCPeerConnection;
    class Watched extends Native {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        peers.push(this);
      }
      override setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
        const { tcpOnly, throughPort } = limits;
        if (!tcpOnly && !throughPort) return super.setRemoteDescription(description);
        const lines = (description.sdp ?? '').split('\r\n');
        const sdp = lines
          .filter((line) => !(tcpOnly && line.startsWith('a=candidate:') && / udp /i.test(line)))
          .map((line) => (throughPort ? line.replace(/^(a=candidate:(?:\S+ ){5})\d+/, `$1${throughPort}`) : line))
          .join('\r\n');
        return super.setRemoteDescription({ type: description.type, sdp });
      }
    }
    window.RTCPeerConnection = Watched as typeof RTCPeerConnection;
    // The voice is played by an element that stands in no page.
    const voices: HTMLMediaElement[] = [];
    Object.defineProperty(window, '__voices', { value: voices });
    const play = HTMLAudioElement.prototype.play;
    HTMLAudioElement.prototype.play = function () {
      if (!voices.includes(this)) voices.push(this);
      const started = play.call(this);
      started.catch((refusal: Error) => console.info(`voice: ${refusal.name}`));
      return started;
    };
    if (limits.onlyCodec) {
      const wanted = [`video/${limits.onlyCodec}`, 'video/rtx', 'video/red', 'video/ulpfec'].map((text) => text.toLowerCase());
      for (const side of [RTCRtpReceiver, RTCRtpSender]) {
        const all = side.getCapabilities.bind(side);
        side.getCapabilities = (kind: string) => {
          const found = all(kind);
          if (kind !== 'video' || !found) return found;
          return { ...found, codecs: found.codecs.filter((codec) => wanted.includes(codec.mimeType.toLowerCase())) };
        };
      }
      const add = Native.prototype.addTransceiver;
      Native.prototype.addTransceiver = function (track, init) {
        const transceiver = add.call(this, track, init);
        const kind = typeof track === 'string' ? track : track.kind;
        if (kind === 'video') transceiver.setCodecPreferences(RTCRtpReceiver.getCapabilities('video')?.codecs ?? []);
        return transceiver;
      };
    }
    const kept = limits.withoutHttps ? ['mediaDevices', 'clipboard'] : [];
    for (const name of kept) Object.defineProperty(navigator, name, { value: undefined });
    if (limits.noCall) Object.defineProperty(window, 'RTCPeerConnection', { value: undefined });
  }, limits);
  await answerForDevices(page, limits);
}

/** Answers in the place of the devices where a refusal is asked for. */
async function answerForDevices(page: Page, limits: Limits): Promise<void> {
  await page.addInitScript((limits: Refusals) => {
    const refusals: { now: Refusals } = { now: limits };
    Object.defineProperty(window, '__refusals', { value: refusals });
    const devices = navigator.mediaDevices;
    if (devices) {
      const [ask, show] = [devices.getUserMedia.bind(devices), devices.getDisplayMedia.bind(devices)];
      const answer = (refusal: Refusal | undefined, open: () => Promise<MediaStream>) => {
        if (refusal === 'unanswered') return new Promise<MediaStream>(() => undefined);
        return refusal ? Promise.reject(new DOMException('asked for by the test', refusal)) : open();
      };
      devices.getUserMedia = (wanted) => answer(refusals.now[wanted?.audio ? 'microphone' : 'camera'], () => ask(wanted));
      devices.getDisplayMedia = (wanted) => answer(refusals.now.screen, () => show(wanted));
    }
  }, limits);
}

/** From now on, and until the page is loaded again, asking for devices is answered so. */
export async function refuse(page: Page, refusals: Refusals): Promise<void> {
  await page.evaluate((now) => {
    (window as unknown as { __refusals: { now: Refusals } }).__refusals.now = now;
  }, refusals);
}

/** One picture that arrives: frames decoded so far, and its codec, `video/VP8`. */
export type Picture = { frames: number; codec: string };

export type Decoded = {
  /** Which of the page's peer connections this is, 1 for the first. */
  peer: number;
  /** Video frames decoded so far, all sections together. */
  frames: number;
  /** Energy of the sound received so far; grows only while something is heard. */
  audioEnergy: number;
  /** The pictures that arrive, by the section that carries them. */
  pictures: { camera?: Picture; share?: Picture };
  /** `udp` or `tcp`: how the selected pair reaches the relay. */
  way: string | null;
  /** RTP packets received so far. */
  packets: number;
};

/** Below this nobody hears anything: −46 dB of full scale. */
export const AUDIBLE = 0.005;

/** The loudest moment of the last 0.7 s of what the page plays, 0–1; 0 where every voice is paused, muted or turned down. */
export async function played(page: Page): Promise<number> {
  return page.evaluate(async () => {
    type Meter = { context: AudioContext; meters: Map<MediaStream, AnalyserNode> };
    const scope = window as unknown as { __voices: HTMLMediaElement[]; __meter?: Meter };
    const { context, meters } = (scope.__meter ??= { context: new AudioContext(), meters: new Map() });
    if (context.state !== 'running') await Promise.race([context.resume(), new Promise(requestAnimationFrame)]);
    let loudest = 0;
    for (const voice of scope.__voices) {
      const stream = voice.srcObject;
      if (!(stream instanceof MediaStream) || voice.paused || voice.muted || voice.volume === 0) continue;
      let meter = meters.get(stream);
      if (!meter) {
        meter = context.createAnalyser();
        meter.fftSize = 32_768;
        context.createMediaStreamSource(stream).connect(meter);
        meters.set(stream, meter);
      }
      const samples = new Float32Array(meter.fftSize);
      meter.getFloatTimeDomainData(samples);
      loudest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), loudest);
    }
    return loudest;
  });
}

/** The browser has held a voice of this page back. Told without looking into the page: a look counts as a tap of its person. */
export async function voiceHeldBack(page: Page): Promise<void> {
  await page.waitForEvent('console', (line) => line.text() === 'voice: NotAllowedError');
}

/** So often a page that waits for sound looks, and for so long. */
const LOOKS_EVERY_MS = 50;
const LOOKS_FOR_MS = 90_000;

/**
 * When the page decoded sound that can be heard over a connection newer than its nth. The page itself looks at its watch: a test that
 * waits for its turn on a busy machine would read its own delay.
 */
export async function soundAfter(page: Page, nth: number): Promise<number> {
  const wanted = { nth, audible: AUDIBLE, everyMs: LOOKS_EVERY_MS, forMs: LOOKS_FOR_MS };
  return page.evaluate(async ({ nth, audible, everyMs, forMs }) => {
    const peers = (window as unknown as { __peers: RTCPeerConnection[] }).__peers;
    const until = Date.now() + forMs;
    let last = { peer: 0, energy: 0, seconds: 0 };
    while (Date.now() < until) {
      const now = { peer: peers.length, energy: 0, seconds: 0 };
      const stats = now.peer > nth ? await peers[now.peer - 1]?.getStats() : undefined;
      stats?.forEach((stat: Record<string, unknown>) => {
        if (stat.type !== 'inbound-rtp' || stat.kind !== 'audio') return;
        now.energy += Number(stat.totalAudioEnergy ?? 0);
        now.seconds += Number(stat.totalSamplesDuration ?? 0);
      });
      // Energy is the square of the level, times its duration (W3C WebRTC Statistics, totalAudioEnergy).
      const level = Math.sqrt((now.energy - last.energy) / (now.seconds - last.seconds));
      if (now.peer === last.peer && now.seconds > last.seconds && level > audible) return Date.now();
      last = now;
      await new Promise((again) => setTimeout(again, everyMs));
    }
    throw new Error('no sound');
  }, wanted);
}

/** Frames that one picture on the page has shown so far; 0 while it has no size. */
export async function shown(picture: Locator): Promise<number> {
  return picture.evaluate((video: HTMLVideoElement) => (video.videoWidth > 0 ? video.getVideoPlaybackQuality().totalVideoFrames : 0));
}

/** The video codecs the newest peer connection of a page says it can, `H264`, each once, in its order. */
export async function offered(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const peers = (window as unknown as { __peers: RTCPeerConnection[] }).__peers;
    const lines = (peers[peers.length - 1]?.localDescription?.sdp ?? '').matchAll(/^a=rtpmap:\d+ (VP8|VP9|AV1|H264)\/90000/gm);
    return [...new Set([...lines].map((line) => line[1] ?? ''))];
  });
}

/** What the newest peer connection of a page has sent of its voice, when the relay last reported of it, and whether anything is sent now. */
export async function voiceSent(page: Page): Promise<{ packets: number; reportedAt: number; sends: boolean }> {
  return page.evaluate(async () => {
    const peers = (window as unknown as { __peers: RTCPeerConnection[] }).__peers;
    const peer = peers[peers.length - 1];
    const out = { packets: 0, reportedAt: 0, sends: peer?.getSenders().some((sender) => sender.track !== null) ?? false };
    (await peer?.getStats())?.forEach((stat: { type: string; kind?: string; packetsSent?: number; timestamp: number }) => {
      if (stat.kind !== 'audio') return;
      if (stat.type === 'outbound-rtp') out.packets += stat.packetsSent ?? 0;
      if (stat.type === 'remote-inbound-rtp') out.reportedAt = Math.max(out.reportedAt, stat.timestamp);
    });
    return out;
  });
}

/** What the newest peer connection of a page has decoded. */
export async function decoded(page: Page): Promise<Decoded> {
  return page.evaluate(async () => {
    const peers = (window as unknown as { __peers: RTCPeerConnection[] }).__peers;
    const out = { peer: peers.length, frames: 0, audioEnergy: 0, pictures: {} as Decoded['pictures'], way: null as string | null, packets: 0 };
    const peer = peers[peers.length - 1];
    if (!peer) return out;
    const stats = new Map<string, Record<string, unknown>>();
    (await peer.getStats()).forEach((value, id) => stats.set(id as string, value as Record<string, unknown>));
    for (const stat of stats.values()) {
      if (stat.type === 'inbound-rtp') {
        out.packets += Number(stat.packetsReceived ?? 0);
        if (stat.kind === 'video' && Number(stat.framesDecoded ?? 0) > 0) {
          const [frames, codec] = [Number(stat.framesDecoded), String(stats.get(String(stat.codecId))?.mimeType ?? '')];
          out.frames += frames;
          // The sections stand in the order of PROTOCOL.md, "Calls": sound, camera, share.
          const section = peer.getTransceivers().findIndex((one) => one.mid === stat.mid);
          if (section === 1) out.pictures.camera = { frames, codec };
          else if (section === 2) out.pictures.share = { frames, codec };
        }
        if (stat.kind === 'audio') out.audioEnergy += Number(stat.totalAudioEnergy ?? 0);
      }
      if (stat.type === 'transport' && stat.selectedCandidatePairId) {
        const pair = stats.get(String(stat.selectedCandidatePairId));
        const far = pair && stats.get(String(pair.remoteCandidateId));
        out.way = far ? String(far.protocol) : null;
      }
    }
    return out;
  });
}
