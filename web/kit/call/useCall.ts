import type { CallNotice, CallRemark, SeatMedia } from '@protocol';
import { computed, onScopeDispose, readonly, shallowRef, watch } from 'vue';
import { assertNever } from '../assertNever';
import { type Arriving, createArriving } from './arriving';
import { browserEnvironment, type CallEnvironment, callSupport } from './environment';
import { createLevels } from './level';
import { cold, type LinkState } from './link';
import { useNetworkChange } from './networkChange';
import { createOwnMedia, type OwnMedia } from './ownMedia';
import { createPeer, type Peer, type PeerOptions } from './peer';

export type CallOptions = Pick<PeerOptions, 'setup'> & {
  /** Sends over the page's socket; false when there is none now. */
  send: (message: CallRemark & { topic: 'call' }) => boolean;
  environment?: CallEnvironment;
};

/**
 * The call of a page. `warm` builds the connection while waiting; nothing is sent until `open`, which only puts the
 * tracks in. Every outcome of every device is a state, never an exception.
 */
export function useCall(options: CallOptions) {
  const environment = options.environment ?? browserEnvironment();
  const send = (message: CallRemark) => options.send({ topic: 'call', ...message });
  const link = shallowRef<LinkState>(cold);
  const levels = createLevels(environment);
  const meter = (side: 'mine' | 'theirs') => (stream: MediaStream) => levels.attach(side, stream);
  const peer: Peer = createPeer({
    environment,
    send,
    setup: options.setup,
    onLink: (state) => (link.value = state),
    onVoiceAlone: () => void own.voiceAlone(),
    onTrack: (section, track) => arriving.take(section, track),
  });
  const arriving = createArriving({ environment, stats: peer.stats, onTheirVoice: meter('theirs') });
  const own = createOwnMedia({ environment, put: peer.put, onOwnVoice: meter('mine') });
  const tellMedia = useTelling(own, send, () => link.value.is === 'up' && arriving.isHeard());
  useNetworkChange(environment.page, peer.networkChanged);

  /** Ends everything and gives every device back. */
  function close(): void {
    own.close();
    peer.close();
    arriving.close();
    levels.close();
  }
  onScopeDispose(close, true);

  return {
    support: callSupport(environment),
    link: readonly(link),
    levels: levels.levels,
    /** For the tests of a window between talks (`createLoop`, `createSilence`), which a phone does not carry. */
    bench: { put: peer.put, voice: own.voice, source: levels.source },
    ...own.forPage,
    ...arriving.forPage,
    /** Builds the connection ahead of time. */
    warm: peer.warm,
    /** Both accepted: the voice goes out. Does nothing when open. */
    async open(): Promise<void> {
      if (own.forPage.opened.value) return;
      peer.warm();
      arriving.watchFlow();
      await own.open();
    },
    /** The talk is over and another will come: nothing is sent any more, connection and microphone stay warm. */
    async rest(): Promise<void> {
      if (!own.isOn()) return;
      arriving.rest();
      await own.rest();
    },
    /** From a click: opens the sound the browser held back. */
    async openSound(): Promise<void> {
      levels.open();
      await arriving.openSound();
    },
    /** A message of the topic `call`. */
    hear: (notice: CallNotice) => hear(notice, peer, arriving),
    /** A reply without a key says that something of this call was not carried out. */
    failed: peer.failed,
    /** The server takes no connection of this page now (`not_now`): stands by until `warm` or `open`. */
    refused: peer.refused,
    /** The socket is back. */
    reconnected(): void {
      peer.reconnected();
      tellMedia();
    },
    stats: peer.stats,
    close,
  };
}

export type Call = ReturnType<typeof useCall>;

function hear(notice: CallNotice, peer: Peer, arriving: Arriving): void {
  switch (notice.type) {
    case 'answer':
      return peer.answer(notice.sdp);
    case 'offer':
      return peer.offer(notice.sdp);
    case 'lost':
      return peer.lost();
    case 'media':
      return arriving.heardOf(notice.media);
    default:
      assertNever(notice);
  }
}

/** Tells the others what this seat sends and receives: when the talk begins, and once a change. Returns what says it again. */
function useTelling(own: OwnMedia, send: (message: CallRemark) => boolean, receiving: () => boolean): () => void {
  const { opened } = own.forPage;
  const media = computed<SeatMedia>(() => ({ ...own.toTell(), receiving: receiving() }));
  const tell = () => {
    if (opened.value) send({ type: 'media', media: media.value });
  };
  watch([media, opened], ([now, open], [before, wasOpen]) => {
    if (open && (!wasOpen || JSON.stringify(now) !== JSON.stringify(before))) tell();
  });
  return tell;
}
