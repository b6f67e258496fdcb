//! Session descriptions: read into a model, and written anew from the model. Nothing a page sends is ever passed on.
//!
//! [`parse`] is strict about size and layout and deaf to everything the relay does not use. [`write`] knows one form,
//! used for answers and for our own offers.

mod parse;
mod write;

pub(crate) use parse::parse;
pub(crate) use write::{Local, write};

/// Longest description, in bytes.
pub(crate) const MAX_BYTES: usize = 32 * 1024;
/// Most media sections.
pub(crate) const MAX_SECTIONS: usize = 8;
/// Most candidates. They are counted and not used: an ICE-lite relay answers, it does not call.
pub(crate) const MAX_CANDIDATES: usize = 40;

/// A page's side of a peer connection, or what both sides agreed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Description {
    /// SHA-256 of the page's certificate.
    pub(crate) fingerprint: [u8; 32],
    /// The page's own ICE name and password, to ask it where it is.
    pub(crate) ice: Ice,
    /// Every media section in order. The first three are the layout.
    pub(crate) sections: Vec<Section>,
}

/// ICE credentials of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ice {
    pub(crate) ufrag: String,
    pub(crate) password: String,
}

/// One media section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Section {
    pub(crate) kind: Kind,
    pub(crate) mid: String,
    /// Codecs in order of preference, each at most once.
    pub(crate) codecs: Vec<Codec>,
    pub(crate) extensions: Extensions,
    /// The page sends here.
    pub(crate) sends: bool,
    /// The page receives here.
    pub(crate) receives: bool,
    /// SSRC of the page's stream, when it has announced one.
    pub(crate) ssrc: Option<u32>,
    /// SSRC of its retransmissions.
    pub(crate) repair_ssrc: Option<u32>,
}

/// What a media section carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Audio,
    Video,
    /// Anything else is refused with port 0; the words are the media, protocol and first format of its line.
    Refused {
        media: String,
        protocol: String,
        format: String,
    },
}

/// A codec under the payload type the page chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Codec {
    pub(crate) name: CodecName,
    pub(crate) payload_type: u8,
    /// Payload type of its retransmissions (RFC 4588).
    pub(crate) repair: Option<u8>,
    pub(crate) feedback: Feedback,
}

/// The codecs the relay knows how to forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CodecName {
    Opus,
    Vp8,
    /// Constrained baseline, level 3.1, packetization mode 1.
    H264,
}

/// The kinds of feedback a codec was offered with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Feedback {
    pub(crate) nack: bool,
    pub(crate) pli: bool,
    pub(crate) fir: bool,
    pub(crate) remb: bool,
    pub(crate) transport: bool,
}

/// Numbers of the header extensions in use, 1 to 14.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extensions {
    pub(crate) mid: Option<u8>,
    pub(crate) send_time: Option<u8>,
    pub(crate) transport: Option<u8>,
}

pub(crate) const MID_URI: &str = "urn:ietf:params:rtp-hdrext:sdes:mid";
pub(crate) const SEND_TIME_URI: &str = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time";
pub(crate) const TRANSPORT_URI: &str = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";

impl Section {
    /// The codec of a payload type, and whether the type is that of its retransmissions.
    pub(crate) fn codec_of(&self, payload_type: u8) -> Option<(&Codec, bool)> {
        self.codecs.iter().find_map(|codec| match codec {
            codec if codec.payload_type == payload_type => Some((codec, false)),
            codec if codec.repair == Some(payload_type) => Some((codec, true)),
            _ => None,
        })
    }

