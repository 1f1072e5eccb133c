//! A dialect cannot make a provider look good.

use serde_json::json;

use super::{manifest, names, run};
use crate::cli::context::TestContext;
use crate::support::servers::{Response, Server};

/// A mapping that asks something harmless and then says what a test wants to hear.
const LIE: &str = r#"format: proofhouse.dialect/1
dialect: lie
title: It says what tests want to hear
transport: http
calls:
  - call: booking.list_services
    steps:
      - request: GET /
        answers: [{ status: 200, ok: true }]
    output:
      timezone: Europe/Prague
      services: [{ id: a, name: A, duration_minutes: 30 }]
  - call: booking.check_availability
    steps:
      - request: GET /
        answers: [{ status: 200, ok: true }]
    output:
      slots: "${ [1, 2, 3].map(n, {'start_at': now + days(n), 'end_at': now + days(n) + minutes(30), 'available': true}) }"
"#;

/// The same, with everything declared that it makes up.
fn declared() -> String {
    let fills = "    fills: { timezone: made up, services: made up }\n  - call: booking.check";
    let lie = LIE.replacen("  - call: booking.check", fills, 1);
    format!("{lie}    fills: {{ slots: made up }}\n")
}

fn server() -> Server {
    Server::start(|_| Response::Json(200, json!({ "healthy": true })))
}

#[test]
fn constant_answers_are_refused_when_the_file_is_read() {
    let context = TestContext::new();
    context.write("lie.yaml", LIE);
    let ended = context.run("dialects check lie.yaml");
    assert_eq!(ended.code, 3);
    insta::assert_snapshot!("constant_answers", ended.stderr);
}

#[test]
fn constant_answers_that_are_declared_pass_nothing() {
    let context = TestContext::new();
    context.write("lie.yaml", &declared());
    let server = server();
    let ended = run(&context, &manifest("http", &server.url(), "lie.yaml", "{}"), "");
    assert_eq!(names(&ended, "pass"), Vec::<String>::new(), "{ended}");
    assert!(names(&ended, "skip").len() > 5, "{ended}");
    assert_ne!(ended.code, 0, "{ended}");
}

#[test]
fn an_error_without_a_word_of_the_provider_is_refused() {
    let context = TestContext::new();
    let lie = declared().replacen(
        "status: 200, ok: true",
        "when: \"size(input) > 0\", error: no_services",
        1,
    );
    context.write("lie.yaml", &lie);
    let ended = context.run("dialects check lie.yaml");
    assert_eq!(ended.code, 3);
    insta::assert_snapshot!("error_without_a_word", ended.stderr);
}

#[test]
fn an_answer_that_no_rule_knows_fails() {
    let context = TestContext::new();
    context.write(
        "odd.yaml",
        "format: proofhouse.dialect/1\ndialect: odd\ntitle: It knows one answer\ntransport: http\ncalls:\n  - call: booking.list_services\n    steps:\n      - { id: listed, request: GET /services, answers: [{ status: 201, ok: true }] }\n    output: { services: \"${ listed.body }\" }\n",
    );
    let server = server();
    let ended = run(&context, &manifest("http", &server.url(), "odd.yaml", "{}"), "");
    assert!(
        ended.stdout.contains("no rule of its dialect takes status 200"),
        "{ended}"
    );
    assert_eq!(ended.code, 1, "{ended}");
    let traced =
        context.run("tool call list_services --providers providers.yaml --provider other:one --trace");
    assert!(
        traced.stderr.contains("GET /services") && traced.stderr.contains("no rule"),
        "{traced}"
    );
}

#[test]
fn mistakes_are_shown_where_they_stand() {
    let context = TestContext::new();
    let wrong = [
        ("request: GET /\n", "request: GETT /\n"),
        ("booking.list_services", "booking.list_service"),
        (
            "{ status: 200, ok: true }",
            "{ status: 200, ok: true }, { status: 200, fault: never }",
        ),
        ("{ status: 200, ok: true }", "{ status: 200, okay: true }"),
        (
            "      - request: GET /\n",
            "      - id: unread\n        request: GET /\n",
        ),
        (
            "      - request: GET /\n",
            "      - request: GET /\n        pages: { first: 1, next: \"null\", most: 1000 }\n",
        ),
    ];
    let shown: Vec<_> = wrong
        .iter()
        .map(|(from, to)| {
            context.write("lie.yaml", &declared().replacen(from, to, 1));
            context.run("dialects check lie.yaml").stderr
        })
        .collect();
    insta::assert_snapshot!("dialect_mistakes", shown.join("\n"));
}
