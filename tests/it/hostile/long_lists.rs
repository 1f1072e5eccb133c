//! Lists that are longer than anybody reads.

use proofhouse::model::Outcome;
use serde_json::{Value, json};

use crate::support::proving::{Entry, ended, message, prove_only};
use crate::support::servers::{Response, Server};

/// A provider whose `list_services` lists so many services.
fn listing(count: usize) -> Server {
    let services: Vec<Value> = (0..count)
        .map(|number| json!({ "id": format!("s{number}"), "name": "a", "duration_minutes": 30 }))
        .collect();
    let output = json!({ "ok": true, "services": services });
    Server::start(move |_| Response::Json(200, output.clone()))
}

#[tokio::test]
async fn a_list_over_the_cap_is_a_failure_in_words() {
    let server = listing(3_000);
    let entry = Entry::new("hostile:long", server.url()).claiming(&["list_services"]);
    let summary = prove_only(&[entry], &["stable_ids", "happy_path"]).await;
    let failed = ended(&summary, "hostile:long", Outcome::Fail);
    let told = "list_services lists 3000 `services`, more than 2000 are not read";
    assert!(
        failed.iter().any(|result| message(result) == told),
        "{:?}",
        failed.iter().map(|result| message(result)).collect::<Vec<_>>()
    );
    assert!(ended(&summary, "hostile:long", Outcome::Pass).is_empty());
}

#[tokio::test]
async fn a_list_within_the_cap_is_judged_as_any_other() {
    let server = listing(400);
    let entry = Entry::new("honest:long", server.url()).claiming(&["list_services"]);
    let summary = prove_only(&[entry], &["stable_ids"]).await;
    let names: Vec<_> = ended(&summary, "honest:long", Outcome::Pass)
        .iter()
        .map(|result| result.test.to_string())
        .collect();
    assert!(names.iter().any(|name| name == "stable_ids"), "{names:?}");
}

#[tokio::test]
async fn a_long_list_deep_inside_an_answer_is_found_too() {
    let days: Vec<Value> = (0..2_001).map(|number| json!(number)).collect();
    let output = json!({ "ok": true, "services": [
        { "id": "a", "name": "A", "duration_minutes": 30, "extra": { "days": days } } ] });
    let server = Server::start(move |_| Response::Json(200, output.clone()));
    let entry = Entry::new("hostile:deep", server.url()).claiming(&["list_services"]);
    let summary = prove_only(&[entry], &["stable_ids"]).await;
    let failed = ended(&summary, "hostile:deep", Outcome::Fail);
    assert!(
        failed
            .iter()
            .any(|result| message(result) == "list_services lists 2001 `days`, more than 2000 are not read"),
        "{failed:#?}"
    );
}
