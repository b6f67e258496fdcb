import type { CallRemark, MediaSection, MediaSetup } from '@protocol';
import type { CallEnvironment } from './environment';
import { type LinkState, USUAL_SETUP } from './link';
import { createLink } from './liveLink';
import type { OwnDescription } from './negotiation';
import { openPeerConnection, type PeerConnection, type PeerConnectionOptions, type Sent } from './peerConnection';

export type PeerOptions = Pick<PeerConnectionOptions, 'onTrack'> & {
  environment: Pick<CallEnvironment, 'makePeer' | 'videoCodecs'>;
  /** Sends over the socket; false when there is none now: then `reconnected` says it again. */
  send: (message: CallRemark) => boolean;
  /** How long to try, by the rules of the hall as last told; nothing before it has told any. */
  setup: () => MediaSetup | undefined;
  onLink: (state: LinkState) => void;
  /** An attempt came to nothing: the next is about to be made, and what is more than the voice is in its way. */
  onVoiceAlone: () => void;
};

/** One peer connection after another under one call: built, offered, restarted, rebuilt. Holds the tracks to send. */
export function createPeer({ environment, send, setup, onLink, onVoiceAlone, onTrack }: PeerOptions) {
  const { makePeer } = environment;
  const sent: Sent = { audio: null, camera: null, share: null };
  let own: PeerConnection | undefined;
  /**
   * Offers sent and not answered: an answer belongs to the last one only when it is the last outstanding. Rather too few
   * than too many: a wrong answer costs one rebuild, an answer waited for in vain costs every call on this socket.
   */
  let unanswered = 0;
  const link = createLink({
    facts: () => ({ path: own?.path() ?? 'broken', setup: setup() ?? USUAL_SETUP, nowMs: performance.now() }),
    act: { build, voice_alone: onVoiceAlone, let_go: letGo, restart: () => send({ type: 'restart' }) },
    onLink,
  });

  function build(): void {
    letGo();
    if (!makePeer) return;
    const pc = makePeer({ bundlePolicy: 'max-bundle' });
    own = openPeerConnection(pc, { videoCodecs: environment.videoCodecs(), sent, onEvent: link.step, onTrack, say });
  }

  function say(description: OwnDescription): void {
    if (send(description) && description.type === 'offer') unanswered += 1;
  }

  function countDown(): void {
    unanswered = Math.max(0, unanswered - 1);
  }

  function letGo(): void {
    own?.close();
    own = undefined;
  }

  return {
    /** Builds the connection; does nothing when there is one. */
    warm(): void {
      if (makePeer) link.step('wanted');
    },
    /** The relay lost this connection: a new one, but never one after another without a pause. */
    lost: () => link.step('lost'),
    /** Something said about this call was not carried out: should it have been an offer, its answer does not come. */
    failed: countDown,
    /** The server takes no connection of this page now: stand by until `warm` is called again. */
    refused(): void {
      countDown();
      link.step('refused');
    },
    /** The page changed its network: ask at once instead of waiting for silence. */
    networkChanged: () => link.step('network_changed'),
    /** The socket is back: say what it did not carry. */
    reconnected(): void {
      unanswered = 0;
      link.step('reconnected');
    },
    answer(sdp: string): void {
      countDown();
      if (unanswered === 0) own?.negotiation.takeAnswer(sdp);
    },
    offer: (sdp: string) => own?.negotiation.takeOffer(sdp),
    /** What a section sends from now on; kept over rebuilds. */
    async put(section: MediaSection, track: MediaStreamTrack | null): Promise<void> {
      sent[section] = track;
      await own?.put(section, track);
    },
    stats: (): Promise<RTCStatsReport | undefined> => own?.stats() ?? Promise.resolve(undefined),
    close(): void {
      letGo();
      sent.audio = sent.camera = sent.share = null;
      unanswered = 0;
      link.reset();
    },
  };
}

export type Peer = ReturnType<typeof createPeer>;
