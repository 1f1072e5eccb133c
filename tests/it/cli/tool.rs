//! `proofhouse tool`: one provider's tools, looked at and called one by one.

use std::io::Write;
use std::process::Stdio;

use serde_json::json;

use super::context::{Ended, TestContext};
use crate::support::misbehaviour::Misbehaviour;
use crate::support::servers::{Response, Server, dead_url};

/// Runs words that hold no white space.
fn run(context: &TestContext, words: &[&str]) -> Ended {
    context.run(&words.join(" "))
}

const ASK: &str = "tool call check_availability";

#[test]
fn the_tools_of_a_bundled_tenant_are_listed_described_and_called() {
    let context = TestContext::new();
    let list = context.run("tool list --reference salon-aurora");
    assert_eq!(list.code, 0, "{list}");
    assert!(
        list.stdout.contains("create_booking") && list.stdout.contains("booking.create_booking@0.1.0"),
        "{list}"
    );
    let described = context.run("tool describe create_booking --reference salon-aurora");
    assert_eq!(described.code, 0, "{described}");
    assert!(
        described
            .stdout
            .ends_with("input schema: as published\noutput schema: as published\n"),
        "{described}"
    );
    let second = context.run("tool describe get_booking --reference salon-aurora@0.2.0");
    assert_eq!(second.code, 0, "{second}");
    assert!(
        second
            .stdout
            .ends_with("input schema: as published\noutput schema: as published\n"),
        "{second}"
    );
    let called = context.run("tool call booking.list_services --reference salon-aurora");
    assert_eq!((called.code, &called.json()["ok"]), (0, &json!(true)), "{called}");
}

#[test]
fn a_business_error_exits_1_and_a_provider_that_is_not_there_5() {
    let context = TestContext::new();
    let refused = run(
        &context,
        &[
            "tool",
            "call",
            "cancel_booking",
            r#"{"booking_id":"none"}"#,
            "--reference",
            "salon-aurora",
        ],
    );
    assert_eq!(
        (refused.code, &refused.json()["error"]),
        (1, &json!("unknown_booking")),
        "{refused}"
    );
    let url = dead_url();
    let dead = run(&context, &["tool", "call", "list_services", "--url", &url]);
    assert_eq!(dead.code, 5, "{dead}");
    assert!(
        dead.stderr.contains("could not connect: connection refused"),
        "{dead}"
    );
    let html = Misbehaviour::Html.serve();
    let wrong = run(&context, &["tool", "call", "list_services", "--url", &html.url()]);
    assert_eq!(wrong.code, 1, "{wrong}");
    assert!(wrong.stderr.contains("an HTML page"), "{wrong}");
}

#[test]
fn arguments_are_validated_before_they_are_sent_unless_asked_otherwise() {
    let context = TestContext::new();
    let server = Server::start(|_| Response::Json(200, json!({ "ok": false, "error": "invalid_date" })));
    let at = ["--url".to_owned(), server.url()];
    let call = |arguments: &str, more: &[&str]| {
        let mut words: Vec<&str> = ASK.split(' ').collect();
        words.push(arguments);
        words.extend(at.iter().map(String::as_str));
        words.extend(more);
        run(&context, &words)
    };
    let broken = call(r#"{"service_id":"x"}"#, &[]);
    assert_eq!((broken.code, server.count()), (2, 0), "{broken}");
    assert!(
        broken.stderr.contains("`date` is missing") && broken.stderr.contains("--no-validate"),
        "{broken}"
    );
    assert_eq!(call("{", &[]).code, 2);
    let sent = call(r#"{"service_id":"x"}"#, &["--no-validate"]);
    assert_eq!((sent.code, server.count()), (1, 1), "{sent}");
}

#[test]
fn an_answer_that_breaks_the_output_schema_is_printed_with_a_warning() {
    let server = Server::start(|_| Response::Json(200, json!({ "ok": true, "services": 7 })));
    let called = run(
        &TestContext::new(),
        &["tool", "call", "list_services", "--url", &server.url()],
    );
    assert_eq!(
        (called.code, &called.json()["services"]),
        (0, &json!(7)),
        "{called}"
    );
    assert!(
        called
            .stderr
            .contains("the answer breaks the output schema: `services`"),
        "{called}"
    );
}

#[test]
fn arguments_are_read_from_standard_input() {
    let server = Server::start(|request| {
        let sent: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
        Response::Json(200, json!({ "ok": true, "slots": [], "echo": sent }))
    });
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_proofhouse"))
        .args(["tool", "call", "check_availability", "-", "--url", &server.url()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(br#"{"service_id":"x","date":"2030-01-01"}"#)
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let printed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(printed["echo"]["date"], "2030-01-01");
}

#[test]
fn a_listed_schema_that_differs_is_shown_place_by_place() {
    let server = Server::start(|_| {
        Response::Json(
            200,
            json!({ "tools": [{ "name": "list_services", "inputSchema": { "type": "object", "properties": { "page": { "type": "integer" } } } }] }),
        )
    });
    let described = run(
        &TestContext::new(),
        &["tool", "describe", "list_services", "--url", &server.url()],
    );
    assert_eq!(described.code, 0, "{described}");
    assert!(
        described
            .stdout
            .contains("input schema: differs from the published one"),
        "{described}"
    );
    assert!(
        described
            .stdout
            .contains("/properties/page: published nothing, listed {\"type\":\"integer\"}"),
        "{described}"
    );
    assert!(described.stdout.contains("output schema: none"), "{described}");
}

#[test]
fn whoever_is_not_there_is_named_with_the_near_miss() {
    let context = TestContext::new();
    let tenant = context.run("tool list --reference salon-auror");
    assert_eq!(tenant.code, 2, "{tenant}");
    assert!(
        tenant.stderr.contains("there is no tenant `salon-auror`")
            && tenant.stderr.contains("did you mean `salon-aurora`?"),
        "{tenant}"
    );
    let version = context.run("tool list --reference salon-aurora@0.9.0");
    assert!(
        version.stderr.contains("there is no tenant `salon-aurora@0.9.0`"),
        "{version}"
    );
    let tool = context.run("tool describe create_bookin --reference salon-aurora");
    assert_eq!(tool.code, 2, "{tool}");
    assert!(tool.stderr.contains("did you mean `create_booking`?"), "{tool}");
}
