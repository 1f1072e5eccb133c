//! Variables of the environment as defaults for flags: `PROOFHOUSE_RUN_LANES` for `run --lanes`. Each flag has one, under the names of its
//! command and its own.
//!
//! What a variable sets wins over the file and loses to the command line. No flag takes a secret, so none of these variables holds one.

use std::ffi::OsString;

use clap::builder::StyledStr;
use clap::{Arg, ArgAction, Command};

use super::configuration::{NEVER, Setting, set};
use crate::diagnostic::near_miss;

/// The beginning of every name.
const PREFIX: &str = "PROOFHOUSE_";
/// The variables that are no flags.
const OTHERS: [&str; 2] = [crate::app::DATA_VARIABLE, crate::app::TOKEN_VARIABLE];

/// The variable of a flag of a command. None for a flag that asks for something else than the command, and for one of all commands, which
/// belongs to no command below.
fn name_of(command: &[String], flag: &Arg) -> Option<String> {
    let long = flag.get_long().filter(|long| !NEVER.contains(long))?;
    if flag.is_global_set() && !command.is_empty() {
        return None;
    }
    let words = command.iter().map(String::as_str).chain([long]);
    let name = words.collect::<Vec<_>>().join("_");
    Some(format!("{PREFIX}{}", name.replace('-', "_").to_uppercase()))
}

/// A flag that a variable can set.
struct Settable<'c> {
    variable: String,
    command: Vec<String>,
    flag: &'c Arg,
}

/// Every flag that a variable can set. `whole` is the built command of the binary.
fn settable(whole: &Command) -> Vec<Settable<'_>> {
    let mut found = Vec::new();
    let mut open = vec![(Vec::new(), whole)];
    while let Some((names, command)) = open.pop() {
        for flag in command.get_arguments() {
            if let Some(variable) = name_of(&names, flag) {
                found.push(Settable {
                    variable,
                    command: names.clone(),
                    flag,
                });
            }
        }
        for below in command
            .get_subcommands()
            .filter(|below| below.get_name() != "help")
        {
            let mut names = names.clone();
            names.push(below.get_name().to_owned());
            open.push((names, below));
        }
    }
    found.sort_by(|one, other| one.variable.cmp(&other.variable));
    found
}

/// The flags that the environment sets, for the commands that `wanted` takes.
///
/// # Errors
///
/// What a variable must be and is not, in words.
pub(super) fn settings(
    whole: &Command,
    environment: &[(OsString, OsString)],
    wanted: &dyn Fn(&[String]) -> bool,
) -> Result<Vec<Setting>, String> {
    let mut found = Vec::new();
    for settable in settable(whole).into_iter().filter(|one| wanted(&one.command)) {
        let given = environment
            .iter()
            .find(|(name, value)| name == settable.variable.as_str() && !value.is_empty());
        let Some((_, value)) = given else { continue };
        let name = settable.flag.get_long().unwrap_or_default();
        let written = match settable.flag.get_action() {
            ArgAction::SetTrue => match value.to_str() {
                Some("true" | "1") => vec![OsString::from(format!("--{name}"))],
                Some("false" | "0") => Vec::new(),
                _ => return Err(format!("{} must be true or false", settable.variable)),
            },
            ArgAction::Append => match value.to_str() {
                Some(lines) => lines
                    .lines()
                    .filter(|line| !line.is_empty())
                    .map(|line| set(name, &line.into()))
                    .collect(),
                None => vec![set(name, value)],
            },
            _ => vec![set(name, value)],
        };
        found.push(Setting {
            command: settable.command,
            flag: name.to_owned(),
            written,
            origin: format!("the variable {}", settable.variable),
        });
    }
    Ok(found)
}

