//! What a command line gives, before it is parsed: its command, and its flags.

use std::ffi::OsString;

use clap::{Arg, Command};

/// A command line, as far as defaults have to know it.
#[derive(Debug)]
pub(super) struct Given<'c> {
    /// The command that it names.
    command: &'c Command,
    /// The names of the command, a word each.
    pub(super) names: Vec<String>,
    /// The number of arguments up to the name of the command, that name included.
    pub(super) until: usize,
    /// The flags and values that it gives, and those that something else has given since.
    flags: Vec<&'c Arg>,
    /// The switches that something else has turned off since.
    off: Vec<&'c Arg>,
}

impl<'c> Given<'c> {
    /// Reads the arguments after the name of the binary. `whole` is the built command of the binary.
    pub(super) fn read(whole: &'c Command, arguments: &[OsString]) -> Self {
        let mut given = Self {
            command: whole,
            names: Vec::new(),
            until: 0,
            flags: Vec::new(),
            off: Vec::new(),
        };
        let mut at = 0;
        let mut values = 0;
        // The names of commands stand before every other word.
        let mut names = true;
        while let Some(argument) = arguments.get(at) {
            at += 1;
            let Some(text) = argument.to_str() else { continue };
            if text == "--" {
                let mut places = given.command.get_positionals();
                let rest = places.find(|place| place.is_last_set());
                given.flags.extend(rest.filter(|_| at < arguments.len()));
                break;
            }
            if text.len() > 1 && text.starts_with('-') {
                let found = flags_of(given.command, text);
                // The value of a flag may look like anything.
                at += usize::from(found.last().is_some_and(|last| takes_next(last, text)));
                given.flags.extend(found);
            } else if let Some(below) = given.command.find_subcommand(text).filter(|_| names) {
                given.command = below;
                given.names.push(below.get_name().to_owned());
                given.until = at;
            } else {
                names = false;
                let places: Vec<_> = given.command.get_positionals().collect();
                let mut places = places.into_iter().filter(|place| !place.is_last_set());
                given.flags.extend(places.nth(values));
                values += 1;
            }
        }
        given
    }

    /// Counts a flag of its command as given: what comes after has to leave it, and what it excludes, alone. A switch that is off excludes
    /// nothing else.
    pub(super) fn take(&mut self, flag: &str, is_on: bool) {
        let mut all = self.command.get_arguments();
        if let Some(flag) = all.find(|arg| arg.get_long() == Some(flag)) {
            match is_on {
                true => self.flags.push(flag),
                false => self.off.push(flag),
            }
        }
    }

    /// Returns true if the command is this one, or one below it.
    pub(super) fn is_within(&self, command: &[String]) -> bool {
        self.names.starts_with(command)
    }

    /// Returns true if the command line says nothing of this flag of its command, and gives none that excludes it.
    pub(super) fn leaves(&self, flag: &str) -> bool {
        let mut all = self.command.get_arguments();
        let Some(flag) = all.find(|arg| arg.get_long() == Some(flag)) else {
            return false;
        };
        let excluded = |given: &Arg| {
            given.get_id() == flag.get_id()
                || conflict(self.command, flag, given)
                || conflict(self.command, given, flag)
                || self.share_a_choice(flag, given)
        };
        let is_off = self.off.iter().any(|off| off.get_id() == flag.get_id());
        !is_off && !self.flags.iter().any(|given| excluded(given))
    }

    /// Returns true if both are of a group of which only one may be given.
    fn share_a_choice(&self, one: &Arg, other: &Arg) -> bool {
        let mut groups = self.command.get_groups();
        groups.any(|group| {
            let has = |arg: &Arg| group.get_args().any(|id| id == arg.get_id());
            has(one) && has(other) && !group.clone().is_multiple()
        })
    }
}

fn conflict(command: &Command, one: &Arg, other: &Arg) -> bool {
    let conflicts = command.get_arg_conflicts_with(one);
    conflicts.iter().any(|arg| arg.get_id() == other.get_id())
}

/// The flags that one argument gives: `--lanes=4`, or `-qv`.
fn flags_of<'c>(command: &'c Command, text: &str) -> Vec<&'c Arg> {
    let mut all = command.get_arguments();
    match text.strip_prefix("--") {
        Some(long) => {
            let name = long.split('=').next().unwrap_or(long);
            all.find(|arg| arg.get_long() == Some(name)).into_iter().collect()
        }
        None => {
            let letters = text.trim_start_matches('-').chars();
            let shorts: Vec<_> = all.filter(|arg| arg.get_short().is_some()).collect();
            letters
                .filter_map(|letter| shorts.iter().find(|arg| arg.get_short() == Some(letter)).copied())
                .collect()
        }
    }
}

/// Returns true if the argument after this flag is its value.
fn takes_next(flag: &Arg, text: &str) -> bool {
    let least = flag.get_num_args().map_or(1, |count| count.min_values());
    flag.get_action().takes_values() && least > 0 && !text.contains('=')
}
