//! `proofhouse certify`: makes a certificate of a run.

use std::io::Write;
use std::path::Path;

use super::args::{CertifyArguments, Global};
use super::output::Printer;
use super::{environment, exit};
use crate::app::{self, AppError, Bundle, Certified, CertifyRequest, History, ProvenRun};
use crate::model::{Clock, SystemClock, plural};
use crate::report;

/// The number of characters of a line that are shown. It may contain text of a provider.
const LONG: usize = 400;

/// Writes a certificate, or prints the rules that the run breaks and exits 1.
pub(super) fn certify(
    arguments: &CertifyArguments,
    global: &Global,
    printer: &Printer,
) -> Result<u8, AppError> {
    let bundle = Bundle::load(global.registry.as_deref())?;
    let history = environment::stored_runs()?;
    let mut request = CertifyRequest {
        run: arguments.run.clone(),
        provider: arguments.provider.clone(),
        capability: arguments.capability.clone(),
        key: arguments.key.clone(),
        valid: arguments.valid,
        max_age: arguments.max_age,
        countersign: arguments.countersign.clone(),
        trust: arguments.trust.clone(),
        log_key: arguments.log_key.clone(),
    };
    if arguments.all {
        return certify_all(&bundle, &history, arguments, &mut request, printer);
    }
    let signed = match app::certify(
        &bundle,
        &history,
        &environment::data_folder(),
        &request,
        SystemClock.now(),
    )? {
        Certified::Signed(signed) => signed,
        Certified::Refused(refusals) => {
            printer.line("no certificate");
            for refusal in &refusals {
                printer.wrapped("  ", "  ", &report::one_line(&refusal.to_string(), LONG));
            }
            return Ok(exit::FAILED);
        }
    };
    write(&arguments.output, &signed.text)?;
    if let Some(proof) = &signed.proof {
        write_proof(&arguments.output, proof, printer)?;
    }
    if let Some(path) = &arguments.svr {
        write(path, &signed.svr)?;
    }
    let statement = &signed.statement;
    if let Some(about) = &statement.predicate.proofhouse {
        let proof = about.proof_in_words();
        printer.line(&format!(
            "{} keeps {}{}: {} passed, {}, {} not executed",
            about.provider,
            about.capability,
            proof.map_or_else(String::new, |proof| format!(", {proof}")),
            plural(statement.predicate.passed_tests.len(), "test"),
            plural(statement.predicate.warned_tests.len(), "warning"),
            about.skipped_tests.len()
        ));
        printer.line(&format!(
            "{} holds until {}",
            arguments.output.display(),
            about.not_after.format("%Y-%m-%d %H:%M UTC")
        ));
    }
    if let Some(missing) = &signed.missing {
        printer.line(&format!("for level {}:", missing.level));
        for line in &missing.lines {
            printer.wrapped("  ", "  ", &report::one_line(line, LONG));
        }
        if let Some(command) = &missing.command {
            printer.line(&format!("  {command}"));
        }
    }
    Ok(exit::CONFORMANT)
}

/// Writes a certificate for each claim that is proven, and prints why others get none.
fn certify_all(
    bundle: &Bundle,
    history: &History,
    arguments: &CertifyArguments,
    request: &mut CertifyRequest,
    printer: &Printer,
) -> Result<u8, AppError> {
    let run = ProvenRun::load(history, &arguments.run)?;
    let claims = run.claims(arguments.provider.as_ref());
    if claims.is_empty() {
        printer.line("the run has no such claim");
        return Ok(exit::FAILED);
    }
    let folder = &arguments.output;
    std::fs::create_dir_all(folder).map_err(|error| AppError::unwritable(folder, &error))?;
    let (now, mut refused) = (SystemClock.now(), 0);
    for (provider, capability) in &claims {
        request.provider = Some(provider.clone());
        request.capability = Some(capability.clone());
        match app::certify_claim(bundle, &environment::data_folder(), request, &run, now)? {
            Certified::Signed(signed) => {
                // A colon stands in no name of a file on every system.
                let name = format!("{}_{capability}.json", provider.as_str().replace(':', "_"));
                let file = folder.join(name);
                write(&file, &signed.text)?;
                if let Some(proof) = &signed.proof {
                    write_proof(&file, proof, printer)?;
                }
            }
            Certified::Refused(refusals) => {
                refused += 1;
                printer.line(&format!("no certificate for {provider} {capability}"));
                for refusal in &refusals {
                    printer.wrapped("  ", "  ", &report::one_line(&refusal.to_string(), LONG));
                }
            }
        }
    }
    let written = plural(claims.len() - refused, "certificate");
    printer.line(&format!("{written} in {}, {refused} refused", folder.display()));
    Ok(if refused == 0 {
        exit::CONFORMANT
    } else {
        exit::FAILED
    })
}

fn write(path: &Path, text: &str) -> Result<(), AppError> {
    let written = std::fs::File::create(path).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|error| AppError::unwritable(path, &error))
}

/// Writes a proof beside the certificate.
pub(super) fn write_proof(certificate: &Path, proof: &str, printer: &Printer) -> Result<(), AppError> {
    let path = app::proof_file(certificate);
    write(&path, proof)?;
    printer.line(&format!("{} proves that it is in the log", path.display()));
    Ok(())
}
