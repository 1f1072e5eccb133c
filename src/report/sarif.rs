//! The run as SARIF 2.1.0, for code scanning: a rule for each test that failed, a result for each failure. A server has no lines, so a
//! result stands at a logical place, the provider, the capability and the test, and in the file of the test.

use std::io;

use indexmap::IndexMap;
use serde_json::{Value, json};

use super::ReportError;
use super::messages::{message_of, verdict_message};
use super::repeat_line::repeat_line;
use super::text::{clean, one_line};
use crate::model::{Outcome, TestResult};
use crate::summary::RunSummary;

/// The schema that the output follows.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// The most characters of a message.
const LONG: usize = 4_000;

pub(super) fn write(summary: &RunSummary, out: &mut dyn io::Write) -> Result<(), ReportError> {
    let mut rules: IndexMap<String, Value> = IndexMap::new();
    let mut results = Vec::new();
    for result in &summary.results {
        if !matches!(result.outcome, Outcome::Fail | Outcome::Error) {
            continue;
        }
        let id = rule_id(result);
        rules.entry(id.clone()).or_insert_with(|| rule(&id, result));
        let index = rules.get_index_of(&id).unwrap_or_default();
        results.push(finding(summary, result, &id, index));
    }
    let incomplete = summary.why_incomplete();
    let mut invocation = json!({
        "executionSuccessful": incomplete.is_none(),
        "startTimeUtc": summary.header.started_at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        "exitCode": summary.verdict().exit_code(),
        "exitCodeDescription": one_line(&verdict_message(summary), LONG),
    });
    if let (Value::Object(fields), Some(why)) = (&mut invocation, incomplete) {
        let why = json!([{ "level": "error", "message": { "text": one_line(&why, LONG) } }]);
        fields.insert("toolExecutionNotifications".to_owned(), why);
    }
    let (name, version) = summary
        .header
        .harness
        .split_once(' ')
        .unwrap_or(("proofhouse", "0"));
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": name, "version": version, "rules": rules.into_values().collect::<Vec<_>>() } },
            "automationDetails": { "id": format!("proofhouse/{}", summary.header.run) },
            "invocations": [invocation],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    serde_json::to_writer_pretty(&mut *out, &log).map_err(io::Error::from)?;
    writeln!(out)?;
    Ok(())
}

/// The file of the test in a registry. Code scanning takes no result without a file, and a server has none.
fn file_of(result: &TestResult) -> String {
    let capability = &result.capability;
    format!(
        "suites/{}/{}/{}.yaml",
        capability.domain(),
        capability.tool(),
        result.test
    )
}

/// The test without its version: a newer contract has the same rule.
fn rule_id(result: &TestResult) -> String {
    format!("{}/{}", result.capability, result.test)
}

fn rule(id: &str, result: &TestResult) -> Value {
    let broken = result
        .failure
        .as_deref()
        .and_then(|failure| failure.rule.as_ref());
    let words = match broken {
        Some(rule) => one_line(rule.words.trim(), LONG),
        None => result.test.as_str().replace('_', " "),
    };
    json!({
        "id": id,
        "name": result.test.as_str(),
        "shortDescription": { "text": words },
        "properties": { "level": result.level.to_string() },
    })
}

/// A text in which nothing reads as a link (SARIF 2.1.0, 3.11.6): a provider may have written it.
fn unlinked(text: &str) -> String {
    text.replace("](", "]\\(")
}

fn finding(summary: &RunSummary, result: &TestResult, id: &str, index: usize) -> Value {
    let deciding = result.outcome == Outcome::Fail && !summary.is_warning(result);
    let known = summary.known_as(result).is_some();
    let level = match (result.outcome, deciding && !known) {
        (Outcome::Fail, true) => "error",
        (Outcome::Fail, false) => "warning",
        _ => "note",
    };
    let first = one_line(message_of(result), LONG);
    let mut text = first.clone();
    if let Some(line) = repeat_line(summary, result, &summary.calls_of(result)) {
        text = format!("{first}\nIt is repeated by: {}", clean(&line));
    }
    let place = format!(
        "{}/{}@{}/{}",
        result.provider, result.capability, result.version, result.test
    );
    let mut found = json!({
        "ruleId": id,
        "ruleIndex": index,
        "level": level,
        "kind": if result.outcome == Outcome::Fail { "fail" } else { "open" },
        "message": { "text": unlinked(&text) },
        "locations": [{
            "physicalLocation": { "artifactLocation": { "uri": file_of(result) }, "region": { "startLine": 1 } },
            "logicalLocations": [{ "name": result.test.as_str(), "fullyQualifiedName": place, "kind": "function" }],
        }],
        "partialFingerprints": { "proofhouse/v1": place },
    });
    if level == "note"
        && let Value::Object(fields) = &mut found
    {
        // A result that is open has no level but this one.
        fields.insert("level".to_owned(), Value::from("none"));
    }
    if known && let Value::Object(fields) = &mut found {
        let known = json!([{ "kind": "external", "justification": "the baseline knows this failure" }]);
        fields.insert("suppressions".to_owned(), known);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::sample::{Sample, row};

    #[test]
    fn a_failure_is_a_result_under_its_rule() {
        let summary = Sample::of([
            row("a:b", "one").fails("it is wrong"),
            row("a:b", "two"),
            row("a:b", "three").should().fails("it is odd"),
            row("a:b", "four").ends(Outcome::Error),
            row("a:b", "five").fails("it is [here](https://evil.example/)"),
        ])
        .fold()
        .unwrap();
        let mut text = Vec::new();
        write(&summary, &mut text).unwrap();
        let log: Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(log["version"], "2.1.0");
        let run = &log["runs"][0];
        let results = run["results"].as_array().unwrap();
        let mut files = results
            .iter()
            .map(|result| &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]);
        assert!(files.any(|file| file == "suites/booking/create_booking/one.yaml"));
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        let told: Vec<_> = results
            .iter()
            .map(|result| {
                let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
                assert_eq!(rules[index]["id"], result["ruleId"]);
                let name = rules[index]["name"].as_str().unwrap();
                let text = result["message"]["text"].as_str().unwrap();
                (name, result["level"].as_str().unwrap(), text.contains("it is"))
            })
            .collect();
        assert!(told.contains(&("one", "error", true)), "{told:?}");
        assert!(told.contains(&("three", "warning", true)), "{told:?}");
        assert!(told.contains(&("four", "none", false)), "{told:?}");
        assert_eq!(told.len(), 4);
        assert!(
            results
                .iter()
                .any(|result| result["message"]["text"] == "it is [here]\\(https://evil.example/)")
        );
        assert_eq!(run["invocations"][0]["exitCode"], 1);
    }
}
