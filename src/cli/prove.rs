//! `proofhouse prove`.

use std::io;

use super::args::{Global, InFile, ProveArguments};
use super::output::{Printer, unless_closed};
use super::progress::Progress;
use super::{exit, signals};
use crate::app::{self, AppError, Bundle, Catalogue, ProofRequest, Stop};
use crate::matrix::Power;
use crate::report;

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
        catalogue: Catalogue::default(),
    };
    if arguments.power {
        return measure(&bundle, &request, printer).await;
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
    let options = printer.report_options(arguments.verbose);
    let shown = report::write_matrix(
        arguments.format.format(),
        &matrix,
        &options,
        &mut io::stdout().lock(),
    );
    let mut code = unless_closed(shown).map(|()| match matrix.is_green() {
        true => exit::CONFORMANT,
        false => exit::FAILED,
    });
    for (output, mut file) in arguments.output.iter().zip(files) {
        let options = report::Options::default();
        if let Err(error) = report::write_matrix(output.format, &matrix, &options, &mut file) {
            code = Err(AppError::unsaved(&output.path, &error));
        }
    }
    code
}

/// The number of runs over each catalogue.
const SEEDS: u64 = 3;

/// Measures how often each fault is killed. Exits 1 if a run missed a fault that another over the same catalogue killed.
async fn measure(bundle: &Bundle, asked: &ProofRequest, printer: &Printer) -> Result<u8, AppError> {
    let stop = Stop::new();
    signals::listen(&stop, printer.quiet());
    let mut power = Power::default();
    let first = asked.seed.unwrap_or(1);
    for catalogue in Catalogue::ALL {
        for seed in (0..SEEDS).map(|more| first.wrapping_add(more)) {
            let request = ProofRequest {
                seed: Some(seed),
                catalogue,
                ..asked.clone()
            };
            let proof = app::prepare_proof(bundle, &request).await?;
            let mut progress = Progress::new(printer, proof.run.plan.tests(), &proof.run.names());
            let Some(matrix) = proof.run(&stop, |event| progress.watch(event)).await? else {
                printer.warning("the run was interrupted, so no power is shown");
                return Ok(exit::INCOMPLETE);
            };
            power.add(catalogue.name(), &matrix);
        }
    }
    let code = match power.is_green() {
        true => exit::CONFORMANT,
        false => exit::FAILED,
    };
    unless_closed(report::write_power(&power, &mut io::stdout().lock())).map(|()| code)
}
