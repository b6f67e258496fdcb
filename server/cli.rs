//! What the program can be asked to do.

use std::path::PathBuf;
use std::process::ExitCode;

/// The command line.
#[derive(Debug, clap::Parser)]
pub struct Arguments {
    /// Configuration file.
    #[arg(long, default_value = "yunyiban.toml")]
    pub config: PathBuf,
}

/// Runs one command.
pub fn run(arguments: Arguments) -> ExitCode {
    match crate::config::read::load(Some(&arguments.config), std::env::vars()) {
        Ok(_) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{}", failure.sentence());
            ExitCode::FAILURE
        }
    }
}
