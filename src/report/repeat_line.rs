//! The line for a shell that repeats what a failure over MCP rests on.

use super::curl::quote;
use super::place::place;
use super::reproduce::record_of;
use super::text::safe_json;
use crate::model::{Endpoint, Exchange, TestResult};
use crate::summary::RunSummary;

/// The tenant of a provider that was probed.
const PROBE: &str = "probe";

/// How the tools begin by which a probe speaks the protocol itself.
const OWN: &str = "proofhouse/";

/// A `proofhouse tool call` for a failure that one call shows, and a `proofhouse probe` of this test alone for another failure of a probe.
/// None for other bindings, and where no call is known.
pub(super) fn repeat_line(summary: &RunSummary, result: &TestResult, calls: &[Exchange]) -> Option<String> {
    let record = record_of(summary, result)?;
    let (before, after) = place(record)?;
    let last = calls.last()?;
    let one = calls.len() == 1 || result.failure.as_deref()?.case.is_some();
    if one && !last.tool.starts_with(OWN) {
        let arguments = last.input.pointer("/params/arguments")?;
        return Some(format!(
            "proofhouse tool call {} {} --no-validate{}{before}{after}",
            quote(&last.tool),
            quote(&safe_json(arguments)),
            match record.endpoint {
                Endpoint::Mcp { .. } => " --mcp --url",
                _ => "",
            }
        ));
    }
    if record.id.tenant() != PROBE {
        return None;
    }
    let mut tools: Vec<&str> = calls.iter().map(|call| call.tool.as_str()).collect();
    tools.retain(|tool| !tool.starts_with(OWN));
    tools.sort_unstable();
    tools.dedup();
    let globs: String = tools
        .iter()
        .map(|tool| format!(" --tool {}", quote(tool)))
        .collect();
    let calls = match (tools.is_empty(), result.test.as_str()) {
        (true, test) if test != "stays_alive" => "",
        _ => " --calls sandbox",
    };
    let test = quote(&format!("{}/{}", result.capability.tool(), result.test));
    Some(format!(
        "proofhouse probe{calls}{globs} --test {test}{before}{after}"
    ))
}
