//! `proofhouse prove`.

use std::fs::File;
use std::io;

use super::args::{Global, InFile, ProveArguments};
use super::output::{Printer, unless_closed};
use super::progress::Progress;
use super::{exit, signals};
use crate::app::{self, AppError, Bundle, Measurement, PowerRequest, ProofRequest, Stop};
use crate::report::{self, MatrixFormat, ReportError};

/// Proves the suites and prints the kill matrix. Exits 1 if it has findings.
pub(super) async fn prove(
    arguments: &ProveArguments,
    global: &Global,
    printer: &Printer,
) -> Result<u8, AppError> {
    let bundle = Bundle::load(global.registry.as_deref())?;
    let request = ProofRequest {
        faults: arguments.fault.clone(),
        seed: arguments.seed,
    };
    if arguments.power {
        return measure(&bundle, arguments, printer).await;
    }
    let proof = app::prepare_proof(&bundle, &request).await?;
    let files = arguments
        .output
        .iter()
        .map(InFile::create)
        .collect::<Result<Vec<_>, _>>()?;
    let stop = Stop::new();
    signals::listen(&stop, printer.quiet());
    let mut progress = Progress::new(printer, proof.run.plan.tests(), &proof.run.names());
    let Some(matrix) = proof.run(&stop, |event| progress.watch(event)).await? else {
        printer.warning("the run was interrupted, so there is no matrix");
        return Ok(exit::INCOMPLETE);
    };
    write_all(
        arguments,
        files,
        printer,
        matrix.is_green(),
        |format, options, out| report::write_matrix(format, &matrix, options, out),
    )
}

/// Writes what was found to standard output and to the files, and returns the exit code. `write` writes it once.
fn write_all(
    arguments: &ProveArguments,
    files: Vec<File>,
    printer: &Printer,
    is_green: bool,
    write: impl Fn(MatrixFormat, &report::Options, &mut dyn io::Write) -> Result<(), ReportError>,
) -> Result<u8, AppError> {
    let options = printer.report_options(arguments.verbose);
    let shown = write(arguments.format.format(), &options, &mut io::stdout().lock());
    let mut code = unless_closed(shown).map(|()| match is_green {
        true => exit::CONFORMANT,
        false => exit::FAILED,
    });
    for (output, mut file) in arguments.output.iter().zip(files) {
        if let Err(error) = write(output.format, &report::Options::default(), &mut file) {
            code = Err(AppError::unsaved(&output.path, &error));
        }
    }
    code
}

/// Measures how often each fault is killed. Exits 1 if a run missed a fault that can be seen, or accused a correct provider.
async fn measure(bundle: &Bundle, arguments: &ProveArguments, printer: &Printer) -> Result<u8, AppError> {
    let request = PowerRequest {
        faults: arguments.fault.clone(),
        seed: arguments.seed.unwrap_or(1),
        catalogues: arguments.catalogue.iter().map(|name| name.0).collect(),
        sample: arguments.sample,
    };
    let mut measurement = Measurement::plan(bundle, &request)?;
    let files = arguments
        .output
        .iter()
        .map(InFile::create)
        .collect::<Result<Vec<_>, _>>()?;
    let stop = Stop::new();
    signals::listen(&stop, printer.quiet());
    let runs = measurement.runs();
    for (at, run) in runs.iter().enumerate() {
        printer.note(&format!(
            "run {} of {}: {} faults over {} at version {}, seed {}",
            at + 1,
            runs.len(),
            run.faults.len(),
            run.catalogue.name(),
            run.version.name(),
            run.seed
        ));
        let proof = measurement.prepare(run).await?;
        let mut progress = Progress::new(printer, proof.run.plan.tests(), &proof.run.names());
        let Some(matrix) = proof.run(&stop, |event| progress.watch(event)).await? else {
            printer.warning("the run was interrupted, so no power is shown");
            return Ok(exit::INCOMPLETE);
        };
        measurement.add(run, &matrix);
    }
    let missed = measurement.missed();
    for (at, miss) in missed.iter().enumerate() {
        if stop.requested() {
            printer.warning("the comparison was interrupted, so no power is shown");
            return Ok(exit::INCOMPLETE);
        }
        printer.note(&format!(
            "comparison {} of {}: {} over {}",
            at + 1,
            missed.len(),
            miss.fault,
            miss.catalogue
        ));
        measurement.compare(miss).await?;
    }
    let power = measurement.end();
    write_all(
        arguments,
        files,
        printer,
        power.is_green(),
        |format, options, out| report::write_power(format, &power, options, out),
    )
}
