//! What the program can be asked to do. One file a command.

mod ask;
pub mod backup;
pub mod calendar;
pub mod catalogue;
pub mod day;
pub mod demo;
pub mod doctor;
pub mod init;
pub mod lan;
pub mod log;
pub mod rules;
pub mod serve;
pub mod staff;
pub mod words;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::config::Config;
use crate::config::read::load;
use crate::failure::Failure;

/// 云易办: the remote help desk of a government service hall.
#[derive(Debug, Parser)]
#[command(name = "yunyiban", version)]
pub struct Arguments {
    /// Configuration file.
    #[arg(long, global = true, default_value = "yunyiban.toml", hide_default_value = true, value_name = "FILE")]
    pub config: PathBuf,
    /// Use the demonstration hall in the folder `data` and its built-in configuration instead of a file.
    #[arg(long, global = true)]
    pub demo: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// One thing to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Open the help desk and keep it open until a signal.
    Serve(serve::Serve),
    /// Set up a hall for the first time: configuration, database, first administrator.
    Init(Box<init::Init>),
    /// Accounts of staff.
    #[command(subcommand)]
    Staff(staff::Staff),
    /// Replace the service items of a hall from a catalogue file.
    Catalogue(catalogue::Import),
    /// Show or change the holidays, working weekends and short days of a hall.
    Calendar(calendar::Desk),
    /// A day in figures: who came, how long they waited, how often the shown wait held.
    Day(day::Day),
    /// Show the rules of a hall (every wait and limit), or change some.
    Rules(rules::Rules),
    /// Copy database, pictures and configuration into one new folder, also while the help desk is open.
    Backup(backup::Backup),
    /// Bring a backup back. The help desk must be closed.
    Restore(backup::Restore),
    /// Look for what would go wrong, and name the command or setting that mends it.
    Doctor(doctor::Doctor),
}

/// What this process was asked, or its help, in the operator's words.
pub fn arguments() -> Arguments {
    let asked = words::in_words(Arguments::command()).get_matches();
    Arguments::from_arg_matches(&asked).unwrap_or_else(|error| error.exit())
}

/// Runs one command and says in words what stopped it.
pub fn run(arguments: Arguments) -> ExitCode {
    match runtime().and_then(|runtime| runtime.block_on(perform(arguments))) {
        Ok(code) => code,
        Err(failure) => {
            tracing::debug!(error = %failure, "stopped: {failure}");
            eprintln!("{}", failure.sentence());
            ExitCode::FAILURE
        }
    }
}

async fn perform(arguments: Arguments) -> Result<ExitCode, Failure> {
    let read = || read_config(&arguments);
    match &arguments.command {
        Command::Serve(serve) => serve.run(&arguments).await,
        Command::Init(init) => init.run(&arguments.config).await.map(|()| ExitCode::SUCCESS),
        Command::Staff(staff) => staff.run(&read()?).await.map(|()| ExitCode::SUCCESS),
        Command::Catalogue(import) => import.run(&read()?).await.map(|()| ExitCode::SUCCESS),
        Command::Calendar(calendar) => calendar.run(&read()?).await.map(|()| ExitCode::SUCCESS),
        Command::Day(day) => day.run(&read()?).await.map(|()| ExitCode::SUCCESS),
        Command::Rules(rules) => rules.run(&read()?).await.map(|()| ExitCode::SUCCESS),
        Command::Backup(backup) => backup.run(&read()?).await.map(|()| ExitCode::SUCCESS),
        Command::Restore(restore) => restore.run(&read()?).await.map(|()| ExitCode::SUCCESS),
        Command::Doctor(doctor) => doctor.run(&read()?).await,
    }
}

/// The demonstration's configuration, or the file's; the environment goes over either.
fn read_config(arguments: &Arguments) -> Result<Config, Failure> {
    let file = (!arguments.demo).then_some(arguments.config.as_path());
    load(file, std::env::vars())
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|cause| Failure::System { reason: cause.to_string() })
}
