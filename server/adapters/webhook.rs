//! Messages to people away from the page, handed to a provider by a signed HTTP request.
//!
//! One `POST` an attempt, over a connection of its own: messages are few, and a client that keeps nothing has nothing to
//! lose. What the provider gets and how it checks the signature is in `docs/operator.zh-CN.md`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hmac::{Hmac, KeyInit, Mac};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::json;
use sha2::Sha256;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use yunyiban_app::day::local_time;
use yunyiban_app::ports::Notices;
use yunyiban_app::ports::notices::{Notice, NoticeFailure, ahead, kind_word, slot};
use yunyiban_core::NoticeKind;
use yunyiban_protocol::{Sensitive, Timestamp};

use super::clock::wall_ms;
use crate::config::NoticesConfig;
use crate::failure::Failure;
use crate::text::notices;

/// How long one attempt may take in all.
const PATIENCE: Duration = Duration::from_secs(10);

/// Most of an answer that is read: its first line says everything.
const ANSWER_BYTES: usize = 1_024;

/// Where systems keep the certificates they trust: Debian and its kin, then Red Hat's (openEuler, Kylin).
const SYSTEM_CERTIFICATES: [&str; 2] = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];

/// The way out.
pub struct Webhook {
    target: Target,
    secret: Sensitive<String>,
    tls: Option<TlsConnector>,
}

/// An address taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Target {
    https: bool,
    /// As it stands in the address, with the port if it has one: the `Host` header.
    authority: String,
    host: String,
    port: u16,
    /// With its question, `/` at least.
    path: String,
}

impl Webhook {
    /// As configured; `None` when there is no provider.
    ///
    /// # Errors
    /// [`Failure::BadValue`] for an address that cannot be used or certificates that cannot be read.
    pub fn new(config: &NoticesConfig) -> Result<Option<Self>, Failure> {
        if config.webhook.is_empty() {
            return Ok(None);
        }
        let target = Target::read(&config.webhook).ok_or_else(|| Failure::BadValue {
            key: "notices.webhook".into(),
            value: config.webhook.clone(),
        })?;
        let tls = if target.https { Some(connector(&config.ca_file)?) } else { None };
        Ok(Some(Self {
            target,
            secret: config.secret.clone(),
            tls,
        }))
    }

    /// One request on an open connection; the status it was answered with.
    async fn ask(&self, stream: &mut (impl AsyncRead + AsyncWrite + Unpin), head: &str, body: &[u8]) -> Result<u16, NoticeFailure> {
        let broken = |_| NoticeFailure::Unreachable("answer");
        stream.write_all(head.as_bytes()).await.map_err(broken)?;
        stream.write_all(body).await.map_err(broken)?;
        stream.flush().await.map_err(broken)?;
        let mut answer = Vec::new();
        let mut part = [0; 256];
        while answer.len() < ANSWER_BYTES && !answer.contains(&b'\n') {
            match stream.read(&mut part).await.map_err(broken)? {
                0 => break,
                count => answer.extend_from_slice(&part[..count]),
            }
        }
        status(&answer).ok_or(NoticeFailure::Unreachable("answer"))
    }

    async fn post(&self, id: &str, body: &[u8]) -> Result<u16, NoticeFailure> {
        let at = wall_ms();
        let signature = sign(self.secret.reveal(), at, body);
        let Target { authority, path, .. } = &self.target;
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {authority}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
             Yunyiban-Delivery: {id}\r\nYunyiban-Timestamp: {at}\r\nYunyiban-Signature: sha256={signature}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        let address = (self.target.host.as_str(), self.target.port);
        let mut stream = TcpStream::connect(address).await.map_err(|_| NoticeFailure::Unreachable("connect"))?;
        match &self.tls {
            None => self.ask(&mut stream, &head, body).await,
            Some(tls) => {
                let name = ServerName::try_from(self.target.host.clone()).map_err(|_| NoticeFailure::Unreachable("tls"))?;
                let mut stream = tls.connect(name, stream).await.map_err(|_| NoticeFailure::Unreachable("tls"))?;
                self.ask(&mut stream, &head, body).await
            }
        }
    }
}

