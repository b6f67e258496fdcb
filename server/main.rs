//! Arguments in, exit code out. Everything else is in the library.

use std::process::ExitCode;

use clap::Parser;
use yunyiban::cli::Arguments;

fn main() -> ExitCode {
    yunyiban::cli::run(Arguments::parse())
}
