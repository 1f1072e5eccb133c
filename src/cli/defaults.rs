//! The command line with the defaults of the environment and of `proofhouse.toml`.

use std::ffi::OsString;
use std::path::Path;

use clap::error::{ContextKind, ContextValue};
use clap::{Command, CommandFactory};

use super::args::Arguments;
use super::configuration::{Configuration, Setting};
use super::given::Given;
use super::output::Printer;
use super::variables;
use crate::app::{AppError, StorePlace};

/// The flag that shows the defaults and does nothing else.
const SHOW: &str = "--show-config";
/// Commands that run nothing: no default stands in their way.
const WITHOUT: [&str; 3] = ["completions", "help", "man"];

/// A command line with the defaults that were added to it.
#[derive(Debug)]
pub(super) struct WithDefaults {
    /// The arguments.
    pub(super) arguments: Vec<OsString>,
    /// What was added.
    added: Vec<Setting>,
    /// The variables that set nothing and were meant to, each with the one that is meant.
    pub(super) slips: Vec<(String, String)>,
}

impl WithDefaults {
    /// Where the flags come from that a mistake is about, if the command line did not give them.
    pub(super) fn origins(&self, mistake: &clap::Error) -> Vec<String> {
        let about: Vec<&String> = mistake
            .context()
            .filter(|(kind, _)| matches!(kind, ContextKind::InvalidArg | ContextKind::PriorArg))
            .flat_map(|(_, value)| match value {
                ContextValue::String(one) => vec![one],
                ContextValue::Strings(all) => all.iter().collect(),
                _ => Vec::new(),
            })
            .collect();
        let concerns = |setting: &&Setting| {
            let flag = format!("--{}", setting.flag);
            about
                .iter()
                .any(|about| about.split([' ', '=']).next() == Some(flag.as_str()))
        };
        let told = |setting: &Setting| format!("`--{}` comes from {}", setting.flag, setting.origin);
        self.added.iter().filter(concerns).map(told).collect()
    }
}

/// The arguments with those that the environment and the nearest file add for their command. The command line wins over the environment, and
/// that over the file.
///
/// # Errors
///
/// A variable is wrong, or every mistake in the file.
pub(super) fn with_defaults(
    arguments: Vec<OsString>,
    folder: &Path,
    environment: &[(OsString, OsString)],
) -> Result<WithDefaults, AppError> {
    let whole = whole();
    let after = arguments.get(1..).unwrap_or_default();
    let mut given = Given::read(&whole, after);
    let is_asked = given
        .names
        .first()
        .is_some_and(|name| !WITHOUT.contains(&name.as_str()));
    let mut all = WithDefaults {
        arguments,
        added: Vec::new(),
        slips: Vec::new(),
    };
    if !is_asked {
        return Ok(all);
    }
    let of_command = |command: &[String]| given.is_within(command);
    let variables = variables::settings(&whole, environment, &of_command).map_err(AppError::Usage)?;
    all.slips = variables::slips(&whole, environment, &given.names);
    all.added
        .extend(variables.into_iter().filter(|one| given.leaves(&one.flag)));
    for variable in &all.added {
        given.take(&variable.flag, !variable.written.is_empty());
    }
    if let Some(configuration) = Configuration::find(folder)? {
        let defaults = configuration.defaults(&whole)?.into_iter();
        all.added
            .extend(defaults.filter(|one| given.is_within(&one.command) && given.leaves(&one.flag)));
    }
    // Right after the name of the command: what follows may be the words of another program.
    let at = (given.until + 1).min(all.arguments.len());
    let written = all.added.iter().flat_map(|one| one.written.clone());
    all.arguments.splice(at..at, written);
    Ok(all)
}

/// Returns true if the defaults are to be shown.
pub(super) fn is_shown(arguments: &[OsString]) -> bool {
    arguments.iter().skip(1).any(|argument| argument == SHOW)
}

