//! Answers with more unknown keys, or longer names, than a message may repeat.

use proofhouse::model::{Outcome, TestResult};
use serde_json::{Map, Value, json};

use crate::support::proving::{Entry, ended, message, prove};
use crate::support::servers::{Response, Server};

/// The results of a provider that answers every call with this.
async fn failures(output: Value) -> Vec<TestResult> {
    let server = Server::start(move |_| Response::Json(200, output.clone()));
    let entry = Entry::new("hostile:keys", server.url()).claiming(&["list_services@0.2.0"]);
    let summary = prove(&[entry]).await;
    let failed = ended(&summary, "hostile:keys", Outcome::Fail);
    failed.into_iter().cloned().collect()
}

/// The largest text of a result, in bytes: its message, its notes or a row.
fn largest(result: &TestResult) -> usize {
    let rows = result.cases.iter().filter_map(|case| case.message.as_deref());
    let texts = result.message.as_deref().into_iter().chain(rows);
    let notes = result.notes.iter().map(String::as_str);
    texts.chain(notes).map(str::len).max().unwrap_or_default()
}

#[tokio::test]
async fn forty_thousand_unknown_keys_are_told_in_a_short_message() {
    let mut output = Map::from_iter([
        ("ok".to_owned(), json!(true)),
        (
            "services".to_owned(),
            json!([{ "id": "a", "name": "A", "duration_minutes": 30 }]),
        ),
    ]);
    output.extend((0..40_000).map(|number| (format!("unknown-{number}"), json!(0))));
    let failed = failures(Value::Object(output)).await;
    assert!(!failed.is_empty());
    let size: usize = failed
        .iter()
        .map(|result| serde_json::to_string(result).unwrap().len())
        .sum();
    assert!(size < 8 * 1024 * 1024, "{size} bytes of results");
    for result in &failed {
        assert!(
            largest(result) < 4_000,
            "{} bytes: {}",
            largest(result),
            result.test
        );
    }
}

#[tokio::test]
async fn a_name_or_a_code_of_a_megabyte_is_clipped_wherever_it_is_told() {
    let long = "x".repeat(400_000);
    for output in [
        json!({ "ok": true, "services": [{ "id": "a", "name": "A", "duration_minutes": { long.clone(): 1 } }] }),
        json!({ "ok": false, "error": long.clone() }),
        json!({ "ok": true, "services": [{ "id": long.clone(), "name": long.clone(), "duration_minutes": "1" }] }),
    ] {
        for result in failures(output).await {
            assert!(
                largest(&result) < 4_000,
                "{}: {:.200}",
                result.test,
                message(&result)
            );
        }
    }
}
