//! The program's help in the operator's words: every sentence of it is in `web/locales`, by the path of what it explains.

use clap::{Arg, ArgAction, Command};

use crate::text;

const TEMPLATE: &str = "{before-help}{about-with-newline}\n{usage}\n\n{all-args}{after-help}";

/// The command and everything below it with its own words; a help switch of its own, so that this is explained too.
pub fn in_words(command: Command) -> Command {
    let version = Arg::new("version")
        .short('V')
        .long("version")
        .action(ArgAction::Version)
        .help(words("version"));
    explained(command.disable_version_flag(true).arg(version), "")
}

fn explained(command: Command, path: &str) -> Command {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    let help = Arg::new("help").short('h').long("help").action(ArgAction::Help).help(words("help"));
    let command = command
        .about(words(if path.is_empty() { "yunyiban" } else { path }))
        .long_about(None::<&str>)
        .help_template(TEMPLATE)
        .subcommand_help_heading(words("commands"))
        .disable_help_flag(true)
        .disable_help_subcommand(true)
        .mut_args(|arg| {
            let (key, heading) = (below(arg.get_id().as_str()), if arg.is_positional() { "values" } else { "options" });
            let arg = if arg.get_id() == "version" { arg } else { arg.help(words(&key)) };
            arg.long_help(None::<&str>).help_heading(words(heading))
        })
        .arg(help.help_heading(words("options")));
    command.mut_subcommands(|inner| {
        let path = below(inner.get_name());
        explained(inner, &path)
    })
}

/// Nothing for what is not explained: a test finds it.
fn words(key: &str) -> &'static str {
    text::help().get(key).map_or("", String::as_str)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory;

    use super::*;
    use crate::cli::Arguments;

    fn keys(command: &Command, path: &str, found: &mut BTreeSet<String>) {
        let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        found.insert(if path.is_empty() { "yunyiban".into() } else { path.to_owned() });
        found.extend(command.get_arguments().map(|arg| below(arg.get_id().as_str())));
        for inner in command.get_subcommands() {
            keys(inner, &below(inner.get_name()), found);
        }
    }

    #[test]
    fn every_command_and_switch_is_explained_and_nothing_else() {
        let mut wanted = BTreeSet::from(["help", "version", "commands", "options", "values"].map(String::from));
        keys(&Arguments::command(), "", &mut wanted);
        let said: BTreeSet<String> = text::help().keys().cloned().collect();
        let missing: Vec<_> = wanted.difference(&said).collect();
        let unused: Vec<_> = said.difference(&wanted).collect();
        assert!(
            missing.is_empty() && unused.is_empty(),
            "not explained: {missing:?}; explains nothing: {unused:?}"
        );
    }

    #[test]
    fn no_help_falls_back_to_another_language() {
        fn look(mut command: Command) {
            let shown = command.render_long_help().to_string();
            for foreign in ["Print", "Options:", "Commands:", "default:", "Arguments:", " the "] {
                assert!(!shown.contains(foreign), "{foreign}: {shown}");
            }
            command.get_subcommands().cloned().for_each(look);
        }
        look(in_words(Arguments::command()));
    }
}
