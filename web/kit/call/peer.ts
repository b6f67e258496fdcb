import type { CallRemark, MediaSection } from '@protocol';
import type { CallEnvironment } from './environment';
import { cold, type LinkAct, type LinkEvent, type LinkState, type Path, stepLink } from './link';
import { openPeerConnection, type PeerConnection, type PeerConnectionOptions, type Sent } from './peerConnection';

export type PeerOptions = Pick<PeerConnectionOptions, 'onTrack'> & {
  environment: Pick<CallEnvironment, 'makePeer' | 'videoCodecs'>;
  iceServers: RTCIceServer[];
  /** Sends over the socket; false when there is none now: then `reconnected` says it again. */
  send: (message: CallRemark) => boolean;
  onLink: (state: LinkState) => void;
};

/** One peer connection after another under one call: built, offered, restarted, rebuilt. Holds the tracks to send. */
export function createPeer({ environment, iceServers, send, onLink, onTrack }: PeerOptions) {
  const { makePeer } = environment;
  const sent: Sent = { audio: null, camera: null, share: null };
  const offers = createOfferCount();
  let own: PeerConnection | undefined;
  const link = createLink({
    path: () => own?.path() ?? 'broken',
    act: { build, let_go: letGo, restart: () => send({ type: 'restart' }) },
    onLink,
  });

  function build(): void {
    letGo();
    if (!makePeer) return;
    own = openPeerConnection(makePeer({ iceServers, bundlePolicy: 'max-bundle' }), {
      videoCodecs: environment.videoCodecs(),
      sent,
      onEvent: link.step,
      onTrack,
      sayOffer: (sdp) => send({ type: 'offer', sdp }) && offers.said(),
      sayAnswer: (sdp) => send({ type: 'answer', sdp }),
    });
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
    failed: () => void offers.settled(),
    /** The server takes no connection of this page now: stand by until `warm` is called again. */
    refused(): void {
      offers.settled();
      link.step('refused');
    },
    /** The page changed its network: ask at once instead of waiting for silence. */
    networkChanged: () => link.step('network_changed'),
    /** The socket is back: say what it did not carry. */
    reconnected(): void {
      offers.forget();
      link.step('reconnected');
    },
    answer(sdp: string): void {
      if (offers.settled() === 0) own?.takeAnswer(sdp);
    },
    offer: (sdp: string) => own?.takeOffer(sdp),
    /** What a section sends from now on; kept over rebuilds. */
    async put(section: MediaSection, track: MediaStreamTrack | null): Promise<void> {
      sent[section] = track;
      await own?.put(section, track);
    },
    stats: (): Promise<RTCStatsReport | undefined> => own?.stats() ?? Promise.resolve(undefined),
    close(): void {
      letGo();
      sent.audio = sent.camera = sent.share = null;
      offers.forget();
      link.reset();
    },
  };
}

export type Peer = ReturnType<typeof createPeer>;

/**
 * Offers sent and not answered: an answer belongs to the last one only when it is the last outstanding. Rather too few
 * than too many: a wrong answer costs one rebuild, an answer waited for in vain costs every call on this socket.
 */
function createOfferCount() {
  let unanswered = 0;
  return {
    said: () => (unanswered += 1),
    /** One of them is answered or will not be; returns how many are still out. */
    settled: () => (unanswered = Math.max(0, unanswered - 1)),
    /** What was said on a socket that is gone is not answered on another. */
    forget: () => (unanswered = 0),
  };
}

type LinkOptions = {
  path: () => Path;
  act: Record<LinkAct, () => void>;
  onLink: (link: LinkState) => void;
};

/** Lives the link: does what its steps ask for, and keeps the one timer. */
function createLink({ path, act, onLink }: LinkOptions) {
  let link: LinkState = cold;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function become(next: LinkState): void {
    link = next;
    onLink(next);
  }

  function step(event: LinkEvent): void {
    const next = stepLink(link, event, path());
    if (!next) return;
    const { later } = next;
    clearTimeout(timer);
    if (next.act) act[next.act]();
    if (later) timer = setTimeout(() => step(later.event), later.ms);
    if (next.link !== link) become(next.link);
  }

  return {
    step,
    /** Forgets everything, the failures too. */
    reset(): void {
      clearTimeout(timer);
      become(cold);
    },
  };
}
