//! HTTPS from PEM files, and a certificate of our own making for a local network.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum_server::tls_rustls::RustlsConfig;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::time::sleep;
use tracing::{info, warn};
use yunyiban_protocol::Timestamp;

/// A certificate and its key, both PEM.
pub struct SelfSigned {
    /// Certificate.
    pub certificate: String,
    /// Private key; only for the file it is stored in.
    pub key: String,
}

/// Why there is no HTTPS. Names the file, so that a person can mend it.
#[derive(Debug, thiserror::Error)]
pub enum TlsFailure {
    /// A file is missing or holds no PEM of its kind.
    #[error("reading {file}")]
    Unreadable {
        /// Which.
        file: PathBuf,
        /// Why.
        #[source]
        cause: rustls::pki_types::pem::Error,
    },
    /// The certificate file holds no certificate.
    #[error("{file} holds no certificate")]
    NoCertificate {
        /// Which.
        file: PathBuf,
    },
    /// Certificate and key do not fit each other, or are of an unknown kind.
    #[error("certificate and key cannot be used together")]
    Unusable(#[source] rustls::Error),
    /// A name cannot stand in a certificate.
    #[error("making a certificate")]
    Making(#[source] rcgen::Error),
}

/// How long our own certificates are good: browsers refuse longer ones (825 days) even when a person trusts them.
const GOOD_FOR: Duration = Duration::from_secs(820 * 24 * 3_600);

/// How often changed files are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// A certificate for names and addresses (`192.168.1.7`, `hall.local`) that nobody vouches for: browsers warn once.
/// Good from a day before `now`, so that a phone with a slow clock takes it.
///
/// # Errors
/// [`TlsFailure::Making`].
pub fn self_signed(names: Vec<String>, now: Timestamp) -> Result<SelfSigned, TlsFailure> {
    let day = Duration::from_secs(24 * 3_600);
    let since_1970 = Duration::from_millis(now.as_millis().unsigned_abs());
    let mut wish = rcgen::CertificateParams::new(names).map_err(TlsFailure::Making)?;
    wish.not_before = rcgen::date_time_ymd(1970, 1, 1) + since_1970.saturating_sub(day);
    wish.not_after = wish.not_before + GOOD_FOR;
    wish.distinguished_name.push(rcgen::DnType::CommonName, "yunyiban");
    let key = rcgen::KeyPair::generate().map_err(TlsFailure::Making)?;
    let certificate = wish.self_signed(&key).map_err(TlsFailure::Making)?;
    Ok(SelfSigned {
        certificate: certificate.pem(),
        key: key.serialize_pem(),
    })
}

/// Reads the two files.
///
/// # Errors
/// [`TlsFailure`].
pub fn read_files(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, TlsFailure> {
    let unreadable = |file: &Path| {
        let file = file.to_owned();
        move |cause| TlsFailure::Unreadable { file, cause }
    };
    let chain = CertificateDer::pem_file_iter(certificate).map_err(unreadable(certificate))?;
    let chain = chain.collect::<Result<Vec<_>, _>>().map_err(unreadable(certificate))?;
    if chain.is_empty() {
        return Err(TlsFailure::NoCertificate {
            file: certificate.to_owned(),
        });
    }
    let key = PrivateKeyDer::from_pem_file(key).map_err(unreadable(key))?;
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let versions = ServerConfig::builder_with_provider(ring)
        .with_safe_default_protocol_versions()
        .map_err(TlsFailure::Unusable)?;
    let mut config = versions
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(TlsFailure::Unusable)?;
    // One version of HTTP: one set of bounds to keep.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Takes up new files while the door is open. Files that cannot be used are told to the log once, and the old ones stay.
pub async fn follow_files(config: RustlsConfig, certificate: PathBuf, key: PathBuf) {
    let mut known = changed_at(&certificate, &key);
    loop {
        sleep(LOOK_EVERY).await;
        let found = changed_at(&certificate, &key);
        if found == known {
            continue;
        }
        known = found;
        match read_files(&certificate, &key) {
            Ok(fresh) => {
                config.reload_from_config(fresh);
                info!("the new certificate is in use");
            }
            Err(failure) => warn!(
                error = &failure as &dyn std::error::Error,
                "the changed certificate cannot be used; the old one stays"
            ),
        }
    }
}

fn changed_at(certificate: &Path, key: &Path) -> [Option<SystemTime>; 2] {
    [certificate, key].map(|file| file.metadata().and_then(|facts| facts.modified()).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_file_is_named() {
        let failure = read_files(Path::new("/nowhere/hall.pem"), Path::new("/nowhere/hall.key")).unwrap_err();
        assert_eq!(failure.to_string(), "reading /nowhere/hall.pem");
    }

    #[test]
    fn a_name_that_cannot_be_certified_is_refused() {
        assert!(self_signed(vec!["大厅".into()], Timestamp::from_millis(0)).is_err());
    }
}
