//! The certificate: readable, for the names people open, and how long it lasts.

use std::net::IpAddr;
use std::path::Path;

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::pem::Pem;
use x509_parser::prelude::FromDer;

use super::Finding;
use crate::adapters::clock::wall_ms;
use crate::config::Config;
use crate::text::say;

/// Fewer days left than this is a problem: somebody must renew it in time.
const SOON_DAYS: i64 = 14;

/// Nothing when this process serves no HTTPS.
pub fn look(config: &Config) -> Vec<Finding> {
    if !config.serves_https() {
        return Vec::new();
    }
    if let Err(failure) = crate::check_certificate(&config.tls) {
        return vec![Finding::Wrong(failure.sentence())];
    }
    match read(&config.tls.certificate) {
        Ok(own) => judge(config, &own),
        Err(reason) => vec![Finding::Wrong(say("doctor_certificate_unreadable", &[("reason", &reason)]))],
    }
}

/// What matters of a certificate.
struct Own {
    days_left: i64,
    names: Vec<String>,
}

fn read(path: &Path) -> Result<Own, String> {
    let bytes = std::fs::read(path).map_err(|cause| cause.to_string())?;
    let first = Pem::iter_from_buffer(&bytes).next().ok_or("PEM?")?.map_err(|cause| cause.to_string())?;
    let (_, certificate) = X509Certificate::from_der(&first.contents).map_err(|cause| cause.to_string())?;
    let seconds_left = certificate.validity().not_after.timestamp() - wall_ms() / 1_000;
    let alternatives = certificate.subject_alternative_name().map_err(|cause| cause.to_string())?;
    let names = alternatives.map_or_else(Vec::new, |extension| extension.value.general_names.iter().filter_map(name).collect());
    Ok(Own {
        days_left: seconds_left.div_euclid(86_400),
        names,
    })
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    if let GeneralName::DNSName(name) = name {
        return Some(name.to_lowercase());
    }
    let GeneralName::IPAddress(bytes) = name else { return None };
    let v4 = <[u8; 4]>::try_from(*bytes).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(*bytes).map(IpAddr::from))
        .ok()
        .map(|ip| ip.to_string())
}

fn judge(config: &Config, own: &Own) -> Vec<Finding> {
    let days = own.days_left;
    let mut findings = vec![if days < 0 {
        Finding::Wrong(say("doctor_certificate_expired", &[("days", &-days)]))
    } else if days < SOON_DAYS {
        Finding::Wrong(say("doctor_certificate_soon", &[("days", &days)]))
    } else {
        Finding::Fine(say("doctor_certificate", &[("days", &days)]))
    }];
    for origin in &config.server.public_origins {
        let host = host(origin);
        if !own.names.iter().any(|name| covers(name, host)) {
            findings.push(Finding::Wrong(say(
                "doctor_certificate_host",
                &[("host", &host), ("names", &own.names.join("、"))],
            )));
        }
    }
    findings
}

/// `https://host:port` → `host`.
fn host(origin: &str) -> &str {
    let rest = origin.split_once("://").map_or(origin, |(_, rest)| rest);
    match rest.strip_prefix('[') {
        Some(v6) => v6.split_once(']').map_or(v6, |(address, _)| address),
        None => rest.split_once(':').map_or(rest, |(host, _)| host),
    }
}

/// A wildcard stands for exactly one label (RFC 9525, section 6.3).
fn covers(name: &str, host: &str) -> bool {
    match name.strip_prefix("*.") {
        Some(parent) => host.split_once('.').is_some_and(|(label, rest)| !label.is_empty() && rest == parent),
        None => name == host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_an_origin_is_its_name_without_port() {
        for (origin, expected) in [
            ("https://help.xinqu.cn", "help.xinqu.cn"),
            ("https://10.0.0.7:8443", "10.0.0.7"),
            ("https://[fd00::7]:8443", "fd00::7"),
        ] {
            assert_eq!(host(origin), expected);
        }
    }

    #[test]
    fn a_wildcard_covers_one_label_only() {
        assert!(covers("*.xinqu.cn", "help.xinqu.cn"));
        assert!(covers("help.xinqu.cn", "help.xinqu.cn"));
        for host in ["xinqu.cn", "a.b.xinqu.cn", ".xinqu.cn", "help.xinqu.com"] {
            assert!(!covers("*.xinqu.cn", host), "{host}");
        }
    }
}