#[async_trait]
impl Notices for Webhook {
    async fn deliver(&self, notice: &Notice) -> Result<(), NoticeFailure> {
        let body = body_of(notice);
        match timeout(PATIENCE, self.post(&notice.id, body.as_bytes())).await {
            Err(_) => Err(NoticeFailure::Unreachable("timeout")),
            Ok(Err(failure)) => Err(failure),
            Ok(Ok(200..=299)) => Ok(()),
            Ok(Ok(status)) => Err(NoticeFailure::Status(status)),
        }
    }
}

/// `HMAC-SHA-256(secret, "<timestamp>.<body>")`, lower-case hex.
pub fn sign(secret: &str, at_ms: i64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(at_ms.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn body_of(notice: &Notice) -> String {
    json!({
        "version": 1,
        "id": notice.id,
        "kind": kind_word(notice.kind),
        "hall": notice.hall.as_str(),
        "hall_name": notice.hall_name,
        "visit": notice.visit.as_str(),
        "number": notice.number,
        "ahead": ahead(notice.kind),
        "slot_at_ms": slot(notice.kind).map(Timestamp::as_millis),
        "link": notice.link.as_ref().map(Sensitive::reveal),
        "phone": notice.phone.reveal(),
        "at_ms": notice.at.as_millis(),
        "text": text_of(notice),
    })
    .to_string()
}

/// The sentence, for providers that send texts as they come; those with templates take the fields.
fn text_of(notice: &Notice) -> String {
    let key = match notice.kind {
        NoticeKind::NearTurn { ahead: 0 } => "next",
        NoticeKind::NearTurn { .. } => "near_turn",
        NoticeKind::Missed => "missed",
        NoticeKind::CallbackFailed => "callback_failed",
        NoticeKind::Booked { .. } => "booked",
        NoticeKind::PutOff { .. } => "put_off",
        NoticeKind::CalledOff { .. } => "called_off",
    };
    let ahead = ahead(notice.kind).map(|ahead| ahead.to_string()).unwrap_or_default();
    let slot = slot(notice.kind).map(local_time).unwrap_or_default();
    let sentence = notices().remove(key).unwrap_or_default();
    let values = [
        ("{hall}", notice.hall_name.as_str()),
        ("{number}", notice.number.as_str()),
        ("{ahead}", &ahead),
        ("{slot}", &slot),
        ("{link}", notice.link.as_ref().map_or("", |link| link.reveal())),
    ];
    values
        .into_iter()
        .fold(sentence, |sentence, (place, value)| sentence.replace(place, value))
}

impl Target {
    fn read(address: &str) -> Option<Self> {
        let (https, rest) = match address.strip_prefix("https://") {
            Some(rest) => (true, rest),
            None => (false, address.strip_prefix("http://")?),
        };
        let (authority, path) = match rest.find('/') {
            Some(slash) => rest.split_at(slash),
            None => (rest, "/"),
        };
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
            Some(_) | None => (authority, if https { 443 } else { 80 }),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'@' && byte != b'#');
        (!host.is_empty() && plain(authority) && plain(path)).then(|| Self {
            https,
            authority: authority.into(),
            host: host.into(),
            port,
            path: path.into(),
        })
    }
}

/// The number in `HTTP/1.1 204 No Content`.
fn status(answer: &[u8]) -> Option<u16> {
    let line = std::str::from_utf8(answer.split(|byte| *byte == b'\n').next()?).ok()?;
    let mut words = line.split_ascii_whitespace();
    words.next().filter(|word| word.starts_with("HTTP/1."))?;
    words.next()?.parse().ok()
}

fn connector(ca_file: &Path) -> Result<TlsConnector, Failure> {
    let given = (!ca_file.as_os_str().is_empty()).then(|| ca_file.to_path_buf());
    let system = || SYSTEM_CERTIFICATES.iter().map(PathBuf::from).find(|path| path.exists());
    let file = given.or_else(system).unwrap_or_default();
    let unreadable = || Failure::BadValue {
        key: "notices.ca_file".into(),
        value: file.display().to_string(),
    };
    let mut roots = RootCertStore::empty();
    let certificates = CertificateDer::pem_file_iter(&file).map_err(|_| unreadable())?;
    roots.add_parsable_certificates(certificates.flatten());
    if roots.is_empty() {
        return Err(unreadable());
    }
    let client = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(client)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart_or_refused() {
        let read = |text: &str| Target::read(text).map(|target| (target.https, target.host, target.port, target.path));
        assert_eq!(
            read("https://sms.example.cn/send?a=1"),
            Some((true, "sms.example.cn".into(), 443, "/send?a=1".into()))
        );
        assert_eq!(read("http://127.0.0.1:9000"), Some((false, "127.0.0.1".into(), 9_000, "/".into())));
        assert_eq!(read("http://[::1]:9000/x"), Some((false, "::1".into(), 9_000, "/x".into())));
        for bad in ["sms.example.cn", "ftp://x", "https://", "http://a:b/", "http://a b/", "http://a/\r\nx"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_signature_is_what_any_provider_computes() {
        // echo -n '1795395600000.{}' | openssl dgst -sha256 -hmac secret
        let signature = sign("secret", 1_795_395_600_000, b"{}");
        assert_eq!(signature, "a177b4ce8298e8cb394fe5ec27d82abfdcad14d33194c3fa65874853bf626568");
        assert_ne!(signature, sign("secret", 1_795_395_600_001, b"{}"));
        assert_ne!(signature, sign("other", 1_795_395_600_000, b"{}"));
    }

    #[test]
    fn an_appointment_is_told_with_its_slot_and_what_leads_there() {
        let at = Timestamp::from_millis(1_795_397_400_000);
        let told = |kind, link: Option<&str>| {
            let body = body_of(&Notice {
                id: "m1".into(),
                hall: yunyiban_protocol::HallId::new("xinqu"),
                hall_name: "新区街道便民服务中心".into(),
                visit: yunyiban_protocol::VisitId::new("v1"),
                number: "A12".into(),
                phone: Sensitive::new("13812345678".into()),
                link: link.map(|link| Sensitive::new(link.to_owned())),
                kind,
                at,
            });
            serde_json::from_str::<serde_json::Value>(&body).unwrap()
        };
        let link = "https://hall.example.cn/h/xinqu#AbCdEf0123456789-_AbCd";
        let booked = told(NoticeKind::Booked { at }, Some(link));
        assert_eq!((&booked["kind"], &booked["link"]), (&json!("booked"), &json!(link)));
        assert_eq!(booked["slot_at_ms"], json!(1_795_397_400_000_i64));
        let text = booked["text"].as_str().unwrap();
        assert!(text.contains("2026-11-23 09:30") && text.ends_with(link) && !text.contains('{'), "{text}");
        for kind in [NoticeKind::PutOff { at }, NoticeKind::CalledOff { at }, NoticeKind::Missed] {
            let body = told(kind, None);
            assert!(body["link"].is_null() && !body["text"].as_str().unwrap().contains('{'), "{body}");
        }
    }

    #[test]
    fn an_answer_is_its_first_line() {
        assert_eq!(status(b"HTTP/1.1 204 No Content\r\n\r\n"), Some(204));
        assert_eq!(status(b"HTTP/1.0 500"), Some(500));
        for bad in [&b""[..], b"204", b"SSH-2.0-x", b"HTTP/1.1 abc"] {
            assert_eq!(status(bad), None);
        }
    }
}