/// Prints the file, then the environment, and each default as it is written on the command line.
///
/// # Errors
///
/// A variable is wrong, or every mistake in the file.
pub(super) fn show(
    folder: &Path,
    environment: &[(OsString, OsString)],
    printer: &Printer,
) -> Result<(), AppError> {
    let whole = whole();
    let variables = variables::settings(&whole, environment, &|_| true).map_err(AppError::Usage)?;
    match Configuration::find(folder)? {
        None => printer.line("no proofhouse.toml in this folder or above it"),
        Some(configuration) => {
            let defaults = configuration.defaults(&whole)?;
            printer.line(&configuration.path().display().to_string());
            for default in &defaults {
                let mut same = variables
                    .iter()
                    .filter(|one| (&one.command, &one.flag) == (&default.command, &default.flag));
                let beaten = same
                    .next()
                    .map(|one| format!("  (not used: {} counts)", one.origin));
                print(default, &beaten.unwrap_or_default(), printer);
            }
        }
    }
    if !variables.is_empty() {
        printer.line("the environment");
    }
    for variable in &variables {
        let name = variable.origin.rsplit(' ').next().unwrap_or_default();
        print(variable, &format!("  ({name})"), printer);
    }
    for (name, meant) in variables::slips(&whole, environment, &[]) {
        printer.warning(&slip(&name, &meant));
    }
    Ok(())
}

/// What is said of a variable that sets nothing.
pub(super) fn slip(name: &str, meant: &str) -> String {
    format!("the variable {name} sets nothing; did you mean {meant}?")
}

fn print(default: &Setting, after: &str, printer: &Printer) {
    let command = std::iter::once("proofhouse").chain(default.command.iter().map(String::as_str));
    let command = command.collect::<Vec<_>>().join(" ");
    if default.written.is_empty() {
        printer.line(&format!("  {command}: no --{}{after}", default.flag));
    }
    for written in &default.written {
        let written = written.to_string_lossy();
        let written = match written.strip_prefix("--store=") {
            Some(address) => format!("--store={}", StorePlace::shown(address)),
            None => written.into_owned(),
        };
        printer.line(&format!("  {command} {written}{after}"));
    }
}

