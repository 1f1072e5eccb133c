//! The line for a shell that repeats what a failure over MCP rests on.

use super::curl::quote;
use super::reproduce::record_of;
use super::text::safe_json;
use crate::event::ProviderRecord;
use crate::model::{AuthSource, Endpoint, EnvValue, Exchange, TestResult};
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

/// How the server is reached: the arguments before, and the command after `--`. The first ends with the address.
fn place(record: &ProviderRecord) -> Option<(String, String)> {
    match &record.endpoint {
        Endpoint::Mcp { url } => {
            let auth = match &record.auth {
                Some(AuthSource::Bearer { env }) => format!(" --bearer-env {env}"),
                Some(AuthSource::Header { header, env }) => {
                    format!(" --header {}", quote(&format!("{header}={env}")))
                }
                Some(AuthSource::Basic { .. } | AuthSource::Oauth(_) | AuthSource::Login) | None => {
                    String::new()
                }
            };
            Some((format!(" {}", quote(url)), auth))
        }
        Endpoint::Stdio { command, args, env } => {
            let env: String = env
                .iter()
                .filter_map(|(name, value)| match value {
                    EnvValue::FromEnv(ours) if ours == name => Some(format!(" --env {name}")),
                    EnvValue::FromEnv(ours) => Some(format!(" --env {name}={ours}")),
                    EnvValue::Plain(_) => None,
                })
                .collect();
            let words = std::iter::once(command).chain(args);
            let words: Vec<_> = words.map(|word| quote(word)).collect();
            Some((env, format!(" -- {}", words.join(" "))))
        }
        Endpoint::Http { .. } => None,
    }
}
