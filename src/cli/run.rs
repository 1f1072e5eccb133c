//! `proofhouse run`.

use super::args::{Global, RunArguments};
use super::output::Printer;
use super::outputs::Outputs;
use super::progress::Progress;
use super::proposed::ProposedBaseline;
use super::signals::Busy;
use super::{environment, exit, plan, publish, signals};
use crate::app::{self, AppError, Bundle, NotPassed, PreparedRun, Record, RunRequest, Source, Stop};
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
    let stop = Stop::new();
    let busy = signals::listen_while_busy(&stop, printer.quiet());
    once(arguments, global, &stop, &busy, printer).await
}

/// Plans and runs once.
pub(super) async fn once(
    arguments: &RunArguments,
    global: &Global,
    stop: &Stop,
    busy: &Busy,
    printer: &Printer,
) -> Result<u8, AppError> {
    let planned = tokio::select! {
        // While it is planned, nothing has to be taken back.
        () = stop.when_requested() => {
            printer.warning("interrupted while the run was planned: no tool was called");
            return Ok(exit::INCOMPLETE);
        }
        planned = planned(arguments, global) => planned?,
    };
    if arguments.dry_run {
        return plan::show(&planned, &arguments.shown, printer);
    }
    let _at_work = busy.begin();
    prove(arguments, planned, stop, printer).await
}

async fn planned(arguments: &RunArguments, global: &Global) -> Result<PreparedRun, AppError> {
    let bundle = Bundle::load(global.registry.as_deref())?;
    let again = match &arguments.failed {
        Some(run) => Some(environment::stored_runs()?.not_passed(run)?),
        None => None,
    };
    app::prepare(&bundle, &request(arguments, again), &environment::variable).await
}

/// What the arguments ask for, of all tests or of those of an earlier run.
pub(super) fn request(arguments: &RunArguments, again: Option<NotPassed>) -> RunRequest {
    RunRequest {
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
    }
}

/// Runs what is planned, writes the reports, and returns the exit code of the verdict.
async fn prove(
    arguments: &RunArguments,
    planned: PreparedRun,
    stop: &Stop,
    printer: &Printer,
) -> Result<u8, AppError> {
    let mut outputs = Outputs::open(arguments.shown.format.shown(), &arguments.shown.output)?;
    let proposed = arguments
        .propose_baseline
        .as_deref()
        .map(ProposedBaseline::open)
        .transpose()?;
    let (repetitions, not_stored) = repeat(arguments, planned, stop, &mut outputs, printer).await?;
    let options = report::Options {
        not_stored,
        ..printer.report_options(arguments.shown.verbose)
    };
    let written = outputs.finish(&repetitions, &options);
    match proposed {
        Some(proposed) => proposed.finish(&repetitions, printer)?,
        None => next_step(&repetitions, arguments, not_stored, printer),
    }
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

/// Says what comes next after a failure that decides: to ask again what did not pass, and to go on with it.
fn next_step(repetitions: &Repetitions, arguments: &RunArguments, not_stored: bool, printer: &Printer) {
    let Some(proposal) = app::propose(repetitions, usize::MAX) else {
        return;
    };
    let command = match &arguments.source.providers {
        Some(file) => format!("proofhouse run --providers {}", file.display()),
        None => "proofhouse run --reference".to_owned(),
    };
    if !not_stored && arguments.failed.is_none() {
        printer.note(&format!(
            "next: `{command} --failed` asks again what did not pass"
        ));
    }
    let failures = plural(proposal.entries, "failure");
    printer.note(&match &proposal.file {
        Some(file) => format!(
            "to go on with {failures} that {file} does not know: --propose-baseline FILE writes what it lacks"
        ),
        None => {
            format!("to go on with {failures}: --propose-baseline FILE writes a file for --baseline")
        }
    });
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
