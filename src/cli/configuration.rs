//! `proofhouse.toml`: defaults for the flags of commands, under their own names. It is found in the current folder or one above it.
//!
//! A flag on the command line wins over the file. What is no flag of a command is a mistake, and shown where it stands.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::builder::ValueParser;
use clap::{Arg, ArgAction, Command};
use toml_edit::{Document, Item, Table, Value};

use crate::diagnostic::{Problem, Problems, Source, near_miss};

/// The name of the file.
pub(super) const FILE: &str = "proofhouse.toml";
/// The largest file that is read, in bytes.
const LARGEST: u64 = 256 * 1024;
/// The flags that a file cannot set: they ask for something else than the command.
pub(super) const NEVER: [&str; 3] = ["help", "version", "show-config"];

/// The key of `[store]` that stands for `--store`: the address of the database of the store.
const ADDRESS: &str = "url";

/// The defaults of a file.
pub(super) struct Configuration {
    path: PathBuf,
    source: Arc<Source>,
    document: Document<String>,
}

/// A flag that a file or a variable sets, as it is written on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Setting {
    /// The command, a word each: none for the flags of all commands.
    pub(super) command: Vec<String>,
    /// The flag, without dashes.
    pub(super) flag: String,
    /// The arguments that set it: several for one that is repeated, none for a switch that is off.
    pub(super) written: Vec<OsString>,
    /// Where it comes from, in words.
    pub(super) origin: String,
}

impl Configuration {
    /// The file in this folder or the nearest one above it. None where there is none.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or is no TOML.
    pub(super) fn find(folder: &Path) -> Result<Option<Self>, Problems> {
        let mut places = folder.ancestors().map(|folder| folder.join(FILE));
        let Some(path) = places.find(|path| path.is_file()) else {
            return Ok(None);
        };
        let name = path.display().to_string();
        let unreadable = |why: String| Problems::from(Problem::of(&Source::new(name.clone(), ""), why));
        let size = std::fs::metadata(&path).map_err(|error| unreadable(error.to_string()))?;
        if size.len() > LARGEST {
            return Err(unreadable("the file is larger than 256 KiB".to_owned()));
        }
        let text = std::fs::read_to_string(&path).map_err(|error| unreadable(error.to_string()))?;
        let source = Source::new(name, text);
        match Document::parse(source.text().to_owned()) {
            Ok(document) => Ok(Some(Self {
                path,
                source,
                document,
            })),
            Err(error) => {
                let span = error.span().unwrap_or(0..0);
                Err(Problem::at(&source, span, error.message().to_owned()).into())
            }
        }
    }

    /// The file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Every default of the file. `whole` is the built command of the binary.
    ///
    /// # Errors
    ///
    /// Every mistake in the file.
    pub(super) fn defaults(&self, whole: &Command) -> Result<Vec<Setting>, Problems> {
        let mut reading = Reading {
            configuration: self,
            found: Vec::new(),
            problems: Problems::new(),
        };
        reading.table(whole, self.document.as_table(), &mut Vec::new());
        reading.problems.or(reading.found)
    }
}

/// A file that is being read.
struct Reading<'c> {
    configuration: &'c Configuration,
    found: Vec<Setting>,
    problems: Problems,
}

impl Reading<'_> {
    /// Reads the flags of a command, and those of the commands below it.
    fn table(&mut self, command: &Command, table: &Table, path: &mut Vec<String>) {
        for (key, item) in table.iter() {
            let flag = command
                .get_arguments()
                .find(|arg| arg.get_long() == Some(key) && !NEVER.contains(&key));
            match (command.find_subcommand(key), item, flag) {
                (Some(below), Item::Table(table), _) => {
                    path.push(below.get_name().to_owned());
                    self.table(below, table, path);
                    path.pop();
                }
                (_, Item::Value(value), Some(flag)) => self.flag(flag, key, value, path),
                (_, Item::Value(value), None) if *path == ["store"] && key == ADDRESS => {
                    // The flag of all commands, which stands with the commands that it is about.
                    let mut flags = command.get_arguments();
                    if let Some(flag) = flags.find(|arg| arg.get_long() == Some("store")) {
                        self.flag(flag, "store", value, &[]);
                    }
                }
                _ => self.unknown(command, table, key, path),
            }
        }
    }

    fn unknown(&mut self, command: &Command, table: &Table, key: &str, path: &[String]) {
        let span = table.key(key).and_then(toml_edit::Key::span).unwrap_or(0..0);
        let flags = command.get_arguments().filter_map(Arg::get_long);
        let known: Vec<&str> = flags
            .filter(|flag| !NEVER.contains(flag))
            .chain(command.get_subcommands().map(Command::get_name))
            .chain((path == ["store"]).then_some(ADDRESS))
            .collect();
        let words = std::iter::once("proofhouse").chain(path.iter().map(String::as_str));
        let name = words.collect::<Vec<_>>().join(" ");
        let message = format!("`{key}` is no flag of `{name}`");
        let problem = Problem::at(&self.configuration.source, span, message);
        self.problems
            .push(problem.did_you_mean(near_miss(key, known.iter().copied())));
    }

    fn flag(&mut self, flag: &Arg, name: &str, value: &Value, path: &[String]) {
        let wrong = |what: &str| {
            let span = value.span().unwrap_or(0..0);
            Problem::at(
                &self.configuration.source,
                span,
                format!("`{name}` must be {what}"),
            )
        };
        let written = match (flag.get_action(), value) {
            (ArgAction::SetTrue, Value::Boolean(on)) => match *on.value() {
                true => Ok(vec![OsString::from(format!("--{name}"))]),
                false => Ok(Vec::new()),
            },
            (ArgAction::SetTrue, _) => Err(wrong("true or false")),
            (ArgAction::Append, Value::Array(all)) => all
                .iter()
                .map(|one| self.text(flag, one).ok_or_else(|| wrong("a list of texts")))
                .map(|text| text.map(|text| set(name, &text)))
                .collect(),
            (_, value) => self
                .text(flag, value)
                .map(|text| vec![set(name, &text)])
                .ok_or_else(|| wrong("a text, or a whole number in its plain spelling")),
        };
        match written {
            Ok(written) => self.found.push(Setting {
                command: path.to_vec(),
                flag: name.to_owned(),
                written,
                origin: self.configuration.path.display().to_string(),
            }),
            Err(problem) => self.problems.push(problem),
        }
    }

    /// A value as the command line takes it. A path begins at the folder of the file.
    fn text(&self, flag: &Arg, value: &Value) -> Option<OsString> {
        let text = match value {
            Value::String(text) => text.value().clone(),
            // What is written in another way, `0x10` or `1_000`, would be another text on the command line.
            Value::Integer(number) => {
                let text = number.value().to_string();
                let written = self.configuration.source.slice(value.span()?);
                Some(text).filter(|text| written == text)?
            }
            _ => return None,
        };
        let is_path = flag.get_value_parser().type_id() == ValueParser::path_buf().type_id();
        let folder = self.configuration.path.parent().unwrap_or(Path::new(""));
        Some(match is_path {
            true => folder.join(text).into_os_string(),
            false => text.into(),
        })
    }
}

/// A flag with its value in one argument.
pub(super) fn set(name: &str, value: &OsString) -> OsString {
    let mut written = OsString::from(format!("--{name}="));
    written.push(value);
    written
}
