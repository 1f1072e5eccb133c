//! `proofhouse run`.

use std::fs::File;
use std::io;

use super::args::{Global, Output, RunArguments};
use super::output::Printer;
use super::progress::Progress;
use super::{exit, signals};
use crate::app::{
    self, AppError, Bundle, Disposition, History, PreparedRun, Record, RunRequest, Source, Stop,
};
use crate::event::Selection;
use crate::report;

/// Proves providers, prints the report, and answers with the verdict's code.
pub(super) async fn run(
    arguments: &RunArguments,
    global: &Global,
    printer: &Printer,
) -> Result<u8, AppError> {
    let bundle = Bundle::load(global.registry.as_deref())?;
    let asked = RunRequest {
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
        },
        jobs: arguments.jobs,
        lanes: arguments.lanes,
        seed: arguments.seed,
        call_limit: arguments.timeout,
        fail_fast: arguments.fail_fast,
    };
    let planned = app::prepare(&bundle, &asked, &|name| std::env::var(name).ok()).await?;
    if arguments.dry_run {
        show_plan(&planned, printer);
        return Ok(exit::CONFORMANT);
    }
    // A file that cannot be written is found out before anybody is asked anything.
    let files = arguments
        .output
        .iter()
        .map(create)
        .collect::<Result<Vec<_>, _>>()?;
    let record = record(arguments, printer);
    let told = matches!(record, Record::Refused(_));
    let stop = Stop::new();
    signals::listen(&stop, printer.quiet());
    let mut progress = Progress::new(printer, planned.plan.tests(), planned.names.len());
    let ended = planned.run(record, &stop, |event| progress.watch(event)).await?;
    if let (Some(reason), false) = (&ended.not_kept, told) {
        printer.warning(&format!("the run could not be kept: {reason}"));
    }
    let options = printer.report_options(arguments.verbose);
    let shown = report::write(
        arguments.format.format(),
        &ended.summary,
        &options,
        &mut io::stdout().lock(),
    );
    // What was found is shown first, and one file that cannot be written does not keep back the next.
    let mut code = match shown {
        Err(error) if !error.is_closed_pipe() => Err(AppError::Report(error)),
        _ => Ok(ended.summary.verdict().exit_code()),
    };
    for (output, mut file) in arguments.output.iter().zip(files) {
        let options = report::Options::default();
        if let Err(error) = report::write(output.format, &ended.summary, &options, &mut file) {
            code = Err(AppError::unsaved(&output.path, &error));
        }
    }
    code
}

fn create(output: &Output) -> Result<File, AppError> {
    File::create(&output.path).map_err(|error| AppError::Unwritable {
        path: output.path.display().to_string(),
        reason: error.to_string(),
    })
}

/// A store that cannot be opened lets the run go on and marks it incomplete.
fn record(arguments: &RunArguments, printer: &Printer) -> Record {
    if arguments.no_store {
        return Record::Nowhere;
    }
    match History::open(&app::data_folder(std::env::var_os(app::DATA_VARIABLE))) {
        Ok(history) => Record::Kept(history),
        Err(error) => {
            printer.warning(&format!("the run goes on, but it will not be kept: {error}"));
            Record::Refused(error.to_string())
        }
    }
}

fn show_plan(planned: &PreparedRun, printer: &Printer) {
    let mut creations = 0;
    for (name, provider) in planned.names.iter().zip(&planned.plan.providers) {
        let made = provider.creations();
        creations += made;
        printer.wrapped(
            "",
            "  ",
            &format!(
                "{name}: {}, {} made and taken back",
                report::plural(provider.tests.len(), "test"),
                report::plural(made, "thing")
            ),
        );
        for planned in &provider.tests {
            printer.line(&format!("  {:<6} {}", planned.test.level, planned.test.id));
            if let Disposition::Skip(reason) = &planned.disposition {
                printer.wrapped("         skip: ", "               ", reason);
            }
        }
        printer.line("");
    }
    printer.paragraph(&format!(
        "{}, {}, {} made and taken back · plan {} · no tool was called",
        report::plural(planned.names.len(), "provider"),
        report::plural(planned.plan.tests(), "test"),
        report::plural(creations, "thing"),
        &planned.plan.digest[..12],
    ));
}
