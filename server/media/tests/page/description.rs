//! What a page of a test says of itself, and what it reads of the relay's descriptions.

use std::net::SocketAddr;

use super::{Browser, PASSWORD};

/// An offer or answer with a section for each name: the first three send and receive, those behind them receive.
pub fn describe(browser: Browser, number: u32, fingerprint: &[u8], mids: &[&str]) -> String {
    let digits: Vec<String> = fingerprint.iter().map(|byte| format!("{byte:02X}")).collect();
    let transport = format!(
        "a=ice-ufrag:page\r\na=ice-pwd:{PASSWORD}\r\na=fingerprint:sha-256 {}\r\na=setup:actpass\r\na=rtcp-mux\r\n",
        digits.join(":")
    );
    let mut sdp = format!("v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE {}\r\n", mids.join(" "));
    for (section, mid) in (0u32..).zip(mids) {
        let (media, codecs) = if section % 3 == 0 {
            ("audio", vec![(browser.opus, "opus/48000/2", "minptime=10")])
        } else {
            let h264 = (browser.h264, "H264/90000", "packetization-mode=1;profile-level-id=42e01f");
            ("video", vec![(browser.vp8, "VP8/90000", ""), h264])
        };
        let codecs: Vec<_> = codecs.into_iter().filter(|(payload_type, ..)| *payload_type > 0).collect();
        let formats: Vec<String> = codecs
            .iter()
            .map(|(payload_type, ..)| {
                if media == "audio" {
                    payload_type.to_string()
                } else {
                    format!("{payload_type} {}", payload_type + 1)
                }
            })
            .collect();
        sdp += &format!("m={media} 9 UDP/TLS/RTP/SAVPF {}\r\na=mid:{mid}\r\n{transport}", formats.join(" "));
        sdp += if section < 3 { "a=sendrecv\r\n" } else { "a=recvonly\r\n" };
        for (payload_type, map, parameters) in codecs {
            sdp += &format!("a=rtpmap:{payload_type} {map}\r\na=fmtp:{payload_type} {parameters}\r\n");
            if media == "audio" {
                continue;
            }
            let repair = payload_type + 1;
            sdp += &format!("a=rtpmap:{repair} rtx/90000\r\na=fmtp:{repair} apt={payload_type}\r\n");
            for feedback in ["nack", "nack pli", "ccm fir", "goog-remb"] {
                sdp += &format!("a=rtcp-fb:{payload_type} {feedback}\r\n");
            }
        }
        let ssrc = number * 1000 + section;
        match section {
            0 => sdp += &format!("a=ssrc:{ssrc} cname:x\r\n"),
            1 | 2 => sdp += &format!("a=ssrc-group:FID {ssrc} {}\r\na=ssrc:{ssrc} cname:x\r\n", ssrc + 500),
            _ => {}
        }
    }
    sdp
}

/// The first value of an attribute.
pub fn attribute(sdp: &str, name: &str) -> String {
    sdp.lines()
        .find_map(|line| line.strip_prefix("a=")?.strip_prefix(name)?.strip_prefix(':'))
        .unwrap_or_else(|| panic!("no {name}"))
        .to_owned()
}

/// The address of the relay's candidate for a protocol.
pub fn candidate(sdp: &str, protocol: &str) -> SocketAddr {
    let words = sdp
        .lines()
        .filter_map(|line| line.strip_prefix("a=candidate:"))
        .map(|line| line.split(' ').collect::<Vec<_>>());
    let words = words.into_iter().find(|words| words[2] == protocol).unwrap();
    format!("{}:{}", words[4], words[5]).parse().unwrap()
}
