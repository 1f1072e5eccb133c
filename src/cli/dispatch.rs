//! The entry point of the binary: parses the arguments and runs the command.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use super::args::{Arguments, Command};
use super::output::{Printer, print_usage};
use super::{
    capabilities, certify, cleanup, completions, defaults, dialects, environment, exit, gate, init, keys,
    log, login, man, merge, probe, prove, publish, run, runs, schedule, serve, signals, standard_output,
    store, suites, tokens, tool, variables, verify, watch,
};
use crate::app::{self, AppError};

/// Parses the arguments, runs the command, and returns the exit code of the process.
pub fn main() -> ExitCode {
    let folder = std::env::current_dir().unwrap_or_default();
    let given: Vec<OsString> = std::env::args_os().collect();
    let environment: Vec<(OsString, OsString)> = std::env::vars_os().collect();
    let told = |error: AppError| {
        Printer::new(false).app_error(&error);
        ExitCode::from(exit::of_error(&error))
    };
    if defaults::is_shown(&given) {
        let shown = defaults::show(&folder, &environment, &Printer::new(false));
        return shown.map_or_else(told, |()| whole(exit::CONFORMANT));
    }
    let given = match defaults::with_defaults(given, &folder, &environment) {
        Ok(given) => given,
        Err(error) => return told(error),
    };
    for (name, meant) in &given.slips {
        Printer::new(false).warning(&defaults::slip(name, meant));
    }
    let arguments = match parsed(&given.arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            print_usage(&error);
            for origin in given.origins(&error) {
                Printer::new(false).hint(&origin);
            }
            return whole(if error.use_stderr() {
                exit::USAGE
            } else {
                exit::CONFORMANT
            });
        }
    };
    let printer = Printer::new(arguments.global.quiet);
    if let Some(file) = &arguments.global.ca_file
        && let Err(error) = app::trust_authorities(file)
    {
        printer.app_error(&error);
        return ExitCode::from(exit::of_error(&error));
    }
    if let Some(address) = &arguments.global.store {
        environment::use_store(address);
    }
    let ended = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(async {
            let command = run_command(&arguments, &printer);
            if !ends_at_once(&arguments.command) {
                return command.await;
            }
            tokio::select! {
                // First, so that a question on the terminal is asked before a signal is listened for.
                biased;
                ended = command => ended,
                () = signals::signal() => {
                    printer.warning("interrupted");
                    Ok(exit::INCOMPLETE)
                }
            }
        }),
        Err(error) => {
            printer.error(&format!("cannot start: {error}"), &[]);
            return ExitCode::from(exit::BUG);
        }
    };
    whole(ended.unwrap_or_else(|error| {
        printer.app_error(&error);
        exit::of_error(&error)
    }))
}

/// Runs the command.
async fn run_command(arguments: &Arguments, printer: &Printer) -> Result<u8, AppError> {
    let global = &arguments.global;
    match &arguments.command {
        Command::Init(arguments) => init::init(arguments, global, printer).await,
        Command::Run(run) if run.watch => watch::watch(run, global, printer).await,
        Command::Run(run) => run::run(run, global, printer).await,
        Command::Probe(arguments) => probe::probe(arguments, printer).await,
        Command::Prove(prove) => prove::prove(prove, global, printer).await,
        Command::Runs(runs) => runs::runs(runs, global, printer),
        Command::Store(command) => store::store(command, printer).await,
        Command::Gate(gate) => gate::gate(gate, global, printer).await,
        Command::Certify(certify) => certify::certify(certify, global, printer),
        Command::Verify(verify) => verify::verify(verify, global, printer),
        Command::Keys(command) => keys::keys(command, printer),
        Command::Log(command) => log::log(command, global, printer).await,
        Command::Merge(merge) => merge::merge(merge, printer),
        Command::Publish(publish) => publish::publish(publish, printer).await,
        Command::Tokens(command) => tokens::tokens(command, printer),
        Command::Serve(serve) => serve::serve(serve, global, printer).await,
        Command::Schedule(command) => schedule::schedule(command, printer),
        Command::Cleanup(cleanup) => cleanup::cleanup(cleanup, global, printer).await,
        Command::Capabilities(command) => capabilities::capabilities(command, global, printer).await,
        Command::Suites(command) => suites::suites(command, global, printer),
        Command::Dialects(command) => dialects::dialects(command, global, printer).await,
        Command::Login(arguments) => login::login(arguments, printer).await,
        Command::Logout { url } => login::logout(url, printer).await,
        Command::Tool(command) => tool::tool(command, global, printer).await,
        Command::Completions { shell } => completions::completions(*shell),
        Command::Man { output } => man::man(output.as_deref(), printer),
    }
}

