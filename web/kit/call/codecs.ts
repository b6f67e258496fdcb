/**
 * VP8 first, H.264 second, with their repair stream; nothing else. VP8 is what every phone encodes without crashing
 * (JOURNEYS 8); the relay cannot convert, so both stay in every offer.
 */
export function orderedVideoCodecs(known: readonly RTCRtpCodec[]): RTCRtpCodec[] {
  const named = (name: string) => known.filter((codec) => codec.mimeType.toLowerCase() === `video/${name}`);
  const pictures = [...named('vp8'), ...named('h264')];
  return pictures.length === 0 ? [] : [...pictures, ...named('rtx')];
}

/** No browser asks for lost voice by itself, yet each does when the description says so; the relay keeps the last second. */
export function withVoiceRepair(sdp: string): string {
  return sdp.replace(/^a=rtpmap:(\d+) opus\/48000\/2(\r?\n)/gim, '$&a=rtcp-fb:$1 nack$2');
}
