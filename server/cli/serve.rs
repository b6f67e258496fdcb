//! `serve`: opens the help desk and keeps it open until a signal.

use std::io::Write;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};
use yunyiban_edge::{qr_terminal, self_signed};
use yunyiban_protocol::Timestamp;

use super::{Arguments, demo, lan, log, read_config};
use crate::adapters::clock::wall_ms;
use crate::archive;
use crate::config::{Config, LogConfig};
use crate::failure::{Failure, causes};
use crate::text::{say, tell};
use crate::{Server, build, build_on, running};

/// `serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// With --demo: answer HTTPS on this machine's own address, or the one given, so that phones nearby reach it.
    #[arg(long, num_args = 0..=1, value_name = "ADDRESS")]
    pub lan: Option<Option<IpAddr>>,
}

impl Serve {
    /// Prints how people get in, then serves until SIGINT or SIGTERM.
    ///
    /// # Errors
    /// What [`build`] says, a configuration's failures, and [`Failure::FlagMissing`] for `--lan` without `--demo`.
    pub async fn run(&self, arguments: &Arguments) -> Result<ExitCode, Failure> {
        // Not a rule of the parser, which knows only what stands behind the command: `--demo` may stand before it.
        if self.lan.is_some() && !arguments.demo {
            return Err(Failure::FlagMissing { flag: "--demo" });
        }
        let mut config = read_config(arguments)?;
        if let Some(address) = &self.lan {
            open_to_lan(&mut config, address.map_or_else(lan::own_address, Ok)?)?;
        }
        if arguments.demo && config.log == LogConfig::default() {
            // The links and passwords are not to be searched for among the program's own lines.
            config.log.level = "warn".into();
        }
        log::start(&config.log)?;
        let server = if arguments.demo {
            open_demo(&config).await?
        } else {
            build(config.clone()).await?
        };
        tracing::info!(listen = %server.local_addr(), media = %server.media_addr(), "the help desk is open");
        let _note = running::leave(&config, server.local_addr(), server.media_addr());
        greet(&config, &server, arguments.demo);
        server.run_until(told_to_stop()).await?;
        tracing::info!("the help desk is closed");
        Ok(ExitCode::SUCCESS)
    }
}

async fn open_demo(config: &Config) -> Result<Server, Failure> {
    let store = archive::create(&config.store.url).await?;
    let passwords = demo::prepare(&store, config).await?;
    let server = build_on(config.clone(), store).await?;
    passwords.iter().for_each(|line| tell(line));
    Ok(server)
}

/// Links as text, and the citizens' one as a code to scan.
fn greet(config: &Config, server: &Server, is_demo: bool) {
    let scheme = if config.serves_https() { "https" } else { "http" };
    let own = format!("{scheme}://{}", server.local_addr());
    let origin = config.first_origin().unwrap_or(&own);
    let citizen = if is_demo {
        format!("{origin}/h/{}", demo::HALL)
    } else {
        origin.to_owned()
    };
    tell(&say("serve_citizen", &[("link", &citizen)]));
    if let Ok(code) = qr_terminal(&citizen) {
        tell(&code);
    }
    if is_demo && server.local_addr().ip().is_loopback() {
        tell(&say("serve_this_machine_only", &[]));
    }
    tell(&say("serve_staff", &[("link", &format!("{origin}/staff"))]));
    if is_demo && config.serves_https() {
        tell(&say("serve_lan_warning", &[]));
    }
    tell(&say("serve_stop", &[]));
}

/// Listens on an address phones nearby reach, with a certificate nobody vouches for.
fn open_to_lan(config: &mut Config, address: IpAddr) -> Result<(), Failure> {
    let folder = config.files.folder.parent().unwrap_or(Path::new(".")).to_owned();
    let (certificate, key) = (folder.join(format!("lan-{address}.pem")), folder.join(format!("lan-{address}.key")));
    config.tls.certificate.clone_from(&certificate);
    config.tls.key.clone_from(&key);
    config.server.listen = SocketAddr::new(address, config.server.listen.port());
    config.media.listen = SocketAddr::new(address, config.media.listen.port());
    if config.server.public_origins.is_empty() {
        config.server.public_origins = vec![format!("https://{}", config.server.listen)];
    }
    // A phone that was told to trust the certificate keeps trusting it as long as it is the same one.
    if crate::check_certificate(&config.tls).is_err() {
        make_certificate(address, &certificate, &key)?;
    }
    Ok(())
}

fn make_certificate(address: IpAddr, certificate: &Path, key: &Path) -> Result<(), Failure> {
    let made = self_signed(vec![address.to_string()], Timestamp::from_millis(wall_ms())).map_err(|failure| Failure::Certificate {
        certificate: certificate.into(),
        key: key.into(),
        reason: causes(&failure),
    })?;
    if let Some(folder) = certificate.parent() {
        std::fs::create_dir_all(folder).map_err(|cause| Failure::writing(folder, &cause))?;
    }
    write_private(key, &made.key)?;
    write_private(certificate, &made.certificate)
}

fn write_private(path: &Path, text: &str) -> Result<(), Failure> {
    use std::os::unix::fs::OpenOptionsExt;
    let file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|cause| Failure::writing(path, &cause))
}

/// SIGINT (Ctrl+C) or SIGTERM (systemd).
async fn told_to_stop() {
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            biased;
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        },
        Err(cause) => {
            tracing::warn!(%cause, "SIGTERM cannot be heard, only Ctrl+C");
            // Without either signal only a kill ends the program, which loses nothing that was acknowledged.
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}
