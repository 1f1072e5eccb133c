//! `proofhouse init`: the first manifest, by flags or by questions.

use std::io::{self, BufRead, IsTerminal, Write};
use std::str::FromStr;

use super::args::{Global, InitArguments, InitTransport};
use super::output::Printer;
use super::{environment, exit};
use crate::app::{self, AppError, Bundle, InitRequest};
use crate::model::{Endpoint, ProviderId, plural};

/// The longest answer to a question, in bytes.
const LONGEST: u64 = 4 * 1024;

/// Writes a manifest of one provider, after asking the provider what it offers.
pub(super) async fn init(
    arguments: &InitArguments,
    global: &Global,
    printer: &Printer,
) -> Result<u8, AppError> {
    let bundle = Bundle::load(global.registry.as_deref())?;
    let url = given_or_asked(
        arguments.url.clone(),
        "The address of the provider, such as https://salon.example.com/agent",
        "URL",
    )?;
    let id = given_or_asked(
        arguments.id.as_ref().map(ToString::to_string),
        "Its id, platform:tenant, such as bookio:salon-aurora",
        "--id",
    )?;
    let id = ProviderId::from_str(&id).map_err(|error| AppError::Usage(format!("--id: {error}")))?;
    let url = url.trim_end_matches('/').to_owned();
    let is_mcp = match arguments.transport {
        Some(transport) => transport == InitTransport::Mcp,
        None => url.ends_with("/mcp"),
    };
    let request = InitRequest {
        id,
        name: arguments.name.clone(),
        endpoint: match is_mcp {
            true => Endpoint::Mcp { url },
            false => Endpoint::Http { url },
        },
        bearer_env: arguments.bearer_env.clone(),
        capabilities: arguments.capability.clone(),
        output: arguments.output.clone(),
    };
    let made = app::init(&bundle, &request, &environment::variable).await?;
    let output = request.output.display();
    let claims = plural(made.claims.len(), "claim");
    printer.line(&format!("{output} names {} with {claims}:", request.id));
    for claim in &made.claims {
        printer.line(&format!("  {claim}"));
    }
    if !made.lists_tools {
        printer.note("the provider does not list its tools, so the claims are as they were given");
    }
    if !made.without_contract.is_empty() {
        printer.note(&format!(
            "without a contract: {}",
            made.without_contract.join(", ")
        ));
    }
    printer.note(&format!("next: proofhouse run --providers {output}"));
    Ok(exit::CONFORMANT)
}

/// What was given, or the answer to a question where somebody can answer it.
fn given_or_asked(given: Option<String>, question: &str, flag: &str) -> Result<String, AppError> {
    let missing = || AppError::Usage(format!("{flag} is missing"));
    if let Some(given) = given {
        return Ok(given);
    }
    if !io::stdin().is_terminal() {
        return Err(missing());
    }
    let mut out = io::stderr().lock();
    let _ = write!(out, "{question}: ");
    let _ = out.flush();
    let mut answer = String::new();
    let read = io::Read::take(io::stdin().lock(), LONGEST).read_line(&mut answer);
    match (read, answer.trim()) {
        (Ok(_), answer) if !answer.is_empty() => Ok(answer.to_owned()),
        _ => Err(missing()),
    }
}
