//! The questions of `init` and what an answer must look like.

use std::io::BufRead;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use yunyiban_core::calendar::table::minute;
use yunyiban_protocol::{HallId, OpeningHours};

use super::Init;
use crate::cli::ask::Questions;
use crate::config::read::is_origin;
use crate::config::{Config, FilesConfig, MediaConfig, ServerConfig, StoreConfig, TlsConfig};
use crate::failure::Failure;

/// Everything `init` must know.
#[derive(Clone, Debug)]
pub struct Answers {
    /// Full name of the hall.
    pub name: String,
    /// Word in its link.
    pub id: HallId,
    /// Telephone citizens may ring.
    pub telephone: String,
    /// How many windows.
    pub windows: u32,
    /// When the hall is open.
    pub hours: Vec<OpeningHours>,
    /// Sign-in name of the first administrator.
    pub administrator: String,
    /// How the administrator is addressed.
    pub display_name: String,
    /// Number on the badge.
    pub badge: String,
    /// Addresses, certificate and folders.
    pub config: Config,
}

/// Local time of a common street hall (JOURNEYS, screen 1).
const USUAL_HOURS: &str = "1-5 09:00-12:00, 1-5 13:30-17:00";

impl Answers {
    /// Asks what the flags leave open.
    ///
    /// # Errors
    /// As [`Questions::ask`].
    pub fn gather<R: BufRead>(flags: &Init, questions: &mut Questions<R>) -> Result<Self, Failure> {
        let name = questions.ask("init_name", "--name", flags.name.as_deref(), None, short)?;
        let id = questions.ask("init_id", "--id", flags.id.as_deref(), Some("hall"), hall_id)?;
        let telephone = questions.ask("init_telephone", "--telephone", flags.telephone.as_deref(), Some("12345"), telephone)?;
        let windows = questions.ask("init_windows", "--windows", flags.windows.as_deref(), Some("3"), windows)?;
        let hours = questions.ask("init_hours", "--hours", flags.hours.as_deref(), Some(USUAL_HOURS), hours)?;
        let administrator = questions.ask(
            "init_administrator",
            "--administrator",
            flags.administrator.as_deref(),
            None,
            sign_in_name,
        )?;
        let display_name = questions.ask(
            "init_display_name",
            "--display-name",
            flags.display_name.as_deref(),
            Some(&administrator),
            short,
        )?;
        let badge = questions.ask("init_badge", "--badge", flags.badge.as_deref(), Some("001"), short)?;
        let config = addresses(flags, questions)?;
        Ok(Self {
            name,
            id,
            telephone,
            windows,
            hours,
            administrator,
            display_name,
            badge,
            config,
        })
    }
}

fn addresses<R: BufRead>(flags: &Init, questions: &mut Questions<R>) -> Result<Config, Failure> {
    let origin = questions.ask("init_origin", "--origin", flags.origin.as_deref(), Some("http://127.0.0.1:8080"), origin)?;
    let local = origin.starts_with("http://");
    let usual_listen = if local { "127.0.0.1:8080" } else { "0.0.0.0:443" };
    let listen: SocketAddr = questions.ask("init_listen", "--listen", flags.listen.as_deref(), Some(usual_listen), parsed)?;
    let mut tls = TlsConfig::default();
    if !local || flags.certificate.is_some() {
        let certificate = questions.ask("init_certificate", "--certificate", flags.certificate.as_deref(), None, short)?;
        if certificate == "-" {
            tls.plain_http_behind_proxy = true;
            tls.trusted_proxies = vec![IpAddr::from([127, 0, 0, 1])];
        } else {
            tls.certificate = certificate.into();
            tls.key = questions.ask("init_key", "--key", flags.key.as_deref(), None, short)?.into();
        }
    }
    let usual_media = if local { "127.0.0.1:8081" } else { "0.0.0.0:8081" };
    let media: SocketAddr = questions.ask("init_media", "--media", flags.media.as_deref(), Some(usual_media), parsed)?;
    let advertised: Option<IpAddr> = questions.ask("init_advertised", "--advertised", flags.advertised.as_deref(), Some("-"), address_or_none)?;
    let data: PathBuf = questions.ask("init_data", "--data", flags.data.as_deref(), Some("data"), short)?.into();
    Ok(Config {
        server: ServerConfig {
            listen,
            public_origins: vec![origin],
            ..ServerConfig::default()
        },
        tls,
        store: StoreConfig {
            url: format!("sqlite:{}", data.join("yunyiban.db").display()),
        },
        files: FilesConfig {
            folder: data.join("files"),
            ..FilesConfig::default()
        },
        media: MediaConfig {
            listen: media,
            advertised: advertised.into_iter().collect(),
        },
        ..Config::default()
    })
}

