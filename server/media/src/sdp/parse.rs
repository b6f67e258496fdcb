//! From text to model.

use std::collections::BTreeMap;

use super::{
    Codec, CodecName, Description, Extensions, Feedback, Ice, Kind, MAX_BYTES, MAX_CANDIDATES, MAX_SECTIONS, MID_URI, SEND_TIME_URI, Section,
    TRANSPORT_URI,
};

/// Reads a page's offer or answer.
///
/// # Errors
/// The words say which rule was broken; nothing of the description is kept.
pub(crate) fn parse(sdp: &str) -> Result<Description, &'static str> {
    if sdp.len() > MAX_BYTES {
        return Err("longer than 32 KiB");
    }
    let mut session = Block::default();
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut candidates = 0;
    for line in sdp.lines() {
        let Some((letter, value)) = line.trim_end().split_once('=') else {
            continue;
        };
        match letter {
            "m" => {
                if blocks.len() == MAX_SECTIONS {
                    return Err("more than 8 media sections");
                }
                blocks.push(Block {
                    line: value,
                    attributes: Vec::new(),
                });
            }
            "a" => {
                if value.starts_with("candidate:") {
                    candidates += 1;
                    if candidates > MAX_CANDIDATES {
                        return Err("more than 40 candidates");
                    }
                }
                blocks
                    .last_mut()
                    .unwrap_or(&mut session)
                    .attributes
                    .push(value.split_once(':').unwrap_or((value, "")));
            }
            _ => {}
        }
    }
    check_layout(&session, &blocks)?;
    if session.value("ice-lite").is_some() {
        return Err("both sides would be ICE-lite");
    }
    let mut fingerprint = None;
    for block in std::iter::once(&session).chain(&blocks) {
        for value in block.values("fingerprint") {
            let found = read_fingerprint(value).ok_or("no SHA-256 fingerprint")?;
            if *fingerprint.get_or_insert(found) != found {
                return Err("more than one certificate");
            }
        }
        if block.value("setup").is_some_and(|setup| setup == "passive" || setup == "holdconn") {
            return Err("the page must begin the DTLS handshake");
        }
    }
    Ok(Description {
        fingerprint: fingerprint.ok_or("no fingerprint")?,
        ice: Ice {
            ufrag: ice_word(&session, &blocks[0], "ice-ufrag", 4)?,
            password: ice_word(&session, &blocks[0], "ice-pwd", 22)?,
        },
        sections: blocks.iter().map(read_section).collect::<Result<_, _>>()?,
    })
}

/// The lines of the session, or of one media section.
#[derive(Default)]
struct Block<'a> {
    line: &'a str,
    attributes: Vec<(&'a str, &'a str)>,
}

impl<'a> Block<'a> {
    fn values(&self, name: &str) -> impl Iterator<Item = &'a str> {
        self.attributes.iter().filter(move |(found, _)| *found == name).map(|(_, value)| *value)
    }

    fn value(&self, name: &str) -> Option<&'a str> {
        self.values(name).next()
    }
}

/// Audio, camera, share, all in one bundle; what stands behind them is refused later, not here.
fn check_layout(session: &Block<'_>, blocks: &[Block<'_>]) -> Result<(), &'static str> {
    let media: Vec<_> = blocks.iter().map(|block| block.line.split(' ').next().unwrap_or("")).collect();
    if media.get(..3) != Some(&["audio", "video", "video"]) {
        return Err("the sections are not audio, camera, share");
    }
    let bundle = session.values("group").find_map(|group| group.strip_prefix("BUNDLE ")).unwrap_or("");
    for block in &blocks[..3] {
        let mid = block.value("mid").ok_or("a section has no mid")?;
        if mid.is_empty() || mid.len() > 16 || !mid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err("a mid is not a short word");
        }
        if !bundle.split(' ').any(|bundled| bundled == mid) {
            return Err("a section is not bundled");
        }
    }
    Ok(())
}

fn read_section(block: &Block<'_>) -> Result<Section, &'static str> {
    let mut words = block.line.split(' ');
    let (media, _port, protocol) = (words.next().unwrap_or(""), words.next(), words.next().unwrap_or(""));
    let formats: Vec<&str> = words.collect();
    let kind = match (media, protocol) {
        ("audio", "UDP/TLS/RTP/SAVPF") => Kind::Audio,
        ("video", "UDP/TLS/RTP/SAVPF") => Kind::Video,
        _ => Kind::Refused {
            media: short_word(media)?,
            protocol: short_word(protocol)?,
            format: short_word(formats.first().copied().unwrap_or("0"))?,
        },
    };
    let direction = block
        .attributes
        .iter()
        .map(|(name, _)| *name)
        .find(|name| ["sendrecv", "sendonly", "recvonly", "inactive"].contains(name));
    let (ssrc, repair_ssrc) = read_streams(block);
    Ok(Section {
        codecs: read_codecs(block, &kind, &formats),
        extensions: read_extensions(block),
        sends: direction.is_none_or(|direction| direction.starts_with("send")),
        receives: direction.is_none_or(|direction| direction.ends_with("recv") || direction == "recvonly"),
        mid: short_word(block.value("mid").unwrap_or(""))?,
        kind,
        ssrc,
        repair_ssrc,
    })
}

/// A credential of the one transport: of the first section, or of the whole session (RFC 8839, section 5.4).
fn ice_word(session: &Block<'_>, first: &Block<'_>, name: &str, shortest: usize) -> Result<String, &'static str> {
    let word = first.value(name).or_else(|| session.value(name)).ok_or("no ICE credentials")?;
    let plain = (shortest..=256).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(&byte));
    plain.then(|| word.to_owned()).ok_or("the ICE credentials have not the right form")
}