/// The command of the binary, with the flags of all commands under each.
fn whole() -> Command {
    let mut whole = Arguments::command();
    whole.build();
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(file: &str, line: &str) -> Result<String, String> {
        in_environment(&[], file, line)
    }

    fn in_environment(variables: &[(&str, &str)], file: &str, line: &str) -> Result<String, String> {
        let variables: Vec<_> = variables
            .iter()
            .map(|(name, value)| (OsString::from(name), OsString::from(value)))
            .collect();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("proofhouse.toml"), file).unwrap();
        let below = folder.path().join("one/two");
        std::fs::create_dir_all(&below).unwrap();
        let arguments = std::iter::once("proofhouse").chain(line.split_whitespace());
        let found = with_defaults(arguments.map(OsString::from).collect(), &below, &variables);
        let folder = folder.path().display().to_string();
        found
            .map(|all| {
                let words: Vec<_> = all
                    .arguments
                    .iter()
                    .map(|one| one.to_string_lossy().into_owned())
                    .collect();
                words.join(" ").replace(&folder, "HERE")
            })
            .map_err(|error| match error.problems() {
                Some(problems) => problems.render(false),
                None => error.to_string(),
            })
    }

    const FILE: &str = "quiet = true\n[run]\nproviders = \"p.yaml\"\nlanes = 4\nprovider = [\"a:*\", \"b:*\"]\nstrict = true\n\
                        [runs.list]\nlimit = 3\n";

    #[test]
    fn a_flag_of_the_file_holds_for_its_command_unless_the_command_line_gives_it() {
        assert_eq!(
            with(FILE, "run --lanes 8").unwrap(),
            "proofhouse run --quiet --providers=HERE/p.yaml --provider=a:* --provider=b:* --strict --lanes 8"
        );
        assert_eq!(
            with(FILE, "runs list").unwrap(),
            "proofhouse runs list --quiet --limit=3"
        );
        assert_eq!(
            with(FILE, "-q runs list --limit=9").unwrap(),
            "proofhouse -q runs list --limit=9"
        );
        assert_eq!(
            with(FILE, "--registry run runs list").unwrap(),
            "proofhouse --registry run runs list --quiet --limit=3"
        );
    }

    #[test]
    fn a_flag_that_excludes_one_of_the_file_wins() {
        let found = with(FILE, "run --reference").unwrap();
        assert!(
            !found.contains("--providers") && found.contains("--lanes=4"),
            "{found}"
        );
    }

    #[test]
    fn what_is_no_flag_is_a_mistake_with_its_place_whatever_the_command() {
        let wrong = with("[run]\nlane = 4\n", "capabilities list").unwrap_err();
        assert!(
            wrong.contains("`lane` is no flag of `proofhouse run`")
                && wrong.contains("lanes")
                && wrong.contains("proofhouse.toml:2:1"),
            "{wrong}"
        );
        for (file, words) in [
            (
                "[run]\nlanes = [4]\n",
                "`lanes` must be a text, or a whole number",
            ),
            ("[run]\nseed = 0x10\n", "in its plain spelling"),
            ("[run]\nseed = 1_000\n", "in its plain spelling"),
            ("[run]\nseed = +7\n", "in its plain spelling"),
            ("[run]\nstrict = 1\n", "`strict` must be true or false"),
            ("[run]\nprovider = [4.5]\n", "`provider` must be a list of texts"),
            ("[ran]\nlanes = 4\n", "`ran` is no flag of `proofhouse`"),
            ("version = true\n", "`version` is no flag"),
            ("[run\n", "proofhouse.toml:1"),
        ] {
            let wrong = with(file, "runs list").unwrap_err();
            assert!(wrong.contains(words), "{file}: {wrong}");
        }
    }

    #[test]
    fn help_needs_no_good_file() {
        for line in ["--help", "help run", "completions bash", ""] {
            assert!(with("[run", line).is_ok(), "{line}");
        }
    }
    #[test]
    fn a_variable_wins_over_the_file_and_loses_to_the_command_line() {
        let variables = [
            ("PROOFHOUSE_RUN_LANES", "6"),
            ("PROOFHOUSE_RUN_STRICT", "false"),
            ("PROOFHOUSE_RUN_PROVIDER", "c:*\nd:*"),
            ("PROOFHOUSE_RUN_SEED", ""),
            ("PROOFHOUSE_RUNS_LIST_LIMIT", "7"),
        ];
        assert_eq!(
            in_environment(&variables, FILE, "run").unwrap(),
            "proofhouse run --lanes=6 --provider=c:* --provider=d:* --quiet --providers=HERE/p.yaml"
        );
        assert_eq!(
            in_environment(&variables, FILE, "run --lanes 2 --provider e:* --strict").unwrap(),
            "proofhouse run --quiet --providers=HERE/p.yaml --lanes 2 --provider e:* --strict"
        );
        assert_eq!(
            in_environment(&variables, FILE, "runs list").unwrap(),
            "proofhouse runs list --limit=7 --quiet"
        );
        let reference = [("PROOFHOUSE_RUN_REFERENCE", "1")];
        assert_eq!(
            in_environment(&reference, "[run]\nproviders = \"p.yaml\"\n", "run").unwrap(),
            "proofhouse run --reference"
        );
        let wrong = in_environment(&[("PROOFHOUSE_RUN_STRICT", "maybe")], "", "run").unwrap_err();
        assert_eq!(wrong, "PROOFHOUSE_RUN_STRICT must be true or false");
        assert!(in_environment(&[("PROOFHOUSE_RUN_STRICT", "maybe")], "", "runs list").is_ok());
    }

    #[test]
    fn what_a_place_excludes_is_not_added() {
        let server = [("PROOFHOUSE_CAPABILITIES_DIFF_SERVER", "http://a.example")];
        let line = "capabilities diff booking.create_booking";
        assert_eq!(
            in_environment(&server, "", line).unwrap(),
            format!("proofhouse {line}")
        );
        let with_server = in_environment(&server, "", "capabilities diff").unwrap();
        assert!(
            with_server.ends_with("--server=http://a.example"),
            "{with_server}"
        );
    }

    #[test]
    fn a_mistake_in_a_default_says_where_it_comes_from() {
        use clap::Parser;
        let line = ["proofhouse", "run", "--reference"].map(OsString::from);
        let variables = [(OsString::from("PROOFHOUSE_RUN_LANES"), OsString::from("many"))];
        let all = with_defaults(line.to_vec(), Path::new("/"), &variables).unwrap();
        let mistake = Arguments::try_parse_from(&all.arguments).unwrap_err();
        assert_eq!(
            all.origins(&mistake),
            ["`--lanes` comes from the variable PROOFHOUSE_RUN_LANES"]
        );
    }
}
