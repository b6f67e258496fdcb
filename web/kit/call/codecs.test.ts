import { expect, it } from 'vitest';
import { withVoiceRepair } from './codecs';

it('asks for lost voice again, and for nothing else', () => {
  const sdp = [
    'm=audio 9 UDP/TLS/RTP/SAVPF 111 63',
    'a=rtpmap:111 opus/48000/2',
    'a=rtcp-fb:111 transport-cc',
    'a=rtpmap:63 red/48000/2',
    '',
  ];
  const repaired = [...sdp.slice(0, 2), 'a=rtcp-fb:111 nack', ...sdp.slice(2)];
  expect(withVoiceRepair(sdp.join('\r\n'))).toBe(repaired.join('\r\n'));
});
