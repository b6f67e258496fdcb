import { type CallRemark, MEDIA_SECTIONS, type MediaSection } from '@protocol';
import { orderedVideoCodecs, withVoiceRepair } from './codecs';
import type { CallEnvironment } from './environment';

/**
 * How this page stands with the relay.
 *
 * ```text
 * cold ─build─▶ building ─connected─▶ up ─disturbed─▶ shaky ─connected─▶ up
 *                 ▲  │ 15 s                             │ 10 s
 *                 └──┴──────── rebuild ◀────────────────┘
 * ```
 */
export type LinkState =
  | { is: 'cold' }
  /** `failures` attempts in a row came to nothing: after two, a page offers text and telephone. */
  | { is: 'building'; failures: number }
  | { is: 'up' }
  /** Was up; a restart has been asked for. */
  | { is: 'shaky' };

export type PeerOptions = {
  environment: Pick<CallEnvironment, 'makePeer' | 'videoCodecs'>;
  iceServers: RTCIceServer[];
  /** Sends over the socket; false when there is none now: then `reconnected` says it again. */
  send: (message: CallRemark) => boolean;
  onLink: (state: LinkState) => void;
  /** A section's track arrived. Tracks of further seats come with `section` undefined. */
  onTrack: (section: MediaSection | undefined, track: MediaStreamTrack) => void;
};

/** DOMAIN 3.6, media set-up. */
const BUILD_MS = 15_000;
/** A disturbance shorter than this repairs itself. */
const PATIENCE_MS = 2_000;
const RESTART_MS = 10_000;
const MAX_BITRATE: Record<Exclude<MediaSection, 'audio'>, number> = { camera: 700_000, share: 1_500_000 };

