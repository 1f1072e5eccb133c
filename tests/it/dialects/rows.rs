//! Lists with rows that cannot be read, through the bundled dialects: those rows are left out and said, and no list is lost.

use serde_json::{Value, json};

use super::manifest;
use crate::cli::context::{Ended, TestContext};
use crate::support::servers::{Request, Response, Server};

/// A server that answers each path of a list with this, whatever else the request says.
fn serving(answers: Vec<(&'static str, Value)>) -> Server {
    Server::start(move |request: &Request| {
        let path = request.path.split('?').next().unwrap_or_default();
        match answers.iter().find(|(known, _)| *known == path) {
            Some((_, body)) => Response::Json(200, body.clone()),
            None => Response::Json(404, json!({ "error": { "code": "not_found" } })),
        }
    })
}

/// Calls a tool of a server through a dialect.
fn call(server: &Server, dialect: &str, fixtures: &str, tool: &str, input: &Value) -> Ended {
    let context = TestContext::new();
    let manifest = manifest("http", &server.url(), dialect, fixtures);
    context.write("providers.yaml", &manifest);
    let arguments = format!("tool call {tool} --providers providers.yaml --provider other:one");
    let mut command = context.command(&arguments);
    let ended = context.finish(&arguments, command.arg(input.to_string()));
    assert_eq!(ended.code, 0, "{ended}");
    ended
}

/// The values of a field of each row of a list in the answer.
fn values<'a>(answer: &'a Value, list: &str, field: &str) -> Vec<&'a str> {
    let rows = answer[list].as_array().unwrap();
    rows.iter().map(|row| row[field].as_str().unwrap()).collect()
}

fn office() -> Server {
    let service = |id: i64, name: Value, duration: Value| json!({ "id": id, "name": name, "duration": duration, "price": 10, "currency": "EUR" });
    let appointment = |id: i64, start: Value, end: Value| json!({ "id": id, "start": start, "end": end, "serviceId": 1, "providerId": 5, "status": "Booked" });
    let ten = || json!("2031-03-03 10:00:00");
    let half_past = || json!("2031-03-03 10:30:00");
    serving(vec![
        (
            "/services",
            json!([
                service(1, json!("Cut"), json!(30)),
                service(2, json!("Old"), Value::Null),
                service(3, json!("Older"), json!("long")),
                service(4, Value::Null, json!(30)),
                Value::Null,
            ]),
        ),
        (
            "/providers",
            json!([
                { "id": 9, "timezone": Value::Null, "services": [1] },
                Value::Null,
                { "id": 5, "timezone": "UTC", "services": [1, 2, 3, 4] },
            ]),
        ),
        (
            "/customers",
            json!([{ "id": 4, "email": Value::Null }, { "id": 3, "email": "Ada@example.com" }]),
        ),
        (
            "/appointments",
            json!([
                appointment(1, ten(), half_past()),
                appointment(2, ten(), Value::Null),
                appointment(3, json!("soon"), half_past()),
                Value::Null,
            ]),
        ),
    ])
}

#[test]
fn an_office_with_services_that_cannot_be_read_lists_the_others_and_says_so() {
    let ended = call(&office(), "easyappointments", "{}", "list_services", &json!({}));
    assert_eq!(values(&ended.json(), "services", "id"), ["1"], "{ended}");
    assert!(
        ended.stderr.contains("left out: 4 services that cannot be read"),
        "{ended}"
    );
    assert!(
        ended.stderr.contains("left out: 2 providers that cannot be read"),
        "{ended}"
    );
}

#[test]
fn an_office_with_appointments_that_cannot_be_read_lists_the_others_and_says_so() {
    let input = json!({ "customer_email": "ada@example.com" });
    let ended = call(
        &office(),
        "easyappointments",
        "{}",
        "list_bookings_for_customer",
        &input,
    );
    assert_eq!(values(&ended.json(), "bookings", "booking_id"), ["1"], "{ended}");
    assert!(
        ended
            .stderr
            .contains("left out: 3 appointments that cannot be read"),
        "{ended}"
    );
}

