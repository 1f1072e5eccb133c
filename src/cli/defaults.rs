//! The command line with the defaults of `proofhouse.toml`.

use std::ffi::OsString;
use std::path::Path;

use clap::{Command, CommandFactory};

use super::args::Arguments;
use super::configuration::Configuration;
use super::given::Given;
use super::output::Printer;
use crate::app::STORE_VARIABLE;
use crate::diagnostic::Problems;

/// The flag that shows the defaults and does nothing else.
const SHOW: &str = "--show-config";
/// Commands that run nothing: no file stands in their way.
const WITHOUT: [&str; 3] = ["completions", "help", "man"];

/// The arguments with those that the nearest file adds for their command.
///
/// # Errors
///
/// Every mistake in the file.
pub(super) fn with_defaults(arguments: Vec<OsString>, folder: &Path) -> Result<Vec<OsString>, Problems> {
    let whole = whole();
    let after = arguments.get(1..).unwrap_or_default();
    let given = Given::read(&whole, after);
    let is_asked = given
        .names
        .first()
        .is_some_and(|name| !WITHOUT.contains(&name.as_str()));
    if !is_asked {
        return Ok(arguments);
    }
    let mut added = match Configuration::find(folder)? {
        Some(configuration) => configuration.arguments(&whole, &given)?,
        None => return Ok(arguments),
    };
    if std::env::var_os(STORE_VARIABLE).is_some_and(|address| !address.is_empty()) {
        added.retain(|argument| !argument.as_encoded_bytes().starts_with(b"--store="));
    }
    let mut all = arguments;
    // Right after the name of the command: what follows may be the words of another program.
    let at = (given.until + 1).min(all.len());
    all.splice(at..at, added);
    Ok(all)
}

/// Returns true if the defaults are to be shown.
pub(super) fn is_shown(arguments: &[OsString]) -> bool {
    arguments.iter().skip(1).any(|argument| argument == SHOW)
}

/// Prints the file and each default as it is written on the command line.
///
/// # Errors
///
/// Every mistake in the file.
pub(super) fn show(folder: &Path, printer: &Printer) -> Result<(), Problems> {
    let Some(configuration) = Configuration::find(folder)? else {
        printer.line("no proofhouse.toml in this folder or above it");
        return Ok(());
    };
    let defaults = configuration.defaults(&whole())?;
    printer.line(&configuration.path().display().to_string());
    for default in &defaults {
        let command = std::iter::once("proofhouse").chain(default.command.iter().map(String::as_str));
        let command = command.collect::<Vec<_>>().join(" ");
        if default.written.is_empty() {
            printer.line(&format!("  {command}: no --{}", default.flag));
        }
        for written in &default.written {
            printer.line(&format!("  {command} {}", written.to_string_lossy()));
        }
    }
    Ok(())
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
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("proofhouse.toml"), file).unwrap();
        let below = folder.path().join("one/two");
        std::fs::create_dir_all(&below).unwrap();
        let arguments = std::iter::once("proofhouse").chain(line.split_whitespace());
        let found = with_defaults(arguments.map(OsString::from).collect(), &below);
        let folder = folder.path().display().to_string();
        found
            .map(|all| {
                let words: Vec<_> = all.iter().map(|one| one.to_string_lossy().into_owned()).collect();
                words.join(" ").replace(&folder, "HERE")
            })
            .map_err(|problems| problems.render(false))
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
}
