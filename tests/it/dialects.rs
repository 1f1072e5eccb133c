//! Dialects over a real wire: what passes through them, what cannot, and what they must not hide.

use serde_json::Value;

use crate::cli::context::{Ended, TestContext};

mod chairs;
mod easy_appointments;
mod favcrm;
mod floyd;
mod honesty;
mod outcomes;
mod real_servers;
mod rows;

/// A manifest of one provider that speaks a dialect.
fn manifest(transport: &str, url: &str, dialect: &str, fixtures: &str) -> String {
    format!(
        "providers:\n  - id: other:one\n    transport: {transport}\n    url: {url}\n    dialect: {dialect}\n    fixtures: {fixtures}\n"
    )
}

/// Runs what is selected against the provider of a manifest.
fn run(context: &TestContext, manifest: &str, more: &str) -> Ended {
    run_as(context, manifest, more, "none")
}

/// The same with a credential in `TOKEN`.
fn run_as(context: &TestContext, manifest: &str, more: &str, token: &str) -> Ended {
    context.write("providers.yaml", manifest);
    let arguments = format!("run --providers providers.yaml --format json --seed 7 {more}");
    let mut command = context.command(&arguments);
    context.finish(&arguments, command.env("TOKEN", token))
}

/// The must-level tests that did not come out as they should, in order.
fn failed(ended: &Ended) -> Vec<String> {
    let of = |outcome| names(ended, outcome);
    [of("fail"), of("error"), of("blocked")].concat()
}

/// The names of the must-level tests that a report says so of.
fn names(ended: &Ended, outcome: &str) -> Vec<String> {
    let report = ended.json();
    let rows = report["results"].as_array().unwrap().iter();
    let mut names: Vec<_> = rows
        .filter(|row| row["level"] == "must" && row["outcome"] == outcome)
        .map(name)
        .collect();
    names.sort();
    names
}

/// The tools of the claims that a report calls unproven.
fn unproven(ended: &Ended) -> Vec<String> {
    let report = ended.json();
    let claims = report["claims"].as_array().unwrap().iter();
    claims
        .filter(|claim| claim["standing"] == "unproven")
        .map(|claim| {
            claim["capability"]
                .as_str()
                .unwrap()
                .rsplit('.')
                .next()
                .unwrap()
                .to_owned()
        })
        .collect()
}

fn name(row: &Value) -> String {
    let capability = row["capability"].as_str().unwrap();
    let tool = capability.rsplit('.').next().unwrap();
    format!("{tool}/{}", row["test"].as_str().unwrap())
}