/// Returns true for a command that has nothing to take back and no word to say when a signal comes.
fn ends_at_once(command: &Command) -> bool {
    matches!(
        command,
        Command::Init(_)
            | Command::Publish(_)
            | Command::Gate(_)
            | Command::Capabilities(_)
            | Command::Login(_)
            | Command::Logout { .. }
            | Command::Tool(_)
    )
}

/// The exit code of a command. If standard output is not whole, that is told, and nothing counts as read.
fn whole(code: u8) -> ExitCode {
    let Some(reason) = standard_output::lost() else {
        return ExitCode::from(code);
    };
    Printer::new(false).error(&format!("cannot write to standard output: {reason}"), &[]);
    let first = [exit::BUG, exit::USAGE, exit::FILES];
    ExitCode::from(if first.contains(&code) {
        code
    } else {
        exit::INCOMPLETE
    })
}

/// The arguments, by a command whose help names the variable of each flag.
fn parsed(given: &[OsString]) -> Result<Arguments, clap::Error> {
    let mut command = variables::documented(Arguments::command());
    let matches = command.try_get_matches_from_mut(given)?;
    Arguments::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

#[cfg(test)]
mod tests {
    use clap::error::ErrorKind;
    use clap::{CommandFactory, Parser};

    use super::Arguments;

    #[test]
    fn the_arguments_are_well_defined() {
        Arguments::command().debug_assert();
    }

    /// Whole lines in blocks of shell, and commands in the text, which may lack what stands in the reader's place.
    #[test]
    fn every_command_in_the_guides_is_one_that_we_take() {
        let documents = [
            include_str!("../../README.md"),
            include_str!("../../docs/baselines.md"),
            include_str!("../../docs/certificates.md"),
            include_str!("../../docs/ci.md"),
            include_str!("../../docs/login.md"),
            include_str!("../../docs/operations.md"),
            include_str!("../../docs/provider-guide.md"),
            include_str!("../../docs/probe.md"),
            include_str!("../../docs/proving.md"),
            include_str!("../../docs/publishing.md"),
            include_str!("../../docs/run-report.md"),
            include_str!("../../docs/site.md"),
            include_str!("../../docs/suite-format.md"),
            include_str!("../../docs/versions.md"),
            include_str!("../../docs/your-own-server.md"),
        ];
        let mut whole = 0;
        for line in documents.iter().flat_map(|document| document.lines()) {
            let ours = line
                .strip_prefix("cargo run --release -- ")
                .or_else(|| line.strip_prefix("proofhouse "));
            if let Some(arguments) = ours {
                whole += 1;
                // The shell handles the redirection.
                let arguments = arguments.split(" > ").next().unwrap_or(arguments);
                parse(arguments).unwrap_or_else(|error| panic!("{line}: {error}"));
            }
            for quoted in line.split('`').skip(1).step_by(2) {
                if let Some(arguments) = quoted.strip_prefix("proofhouse ")
                    && let Err(error) = parse(arguments)
                {
                    let half = [
                        ErrorKind::DisplayVersion,
                        ErrorKind::MissingRequiredArgument,
                        ErrorKind::MissingSubcommand,
                        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand,
                    ];
                    assert!(half.contains(&error.kind()), "{quoted}: {error}");
                }
            }
        }
        assert!(whole > 5, "the guides show commands");
    }

    fn parse(arguments: &str) -> Result<Arguments, clap::Error> {
        let words = arguments.split_whitespace().map(|word| word.trim_matches('\''));
        Arguments::try_parse_from(std::iter::once("proofhouse").chain(words))
    }
}
