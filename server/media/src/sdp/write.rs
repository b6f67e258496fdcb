//! From model to text.

use std::fmt::Write as _;
use std::net::SocketAddr;

use super::{Codec, CodecName, Description, Kind, MID_URI, SEND_TIME_URI, Section, TRANSPORT_URI};

/// Our side of a peer connection.
pub(crate) struct Local<'a> {
    pub(crate) ufrag: &'a str,
    pub(crate) password: &'a str,
    /// SHA-256 of our certificate.
    pub(crate) fingerprint: [u8; 32],
    /// Every address we can be reached at; each gives a UDP and a passive TCP candidate.
    pub(crate) candidates: &'a [SocketAddr],
    /// Session id and version of the origin line.
    pub(crate) session: u64,
    pub(crate) version: u32,
    /// `passive` in an answer, `actpass` in an offer.
    pub(crate) setup: &'static str,
    /// SSRC and retransmission SSRC we send in each section of the layout.
    pub(crate) streams: &'a [(u32, u32)],
}

/// Writes an answer or an offer with the sections, codecs and extensions of `page`.
pub(crate) fn write(page: &Description, local: &Local<'_>) -> String {
    let mut out = String::with_capacity(6000);
    // Writing to a String cannot fail.
    let _ = write_session(&mut out, page, local);
    for (index, section) in page.sections.iter().enumerate() {
        let _ = match (&section.kind, local.streams.get(index)) {
            (Kind::Refused { media, protocol, format }, _) => write_refused(&mut out, section, media, protocol, format),
            (Kind::Audio, Some(stream)) => write_section(&mut out, section, "audio", local, *stream, index == 0),
            (Kind::Video, Some(stream)) => write_section(&mut out, section, "video", local, *stream, index == 0),
            (Kind::Audio, None) => write_refused(&mut out, section, "audio", "UDP/TLS/RTP/SAVPF", "0"),
            (Kind::Video, None) => write_refused(&mut out, section, "video", "UDP/TLS/RTP/SAVPF", "0"),
        };
    }
    out
}

fn write_session(out: &mut String, page: &Description, local: &Local<'_>) -> std::fmt::Result {
    write!(
        out,
        "v=0\r\no=- {} {} IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=ice-lite\r\na=group:BUNDLE",
        local.session, local.version
    )?;
    for (index, section) in page.sections.iter().enumerate() {
        if index < local.streams.len() && !matches!(section.kind, Kind::Refused { .. }) {
            write!(out, " {}", section.mid)?;
        }
    }
    out.write_str("\r\na=msid-semantic: WMS *\r\n")
}

fn write_refused(out: &mut String, section: &Section, media: &str, protocol: &str, format: &str) -> std::fmt::Result {
    write!(out, "m={media} 0 {protocol} {format}\r\nc=IN IP4 0.0.0.0\r\n")?;
    if !section.mid.is_empty() {
        write!(out, "a=mid:{}\r\n", section.mid)?;
    }
    out.write_str("a=inactive\r\n")
}

fn write_section(out: &mut String, section: &Section, media: &str, local: &Local<'_>, stream: (u32, u32), first: bool) -> std::fmt::Result {
    write!(out, "m={media} 9 UDP/TLS/RTP/SAVPF")?;
    for codec in &section.codecs {
        write!(out, " {}", codec.payload_type)?;
        codec.repair.iter().try_for_each(|repair| write!(out, " {repair}"))?;
    }
    write!(out, "\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\na=mid:{}\r\n", section.mid)?;
    write!(
        out,
        "a=ice-ufrag:{}\r\na=ice-pwd:{}\r\na=fingerprint:sha-256 ",
        local.ufrag, local.password
    )?;
    for (index, byte) in local.fingerprint.iter().enumerate() {
        write!(out, "{}{byte:02X}", if index == 0 { "" } else { ":" })?;
    }
    write!(
        out,
        "\r\na=setup:{}\r\na=rtcp-mux\r\na=rtcp-rsize\r\na={}\r\n",
        local.setup,
        direction(section)
    )?;
    for (id, uri) in [
        (section.extensions.mid, MID_URI),
        (section.extensions.send_time, SEND_TIME_URI),
        (section.extensions.transport, TRANSPORT_URI),
    ] {
        id.iter().try_for_each(|id| write!(out, "a=extmap:{id} {uri}\r\n"))?;
    }
    section.codecs.iter().try_for_each(|codec| write_codec(out, codec))?;
    if section.receives {
        let (ssrc, repair) = stream;
        write!(out, "a=msid:hall {}\r\n", section.mid)?;
        let repaired = section.codecs.iter().any(|codec| codec.repair.is_some());
        if repaired {
            write!(out, "a=ssrc-group:FID {ssrc} {repair}\r\n")?;
        }
        for number in std::iter::once(ssrc).chain(repaired.then_some(repair)) {
            write!(out, "a=ssrc:{number} cname:hall\r\na=ssrc:{number} msid:hall {}\r\n", section.mid)?;
        }
    }
    if first {
        for (index, address) in local.candidates.iter().enumerate() {
            write_candidates(out, index, address)?;
        }
        out.write_str("a=end-of-candidates\r\n")?;
    }
    Ok(())
}

/// UDP before TCP, and earlier addresses before later ones (RFC 8445, section 5.1.2; RFC 6544, section 4.2).
fn write_candidates(out: &mut String, index: usize, address: &SocketAddr) -> std::fmt::Result {
    let (ip, port) = (address.ip(), address.port());
    let rank = 65535u32.saturating_sub(index as u32) << 8 | 255;
    write!(out, "a=candidate:{} 1 udp {} {ip} {port} typ host\r\n", 2 * index + 1, 126 << 24 | rank)?;
    write!(
        out,
        "a=candidate:{} 1 tcp {} {ip} {port} typ host tcptype passive\r\n",
        2 * index + 2,
        90 << 24 | rank
    )
}

fn write_codec(out: &mut String, codec: &Codec) -> std::fmt::Result {
    let payload_type = codec.payload_type;
    let (map, parameters) = match codec.name {
        CodecName::Opus => ("opus/48000/2", "minptime=10;useinbandfec=1"),
        CodecName::Vp8 => ("VP8/90000", ""),
        CodecName::H264 => ("H264/90000", "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"),
    };
    write!(out, "a=rtpmap:{payload_type} {map}\r\n")?;
    if !parameters.is_empty() {
        write!(out, "a=fmtp:{payload_type} {parameters}\r\n")?;
    }
    let feedback = codec.feedback;
    let kinds = [
        (feedback.remb, "goog-remb"),
        (feedback.transport, "transport-cc"),
        (feedback.fir, "ccm fir"),
        (feedback.nack, "nack"),
        (feedback.pli, "nack pli"),
    ];
    for (_, kind) in kinds.iter().filter(|(wanted, _)| *wanted) {
        write!(out, "a=rtcp-fb:{payload_type} {kind}\r\n")?;
    }
    codec
        .repair
        .iter()
        .try_for_each(|repair| write!(out, "a=rtpmap:{repair} rtx/90000\r\na=fmtp:{repair} apt={payload_type}\r\n"))
}

/// The page's direction seen from our side.
fn direction(section: &Section) -> &'static str {
    match (section.sends, section.receives) {
        (true, true) => "sendrecv",
        (true, false) => "recvonly",
        (false, true) => "sendonly",
        (false, false) => "inactive",
    }
}
