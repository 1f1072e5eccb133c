//! `proofhouse run`.

use super::args::{Global, RunArguments};
use super::output::Printer;
use super::outputs::Outputs;
use super::progress::Progress;
use super::{environment, exit, plan, publish, signals};
use crate::app::{self, AppError, Bundle, PreparedRun, Record, RunRequest, Source, Stop};
use crate::event::Selection;
use crate::model::{Verdict, plural};
use crate::report;
use crate::summary::Repetitions;

/// Runs the suites, prints the report, and returns the exit code of the verdict.
pub(super) async fn run(
    arguments: &RunArguments,
    global: &Global,
    printer: &Printer,
) -> Result<u8, AppError> {
    let bundle = Bundle::load(global.registry.as_deref())?;
    let again = match &arguments.failed {
        Some(run) => Some(environment::stored_runs()?.not_passed(run)?),
        None => None,
    };
    let request = RunRequest {
        source: match &arguments.source.providers {
            Some(file) => Source::Manifest(file.clone()),
            None => Source::Reference,
        },
        selection: Selection {
            capabilities: arguments.capability.clone(),
            tests: arguments.test.clone(),
            read_only: arguments.read_only,
            slow: arguments.slow,
            strict: arguments.strict,
            providers: arguments.provider.clone(),
            retries: arguments.retries,
            partition: arguments.partition,
            ..Selection::default()
        },
        jobs: arguments.jobs,
        lanes: arguments.lanes,
        per_host: arguments.per_host,
        seed: arguments.seed,
        call_limit: arguments.timeout,
        provider_timeout: arguments.provider_timeout,
        fail_fast: arguments.fail_fast,
        baseline: arguments.baseline.clone(),
        public_only: false,
        again,
    };
    let planned = app::prepare(&bundle, &request, &environment::variable).await?;
    if arguments.dry_run {
        return plan::show(&planned, &arguments.shown, printer);
    }
    let mut outputs = Outputs::open(arguments.shown.format.shown(), &arguments.shown.output)?;
    let stop = Stop::new();
    signals::listen(&stop, printer.quiet());
    let (repetitions, not_stored) = repeat(arguments, planned, &stop, &mut outputs, printer).await?;
    let options = report::Options {
        not_stored,
        ..printer.report_options(arguments.shown.verbose)
    };
    let written = outputs.finish(&repetitions, &options);
    propose(&repetitions, arguments.shown.verbose, printer);
    written?;
    if let Some(url) = &arguments.publish {
        publish(&repetitions, url, printer).await?;
    }
    Ok(repetitions.verdict().exit_code())
}

/// Runs the plan `--repeat` times. Stops early after a signal, or after a failure with `--fail-fast`. True beside them says that a run is
/// not stored.
async fn repeat(
    arguments: &RunArguments,
    planned: PreparedRun,
    stop: &Stop,
    outputs: &mut Outputs,
    printer: &Printer,
) -> Result<(Repetitions, bool), AppError> {
    let record = record(arguments.no_store, printer);
    let already_warned = matches!(record, Record::Refused(_));
    let mut not_stored = arguments.no_store;
    let mut repetitions = Repetitions::new(arguments.repeat);
    for round in planned.repeated(arguments.repeat) {
        let seed = round.seed();
        let mut progress = Progress::new(printer, round.plan.tests(), &round.names());
        let ended = round
            .run(record.clone(), stop, |event| {
                outputs.push(event);
                progress.watch(event);
            })
            .await?;
        not_stored |= ended.not_kept.is_some();
        if let (Some(reason), false) = (&ended.not_kept, already_warned) {
            printer.warning(&format!("the run could not be kept: {reason}"));
        }
        let verdict = ended.summary.verdict();
        if arguments.repeat > 1 {
            let (at, all) = (repetitions.done + 1, arguments.repeat);
            printer.note(&format!(
                "run {at} of {all} (seed {seed}): {}",
                verdict.description()
            ));
        }
        repetitions.add(ended.summary);
        let failed = arguments.fail_fast && verdict.exit_code() == exit::FAILED;
        // A signal between two runs interrupts the next one, so the whole is incomplete.
        if failed || verdict == Verdict::Incomplete {
            break;
        }
    }
    Ok((repetitions, not_stored))
}

/// Publishes every run at a registry. The runs are stored, so a failed attempt can be repeated.
async fn publish(repetitions: &Repetitions, url: &str, printer: &Printer) -> Result<(), AppError> {
    let history = environment::stored_runs()?;
    for run in &repetitions.runs {
        publish::send(&history, run.as_str(), url, printer).await?;
    }
    Ok(())
}

/// Prints entries for a baseline that would make the failures known.
fn propose(repetitions: &Repetitions, verbose: bool, printer: &Printer) {
    /// More entries than this push the report off the screen.
    const MANY: usize = 20;
    let most = if verbose { usize::MAX } else { MANY };
    let Some(proposal) = app::propose(repetitions, most) else {
        return;
    };
    let failures = plural(proposal.entries + proposal.left_out, "failure");
    printer.note(&match &proposal.file {
        Some(file) => format!("to go on with {failures} that {file} does not know, add to its lists:\n"),
        None => format!("to go on with {failures}, keep this in a file for `--baseline`:\n"),
    });
    printer.note(proposal.yaml.trim_end());
    if proposal.left_out > 0 {
        printer.note(&format!("\n… {} more; --verbose shows all", proposal.left_out));
    }
}

/// Opens the store for the record. If it cannot be opened, the run goes on and is marked incomplete.
pub(super) fn record(no_store: bool, printer: &Printer) -> Record {
    if no_store {
        return Record::Nowhere;
    }
    match environment::open_runs() {
        Ok(history) => Record::Kept(history),
        Err(error) => {
            printer.warning(&format!("the run goes on, but it will not be kept: {error}"));
            Record::Refused(error.to_string())
        }
    }
}
