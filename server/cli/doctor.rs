//! `doctor`: looks for what would go wrong, and names the command or setting that mends it.

pub mod certificate;
pub mod clock;
pub mod database;
pub mod disk;
pub mod media;
pub mod ports;
pub mod stun;

use std::process::ExitCode;

use clap::Args;

use crate::archive;
use crate::config::Config;
use crate::failure::Failure;
use crate::running;
use crate::text::{say, tell};

/// `doctor`.
#[derive(Debug, Args)]
pub struct Doctor {
    /// Look at the database alone: for the drill of a backup, which no disk, clock or port of this machine makes worse.
    #[arg(long)]
    pub database: bool,
}

/// One thing looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// As it should be, with what was seen.
    Fine(String),
    /// Not as it should be: what is wrong, and what mends it.
    Wrong(String),
}

/// Whether the help desk of this configuration is open now, in another process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HelpDesk {
    /// Its database is held by another process.
    Open,
    /// Nobody holds it.
    Closed,
}

impl Doctor {
    /// Prints every finding; the exit code is 1 when one is wrong.
    ///
    /// # Errors
    /// Only when the program cannot look at all.
    pub async fn run(&self, config: &Config) -> Result<ExitCode, Failure> {
        let findings = if self.database {
            database::look(config).await
        } else {
            examine(config).await
        };
        for finding in &findings {
            match finding {
                Finding::Fine(text) => tell(&format!("✓ {text}")),
                Finding::Wrong(text) => tell(&format!("✗ {text}")),
            }
        }
        let wrong = findings.iter().filter(|finding| matches!(finding, Finding::Wrong(_))).count();
        if wrong == 0 {
            tell(&say("doctor_fine", &[]));
            return Ok(ExitCode::SUCCESS);
        }
        tell(&say("doctor_wrong", &[("count", &wrong)]));
        Ok(ExitCode::FAILURE)
    }
}

/// Everything looked at, in the order a person mends it. An open help desk is looked at where it is, whatever `config` says by now.
pub async fn examine(config: &Config) -> Vec<Finding> {
    let help_desk = if archive::is_served(&config.store.url).await {
        HelpDesk::Open
    } else {
        HelpDesk::Closed
    };
    let mut findings = disk::look(config);
    findings.push(clock::look());
    let differing = match help_desk {
        HelpDesk::Open => running::differing(config),
        HelpDesk::Closed => None,
    };
    let config = differing.as_ref().unwrap_or(config);
    findings.extend(certificate::look(config));
    findings.push(ports::look(config, help_desk));
    findings.extend(media::look(config, help_desk).await);
    findings.extend(database::look(config).await);
    if differing.is_some() {
        let restart = running::how_to_restart(&config.store.url);
        findings.push(Finding::Fine(say(
            "doctor_running",
            &[("listen", &config.server.listen), ("restart", &restart)],
        )));
    }
    findings
}