fn ledger() -> Server {
    let service =
        |id: &str, policy: &str| json!({ "id": id, "name": id, "policyId": policy, "resourceIds": ["r"] });
    let booking = |id: &str, service: &str, times: Value| {
        json!({
            "id": id, "status": "confirmed", "metadata": { "key": "ada@example.com" }, "serviceId": service, "allocations": times,
        })
    };
    let times = json!([{ "startTime": "2031-03-03T10:00:00Z", "endTime": "2031-03-03T10:30:00Z" }]);
    serving(vec![
        (
            "/v1/ledgers/l/services",
            json!({ "data": [service("a", "whole"), service("b", "gone"), service("c", "odd")] }),
        ),
        (
            "/v1/ledgers/l/policies/whole",
            json!({ "data": { "config": { "constraints": { "duration": { "allowed_ms": [1_800_000] } } } } }),
        ),
        ("/v1/ledgers/l/policies/odd", json!({ "data": { "config": {} } })),
        (
            "/v1/ledgers/l/resources/r",
            json!({ "data": { "timezone": "UTC" } }),
        ),
        (
            "/v1/ledgers/l/bookings",
            json!({ "data": [
                booking("x", "a", times.clone()),
                booking("y", "deleted", times),
                booking("z", "a", json!([])),
                booking("w", "a", json!([{ "startTime": "soon", "endTime": "later" }])),
            ] }),
        ),
    ])
}

#[test]
fn a_ledger_with_rows_that_cannot_be_read_lists_the_others_and_says_so() {
    let listed = call(&ledger(), "floyd", "{ ledger: l }", "list_services", &json!({}));
    assert_eq!(values(&listed.json(), "services", "id"), ["a"], "{listed}");
    assert!(
        listed.stderr.contains("left out: 2 services that cannot be read"),
        "{listed}"
    );
    let input = json!({ "customer_email": "ada@example.com" });
    let listed = call(
        &ledger(),
        "floyd",
        "{ ledger: l }",
        "list_bookings_for_customer",
        &input,
    );
    assert_eq!(
        values(&listed.json(), "bookings", "booking_id"),
        ["x"],
        "{listed}"
    );
    assert!(
        listed.stderr.contains("left out: 3 bookings that cannot be read"),
        "{listed}"
    );
}

const DIALECT: &str = r#"format: proofhouse.dialect/1
dialect: rows
title: A list of services
transport: http
answers:
  - { status: 2xx, ok: true }
calls:
  - call: booking.list_services
    steps:
      - { id: listed, request: GET /services }
      - id: services
        rows:
          in: listed.body.services
          as: s
          when: s.shown
          is: { id: "${ s.id }", name: "${ s.name }", duration_minutes: "${ int(s.minutes) }" }
          needs: [name]
    output:
      timezone: "${ listed.body.zone }"
      services: "${ services }"
"#;

#[test]
fn rows_that_are_not_wanted_are_nobodys_loss_and_no_list_is_none() {
    let context = TestContext::new();
    context.write("rows.yaml", DIALECT);
    let whole = json!({ "zone": "UTC", "services": [
        { "id": "a", "name": "A", "minutes": 30, "shown": true },
        { "id": "b", "name": "B", "minutes": 30, "shown": false },
    ] });
    for (body, code, said) in [
        (whole, 0, None),
        (
            json!({ "zone": "UTC", "services": {} }),
            1,
            Some("`listed.body.services` is no list"),
        ),
        (
            json!({ "zone": "UTC" }),
            1,
            Some("`listed.body.services` cannot be read"),
        ),
        (
            json!({ "zone": "UTC", "services": [{ "id": "a", "minutes": 30, "shown": true, "name": Value::Null }] }),
            0,
            Some("left out: 1 rows of `services` that cannot be read, the first because it has no `name`"),
        ),
    ] {
        let server = serving(vec![("/services", body)]);
        context.write(
            "providers.yaml",
            &manifest("http", &server.url(), "rows.yaml", "{}"),
        );
        let ended = context.run("tool call list_services {} --providers providers.yaml --provider other:one");
        assert_eq!(ended.code, code, "{ended}");
        match said {
            Some(said) => assert!(ended.stderr.contains(said), "{ended}"),
            None => assert!(!ended.stderr.contains("left out"), "{ended}"),
        }
    }
}

#[test]
fn mistakes_of_rows_are_shown_at_their_place() {
    let context = TestContext::new();
    for (from, to, said) in [
        ("needs: [name]", "needs: [nmae]", "`is` makes no field `nmae`"),
        ("- id: services\n        rows", "- rows", "`rows` need an `id`"),
        ("when: s.shown", "when: t.shown", "t"),
        ("as: s", "as: s\n          most: 3", "most"),
    ] {
        let text = DIALECT.replace(from, to);
        assert_ne!(text, DIALECT, "{from}");
        context.write("rows.yaml", &text);
        let ended = context.run("dialects check rows.yaml");
        assert_eq!(ended.code, 3, "{ended}");
        assert!(ended.stderr.contains(said), "{to}: {ended}");
    }
}
