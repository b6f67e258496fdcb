//! Arguments in, exit code out. Everything else is in the library.

use std::process::ExitCode;

use yunyiban::cli;

fn main() -> ExitCode {
    cli::run(cli::arguments())
}