fn short(text: &str) -> Option<String> {
    let characters = text.chars().count();
    ((1..=64).contains(&characters) && !text.chars().any(char::is_control)).then(|| text.to_owned())
}

fn hall_id(text: &str) -> Option<HallId> {
    let shaped = (1..=32).contains(&text.len()) && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    shaped.then(|| HallId::new(text))
}

fn telephone(text: &str) -> Option<String> {
    let shaped = (3..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    shaped.then(|| text.to_owned())
}

fn windows(text: &str) -> Option<u32> {
    text.parse().ok().filter(|count| (1..=200).contains(count))
}

fn sign_in_name(text: &str) -> Option<String> {
    let shaped = (2..=64).contains(&text.len()) && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-'));
    shaped.then(|| text.to_owned())
}

fn origin(text: &str) -> Option<String> {
    is_origin(text).then(|| text.to_owned())
}

fn parsed<T: std::str::FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

fn address_or_none(text: &str) -> Option<Option<IpAddr>> {
    if text == "-" { Some(None) } else { text.parse().ok().map(Some) }
}

/// `1-5 09:00-12:00, 6 09:00-11:30`.
fn hours(text: &str) -> Option<Vec<OpeningHours>> {
    text.split(',').map(|run| open_run(run.trim())).collect()
}

fn open_run(text: &str) -> Option<OpeningHours> {
    let (days, time) = text.split_once(' ')?;
    let (from_day, to_day) = days.split_once('-').unwrap_or((days, days));
    let (from, to) = time.trim().split_once('-')?;
    let run = OpeningHours {
        from_day: parsed(from_day)?,
        to_day: parsed(to_day)?,
        from_minute: minute(from)?,
        to_minute: minute(to)?,
    };
    run.is_sound().then_some(run)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_as_people_write_them() {
        let read = hours("1-5 09:00-12:00, 6 13:30-24:00").unwrap();
        assert_eq!(
            read[0],
            OpeningHours {
                from_day: 1,
                to_day: 5,
                from_minute: 540,
                to_minute: 720
            }
        );
        assert_eq!(
            read[1],
            OpeningHours {
                from_day: 6,
                to_day: 6,
                from_minute: 810,
                to_minute: 1_440
            }
        );
        for wrong in [
            "",
            "1-5",
            "0-5 09:00-12:00",
            "5-1 09:00-12:00",
            "1-8 09:00-12:00",
            "1 12:00-09:00",
            "1 9-12",
            "1 09:60-12:00",
            "1 09:00-24:01",
        ] {
            assert_eq!(hours(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_hall_with_a_name_of_its_own_is_asked_for_its_certificate() {
        let lines = "新区街道便民服务中心\nxinqu\n0591-12345\n4\n\nchen\n陈桂英\n0412\nhttps://help.xinqu.cn\n\ncert.pem\nkey.pem\n\n203.0.113.7\n\n";
        let answers = Answers::gather(&Init::default(), &mut Questions::asking(lines.as_bytes())).unwrap();
        assert_eq!((answers.id.as_str(), answers.windows, answers.hours.len()), ("xinqu", 4, 2));
        assert_eq!(answers.config.server.listen.to_string(), "0.0.0.0:443");
        assert_eq!(answers.config.tls.certificate, PathBuf::from("cert.pem"));
        assert_eq!(answers.config.media.advertised, ["203.0.113.7".parse::<IpAddr>().unwrap()]);
    }
}
