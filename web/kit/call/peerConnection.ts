import { MEDIA_SECTIONS, type MediaSection } from '@protocol';
import { type LinkEvent, linkEvent, pathOf } from './link';
import { createNegotiation, type NegotiationOptions } from './negotiation';
import { addSections } from './sections';

/** What each section sends. */
export type Sent = Record<MediaSection, MediaStreamTrack | null>;

export type PeerConnectionOptions = Pick<NegotiationOptions, 'say'> & {
  videoCodecs: readonly RTCRtpCodec[] | undefined;
  sent: Readonly<Sent>;
  onEvent: (event: LinkEvent) => void;
  /** A section's track arrived. Tracks of further seats come with `section` undefined. */
  onTrack: (section: MediaSection | undefined, track: MediaStreamTrack) => void;
};

/** One connection, from its offer until it is let go. */
export function openPeerConnection(pc: RTCPeerConnection, options: PeerConnectionOptions) {
  const { videoCodecs, sent, onEvent, onTrack, say } = options;
  const sections = addSections(pc, videoCodecs);
  pc.ontrack = ({ track, transceiver }) => onTrack(sections.of(transceiver), track);
  pc.oniceconnectionstatechange = pc.onconnectionstatechange = () => {
    const event = linkEvent(pc);
    if (event) onEvent(event);
  };
  for (const section of MEDIA_SECTIONS) if (sent[section]) void sections.put(section, sent[section]);
  const negotiation = createNegotiation(pc, { say, onStuck: () => onEvent('stuck') });

  return {
    path: () => pathOf(pc),
    put: sections.put,
    negotiation,
    stats: () => pc.getStats(),
    close(): void {
      pc.ontrack = pc.oniceconnectionstatechange = pc.onconnectionstatechange = null;
      negotiation.end();
      pc.close();
    },
  };
}

export type PeerConnection = ReturnType<typeof openPeerConnection>;
