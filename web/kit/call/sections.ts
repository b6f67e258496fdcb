import { MEDIA_SECTIONS, type MediaSection } from '@protocol';
import { orderedVideoCodecs } from './codecs';

/** Bits a second a picture may take. */
const MAX_BITRATE: Record<Exclude<MediaSection, 'audio'>, number> = { camera: 700_000, share: 1_500_000 };

/** The media sections of one connection, laid out at once and without a track: afterwards only tracks change. */
export function addSections(pc: RTCPeerConnection, videoCodecs: readonly RTCRtpCodec[] | undefined) {
  const transceivers = MEDIA_SECTIONS.map((section) => {
    const transceiver = pc.addTransceiver(section === 'audio' ? 'audio' : 'video', { direction: 'sendrecv' });
    if (section !== 'audio') preferCodecs(transceiver, orderedVideoCodecs(videoCodecs ?? []));
    return transceiver;
  });

  return {
    /** The section of a transceiver; `undefined` for those of further seats. */
    of: (transceiver: RTCRtpTransceiver): MediaSection | undefined => MEDIA_SECTIONS[transceivers.indexOf(transceiver)],
    async put(section: MediaSection, track: MediaStreamTrack | null): Promise<void> {
      const sender = transceivers[MEDIA_SECTIONS.indexOf(section)]?.sender;
      if (!sender) return;
      try {
        await sender.replaceTrack(track);
        if (section !== 'audio' && track) await limit(sender, MAX_BITRATE[section]);
      } catch {
        // The connection was closed meanwhile: the next one gets the track.
      }
    },
  };
}

function preferCodecs(transceiver: RTCRtpTransceiver, codecs: RTCRtpCodec[]): void {
  try {
    if (codecs.length > 0) transceiver.setCodecPreferences(codecs);
  } catch {
    // The browser's own order is a fair second.
  }
}

async function limit(sender: RTCRtpSender, maxBitrate: number): Promise<void> {
  const parameters = sender.getParameters();
  const encoding = parameters.encodings?.[0];
  if (!encoding) return;
  encoding.maxBitrate = maxBitrate;
  await sender.setParameters(parameters);
}