/// The variables that begin like ours and set nothing, each with the one that is meant. One that is like none may be anything, such as the
/// credential of a provider.
pub(super) fn slips(
    whole: &Command,
    environment: &[(OsString, OsString)],
    command: &[String],
) -> Vec<(String, String)> {
    let all = settable(whole);
    let known: Vec<&str> = all
        .iter()
        .map(|one| one.variable.as_str())
        .chain(OTHERS)
        .collect();
    let names = environment.iter().filter_map(|(name, _)| name.to_str());
    let unknown = names.filter(|name| name.starts_with(PREFIX) && !known.contains(name));
    let meant = |name: &str| {
        // The name of the flag alone, without that of its command. Of another command it may be the variable of somebody else.
        let end = name.get(PREFIX.len() - 1..).unwrap_or_default();
        let mut same = all.iter().filter(|one| one.variable.ends_with(end));
        let own = same.find(|one| command.is_empty() || command.starts_with(&one.command));
        let whole = own.map(|one| one.variable.as_str());
        // The beginning that all share would make any two alike.
        let alike = || {
            let ends = known
                .iter()
                .map(|known| known.get(PREFIX.len()..).unwrap_or_default());
            near_miss(name.get(PREFIX.len()..).unwrap_or_default(), ends)
                .filter(|near| near.len().abs_diff(name.len() - PREFIX.len()) <= 2)
                .map(|near| format!("{PREFIX}{near}"))
        };
        whole.map(str::to_owned).or_else(alike)
    };
    unknown
        .filter_map(|name| Some((name.to_owned(), meant(name)?)))
        .collect()
}

/// The command of the binary in whose help each flag names its variable.
pub(super) fn documented(command: Command) -> Command {
    below(command, &[])
}

fn below(command: Command, names: &[String]) -> Command {
    let command = command.mut_args(|flag| match name_of(names, &flag) {
        Some(variable) => {
            let named = |help: &StyledStr| format!("{help} [env: {variable}]");
            let (short, long) = (flag.get_help().map(named), flag.get_long_help().map(named));
            let flag = short.into_iter().fold(flag, Arg::help);
            long.into_iter().fold(flag, Arg::long_help)
        }
        None => flag,
    });
    command.mut_subcommands(|one| {
        let names: Vec<String> = names.iter().cloned().chain([one.get_name().to_owned()]).collect();
        below(one, &names)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory;

    use super::*;
    use crate::cli::args::Arguments;

    fn whole() -> Command {
        let mut whole = Arguments::command();
        whole.build();
        whole
    }

    #[test]
    fn no_two_flags_share_a_variable_and_none_is_another_of_ours() {
        let whole = whole();
        let all = settable(&whole);
        let names: BTreeSet<_> = all.iter().map(|one| one.variable.as_str()).collect();
        assert_eq!(names.len(), all.len());
        assert!(OTHERS.iter().all(|other| !names.contains(other)));
        for name in [
            "PROOFHOUSE_QUIET",
            "PROOFHOUSE_RUN_FAIL_FAST",
            "PROOFHOUSE_RUNS_LIST_LIMIT",
        ] {
            assert!(names.contains(name), "{name}: {names:?}");
        }
        let help = documented(Arguments::command()).debug_assert_help();
        assert!(help.contains("PROOFHOUSE_RUN_FAIL_FAST]"), "{help}");
    }

    trait Help {
        fn debug_assert_help(self) -> String;
    }

    impl Help for Command {
        fn debug_assert_help(mut self) -> String {
            self.build();
            let run = self.find_subcommand_mut("run").unwrap();
            run.render_long_help().to_string()
        }
    }

    #[test]
    fn a_slip_is_told_and_a_stranger_is_not() {
        let whole = whole();
        let run = ["run".to_owned()];
        let meant = |name: &str| {
            let environment = [(OsString::from(name), OsString::from("x"))];
            slips(&whole, &environment, &run).pop().map(|(_, meant)| meant)
        };
        assert_eq!(meant("PROOFHOUSE_LANES").unwrap(), "PROOFHOUSE_RUN_LANES");
        assert_eq!(meant("PROOFHOUSE_RUN_LANE").unwrap(), "PROOFHOUSE_RUN_LANES");
        assert_eq!(meant("PROOFHOUSE_DATAA").unwrap(), "PROOFHOUSE_DATA");
        for other in [
            "PROOFHOUSE_DATA",
            "PROOFHOUSE_TOKEN",
            "PROOFHOUSE_SALON_KEY",
            "PROOFHOUSE_KEY",
            "PROOFHOUSE_RUN_LANES",
            "RUN_LANES",
        ] {
            assert_eq!(meant(other), None, "{other}");
        }
    }
}