    /// The codec of this name.
    pub(crate) fn codec(&self, name: CodecName) -> Option<&Codec> {
        self.codecs.iter().find(|codec| codec.name == name)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The sections of a browser's first offer, shortened to what matters.
    pub(crate) fn offer() -> String {
        let mut sdp = String::from("v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1 2\r\n");
        let transport = format!(
            "a=ice-ufrag:page\r\na=ice-pwd:pagepagepagepagepagepage\r\na=fingerprint:sha-256 {}\r\na=setup:actpass\r\na=rtcp-mux\r\na=sendrecv\r\n",
            vec!["AB"; 32].join(":")
        );
        sdp += &format!(
            "m=audio 9 UDP/TLS/RTP/SAVPF 111 63\r\na=mid:0\r\n{transport}a=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 transport-cc\r\na=rtpmap:63 red/48000/2\r\na=extmap:2 {SEND_TIME_URI}\r\na=extmap:4 {MID_URI}\r\n"
        );
        for mid in ["1", "2"] {
            sdp += &format!("m=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103 98\r\na=mid:{mid}\r\n{transport}");
            sdp += "a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n";
            sdp += "a=rtpmap:102 H264/90000\r\na=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\r\n";
            sdp += "a=rtpmap:103 rtx/90000\r\na=fmtp:103 apt=102\r\na=rtpmap:98 VP9/90000\r\na=ssrc-group:FID 1000 1001\r\na=ssrc:1000 cname:x\r\n";
        }
        sdp
    }

    #[test]
    fn a_browser_offer_becomes_the_model() {
        let offer = parse(&offer()).unwrap();
        assert_eq!(offer.sections.len(), 3);
        assert_eq!(
            offer.sections[0].extensions,
            Extensions {
                mid: Some(4),
                send_time: Some(2),
                transport: None
            }
        );
        let names: Vec<_> = offer.sections[1]
            .codecs
            .iter()
            .map(|codec| (codec.name, codec.payload_type, codec.repair))
            .collect();
        assert_eq!(names, [(CodecName::Vp8, 96, Some(97)), (CodecName::H264, 102, Some(103))]);
        assert_eq!((offer.sections[1].ssrc, offer.sections[1].repair_ssrc), (Some(1000), Some(1001)));
    }

    #[test]
    fn what_is_too_rich_or_bare_is_refused() {
        let good = offer();
        assert!(parse(&format!("{good}{}", "a=x\r\n".repeat(7000))).is_err(), "32 KiB");
        assert!(
            parse(&format!("{good}{}", "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n".repeat(6))).is_err(),
            "8 sections"
        );
        let candidate = "a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n";
        assert!(parse(&format!("{good}{}", candidate.repeat(41))).is_err(), "40 candidates");
        assert!(parse(&good.replace("a=fingerprint", "a=footprint")).is_err(), "fingerprint");
        assert!(parse(&good.replace("a=ice-pwd", "a=mice-pwd")).is_err(), "password");
        assert!(
            parse(&good.replace("ufrag:page", &format!("ufrag:{}", "p".repeat(257)))).is_err(),
            "256 letters"
        );
        assert!(parse(&good.replace("ufrag:page", "ufrag:pa:ge")).is_err(), "ice-char");
        assert!(parse(&good.replace("BUNDLE 0 1 2", "BUNDLE 0 1")).is_err(), "one transport");
        assert!(parse(&good.replacen("m=audio", "m=video", 1)).is_err(), "layout");
        assert!(parse(&good.replacen("AB:", "AC:", 1)).is_err(), "two fingerprints");
    }

    #[test]
    fn what_is_written_reads_back_as_the_same_model() {
        let offer = parse(&offer()).unwrap();
        let local = Local {
            ufrag: "hall",
            password: "hallhallhallhallhallhall",
            fingerprint: [7; 32],
            candidates: &[],
            session: 1,
            version: 1,
            setup: "passive",
            streams: &[(5, 6), (7, 8), (9, 10)],
        };
        // As a page would say it: pages are not ICE-lite and begin the handshake.
        let again = parse(
            &write(&offer, &local)
                .replace("a=ice-lite\r\n", "")
                .replace("a=setup:passive", "a=setup:active"),
        )
        .unwrap();
        assert_eq!(
            again.sections[1].codecs.iter().map(|codec| codec.payload_type).collect::<Vec<_>>(),
            [96, 102]
        );
        assert_eq!((again.sections[2].ssrc, again.sections[2].repair_ssrc), (Some(9), Some(10)));
        assert_eq!(again.sections[0].extensions, offer.sections[0].extensions);
        assert_eq!(again.fingerprint, [7; 32]);
    }
}