/// A word that may be written into a description of our own.
fn short_word(word: &str) -> Result<String, &'static str> {
    let plain = word.len() <= 32 && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte));
    plain.then(|| word.to_owned()).ok_or("a word of a section is not plain")
}

fn read_codecs(block: &Block<'_>, kind: &Kind, formats: &[&str]) -> Vec<Codec> {
    let mut maps = BTreeMap::new();
    for (payload_type, map) in block.values("rtpmap").filter_map(|map| map.split_once(' ')) {
        maps.insert(payload_type, map);
    }
    let parameters = |payload_type: &str| {
        block
            .values("fmtp")
            .find_map(|line| line.strip_prefix(payload_type)?.strip_prefix(' '))
            .unwrap_or("")
    };
    let mut codecs: Vec<Codec> = Vec::new();
    for format in formats.iter().take(128) {
        let Some(name) = maps.get(format).and_then(|map| codec_name(kind, map, parameters(format))) else {
            continue;
        };
        let Some(payload_type) = format.parse().ok().filter(|number: &u8| *number < 128) else {
            continue;
        };
        if codecs.iter().any(|codec| codec.name == name) {
            continue;
        }
        let repair = formats
            .iter()
            .filter(|other| maps.get(*other).is_some_and(|map| map.eq_ignore_ascii_case("rtx/90000")))
            .find(|other| parameters(other).split(';').any(|parameter| parameter.trim() == format!("apt={format}")))
            .and_then(|other| other.parse().ok())
            .filter(|number: &u8| *number < 128);
        codecs.push(Codec {
            name,
            payload_type,
            repair,
            feedback: read_feedback(block, format),
        });
    }
    codecs.sort_by_key(|codec| codec.name);
    codecs
}

/// The codec of a map and its parameters, when the relay forwards it.
fn codec_name(kind: &Kind, map: &str, parameters: &str) -> Option<CodecName> {
    let parameter = |name: &str| parameters.split(';').find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='));
    match kind {
        Kind::Audio if map.eq_ignore_ascii_case("opus/48000/2") => Some(CodecName::Opus),
        Kind::Video if map.eq_ignore_ascii_case("vp8/90000") => Some(CodecName::Vp8),
        // Baseline and constrained baseline: the one form every phone with a hardware encoder has.
        Kind::Video if map.eq_ignore_ascii_case("h264/90000") => {
            let baseline = parameter("profile-level-id")
                .is_some_and(|id| id.len() == 6 && id.get(..4).is_some_and(|profile| profile.eq_ignore_ascii_case("42e0")));
            (baseline && parameter("packetization-mode") == Some("1")).then_some(CodecName::H264)
        }
        Kind::Audio | Kind::Video | Kind::Refused { .. } => None,
    }
}

fn read_feedback(block: &Block<'_>, payload_type: &str) -> Feedback {
    let mut feedback = Feedback::default();
    for line in block.values("rtcp-fb") {
        match line.strip_prefix(payload_type).or_else(|| line.strip_prefix('*')).map(str::trim) {
            Some("nack") => feedback.nack = true,
            Some("nack pli") => feedback.pli = true,
            Some("ccm fir") => feedback.fir = true,
            Some("goog-remb") => feedback.remb = true,
            Some("transport-cc") => feedback.transport = true,
            Some(_) | None => {}
        }
    }
    feedback
}

fn read_extensions(block: &Block<'_>) -> Extensions {
    let mut extensions = Extensions::default();
    for (number, uri) in block.values("extmap").filter_map(|line| line.split_once(' ')) {
        let id = number
            .split('/')
            .next()
            .and_then(|number| number.parse().ok())
            .filter(|id| (1..=14).contains(id));
        match uri.split(' ').next().unwrap_or("") {
            MID_URI => extensions.mid = id,
            SEND_TIME_URI => extensions.send_time = id,
            TRANSPORT_URI => extensions.transport = id,
            _ => {}
        }
    }
    extensions
}

fn read_streams(block: &Block<'_>) -> (Option<u32>, Option<u32>) {
    if let Some(group) = block.values("ssrc-group").find_map(|group| group.strip_prefix("FID ")) {
        let mut numbers = group.split(' ').map(|number| number.parse().ok());
        return (numbers.next().flatten(), numbers.next().flatten());
    }
    (block.value("ssrc").and_then(|line| line.split(' ').next()?.parse().ok()), None)
}

/// `sha-256 AB:CD:…`, 32 bytes. Other hashes are not offered by any browser.
fn read_fingerprint(value: &str) -> Option<[u8; 32]> {
    let (hash, digits) = value.trim().split_once(' ')?;
    if !hash.eq_ignore_ascii_case("sha-256") {
        return None;
    }
    let mut fingerprint = [0; 32];
    let mut bytes = digits.split(':');
    for byte in &mut fingerprint {
        *byte = u8::from_str_radix(bytes.next()?, 16).ok()?;
    }
    bytes.next().is_none().then_some(fingerprint)
}