/** One peer connection after another under one call: built, offered, restarted, rebuilt. Holds the tracks to send. */
export function createPeer(options: PeerOptions) {
  const sent: Record<MediaSection, MediaStreamTrack | null> = { audio: null, camera: null, share: null };
  let link: LinkState = { is: 'cold' };
  let pc: RTCPeerConnection | undefined;
  let sections: RTCRtpTransceiver[] = [];
  /**
   * Offers sent and not answered: an answer belongs to the last one only when it is the last outstanding. Rather too few
   * than too many: a wrong answer costs one rebuild, an answer waited for in vain costs every call on this socket.
   */
  let unanswered = 0;
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** Descriptions are applied one after another, as they came. */
  let queue: Promise<void> = Promise.resolve();

  function become(next: LinkState): void {
    link = next;
    options.onLink(next);
  }

  function letGo(): void {
    clearTimeout(timer);
    if (!pc) return;
    pc.ontrack = pc.oniceconnectionstatechange = pc.onconnectionstatechange = null;
    pc.close();
    pc = undefined;
    sections = [];
    // What a closed connection was asked never settles (WebRTC 1.0, 4.4.1): nobody may stand in line behind it.
    queue = Promise.resolve();
  }

  function build(): void {
    letGo();
    const { makePeer } = options.environment;
    if (!makePeer) return;
    const own = makePeer({ iceServers: options.iceServers, bundlePolicy: 'max-bundle' });
    pc = own;
    own.ontrack = ({ track, transceiver }) => options.onTrack(MEDIA_SECTIONS[sections.indexOf(transceiver)], track);
    own.oniceconnectionstatechange = own.onconnectionstatechange = () => watch(own);
    sections = MEDIA_SECTIONS.map((section) => {
      const transceiver = own.addTransceiver(section === 'audio' ? 'audio' : 'video', { direction: 'sendrecv' });
      if (section !== 'audio') preferCodecs(transceiver);
      return transceiver;
    });
    for (const section of MEDIA_SECTIONS) if (sent[section]) void place(section);
    become({ is: 'building', failures });
    timer = setTimeout(rebuild, BUILD_MS);
    inTurn(own, async () => {
      await describe(own, await own.createOffer());
      sayOffer(own);
    });
  }

  function rebuild(): void {
    failures += 1;
    build();
  }

  function preferCodecs(transceiver: RTCRtpTransceiver): void {
    const codecs = orderedVideoCodecs(options.environment.videoCodecs() ?? []);
    try {
      if (codecs.length > 0) transceiver.setCodecPreferences(codecs);
    } catch {
      // The browser's own order is a fair second.
    }
  }

  /** Runs descriptions in turn; what belongs to a connection already let go is not run. */
  function inTurn(own: RTCPeerConnection, work: () => Promise<void>): void {
    queue = queue.then(async () => {
      if (own !== pc) return;
      try {
        await work();
      } catch {
        // A description this browser does not take: the build timer makes a new connection.
        if (own === pc && link.is !== 'building') rebuild();
      }
    });
  }

  function sayOffer(own: RTCPeerConnection): void {
    const sdp = own.localDescription?.sdp;
    if (own === pc && sdp && options.send({ type: 'offer', sdp })) unanswered += 1;
  }

  function countDown(): void {
    unanswered = Math.max(0, unanswered - 1);
  }

  function watch(own: RTCPeerConnection): void {
    if (own !== pc) return;
    if (own.connectionState === 'failed' && isWhole(own)) return rebuild();
    switch (own.iceConnectionState) {
      case 'connected':
      case 'completed':
        // The keys may still be under way.
        if (own.connectionState !== 'connected' || link.is === 'up') return;
        clearTimeout(timer);
        failures = 0;
        return become({ is: 'up' });
      case 'disconnected':
        if (link.is === 'up') {
          clearTimeout(timer);
          timer = setTimeout(() => {
            if (!isWhole(own)) restart();
          }, PATIENCE_MS);
        }
        return;
      case 'failed':
        return link.is === 'up' ? restart() : undefined;
      case 'new':
      case 'checking':
      case 'closed':
        return;
    }
  }

  /** Asks the server for an offer with fresh credentials; a new connection if that does not help. */
  function restart(): void {
    if (!pc || (link.is !== 'up' && link.is !== 'shaky')) return;
    const own = pc;
    clearTimeout(timer);
    // Asked ahead of any trouble, nobody needs to be alarmed.
    if (link.is === 'up' && !isWhole(own)) become({ is: 'shaky' });
    options.send({ type: 'restart' });
    timer = setTimeout(() => {
      if (!isWhole(own)) rebuild();
      else if (link.is !== 'up') become({ is: 'up' });
    }, RESTART_MS);
  }

  async function place(section: MediaSection): Promise<void> {
    const sender = sections[MEDIA_SECTIONS.indexOf(section)]?.sender;
    if (!sender) return;
    try {
      await sender.replaceTrack(sent[section]);
      if (section !== 'audio' && sent[section]) await limit(sender, MAX_BITRATE[section]);
    } catch {
      // The connection was closed meanwhile: the next one gets the track.
    }
  }

  return {
    /** Builds the connection; does nothing when there is one. */
    warm(): void {
      if (!pc) build();
    },
    /** The relay lost this connection: a new one, but never one after another without a pause. */
    lost(): void {
      if (!pc) return;
      if (link.is !== 'building') return build();
      clearTimeout(timer);
      timer = setTimeout(rebuild, PATIENCE_MS);
    },
    /** Something said about this call was not carried out: should it have been an offer, its answer does not come. */
    failed: countDown,
    /** The server takes no connection of this page now: stand by until `warm` is called again. */
    refused(): void {
      countDown();
      if (link.is !== 'building') return;
      letGo();
      become({ is: 'cold' });
    },
    /** The page changed its network: ask at once instead of waiting for silence. */
    networkChanged(): void {
      if (pc && link.is === 'up') restart();
    },
    /** The socket is back: say what it did not carry. */
    reconnected(): void {
      unanswered = 0;
      if (!pc) return;
      if (link.is === 'building') build();
      // A server that began anew has forgotten this connection, and says so seconds before its silence would show.
      else restart();
    },
    answer(sdp: string): void {
      const own = pc;
      countDown();
      if (!own || unanswered > 0) return;
      inTurn(own, async () => {
        if (own.signalingState === 'have-local-offer') await own.setRemoteDescription({ type: 'answer', sdp });
      });
    },
    offer(sdp: string): void {
      const own = pc;
      if (!own) return;
      inTurn(own, async () => {
        // Offers never cross: one that meets our own unanswered offer speaks of an older connection.
        if (own.signalingState !== 'stable') return;
        await own.setRemoteDescription({ type: 'offer', sdp });
        await own.setLocalDescription(await own.createAnswer());
        const answer = own.localDescription?.sdp;
        if (own === pc && answer) options.send({ type: 'answer', sdp: answer });
      });
    },
    /** What a section sends from now on; kept over rebuilds. */
    put(section: MediaSection, track: MediaStreamTrack | null): Promise<void> {
      sent[section] = track;
      return place(section);
    },
    stats: (): Promise<RTCStatsReport | undefined> => pc?.getStats() ?? Promise.resolve(undefined),
    close(): void {
      letGo();
      sent.audio = sent.camera = sent.share = null;
      failures = 0;
      unanswered = 0;
      become({ is: 'cold' });
    },
  };
}

export type Peer = ReturnType<typeof createPeer>;

function isWhole(pc: RTCPeerConnection): boolean {
  return pc.iceConnectionState === 'connected' || pc.iceConnectionState === 'completed';
}

/** Lost voice is asked for again where the browser takes that; else it is as it would be without. */
async function describe(pc: RTCPeerConnection, offer: RTCSessionDescriptionInit): Promise<void> {
  try {
    await pc.setLocalDescription({ type: 'offer', sdp: withVoiceRepair(offer.sdp ?? '') });
  } catch {
    await pc.setLocalDescription(offer);
  }
}

async function limit(sender: RTCRtpSender, maxBitrate: number): Promise<void> {
  const parameters = sender.getParameters();
  const encoding = parameters.encodings?.[0];
  if (!encoding) return;
  encoding.maxBitrate = maxBitrate;
  await sender.setParameters(parameters);
}
