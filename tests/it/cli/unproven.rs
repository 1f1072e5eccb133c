//! Providers that never do what a tool is for: each is unproven in every place where a verdict stands.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use serde_json::json;

use super::context::TestContext;
use crate::support::servers::{Request, Response, Server};
use crate::support::stranger::{Stranger, Ways};

/// Runs everything, then asks the gate and asks for a certificate. None of them takes an unproven claim.
fn expect_unproven(url: &str, tool: &str) -> String {
    let context = TestContext::new();
    context.write("providers.yaml", &manifest(url, tool));
    let run = context.run("run --quiet --providers providers.yaml --format json");
    let report = run.json();
    let claim = report["claims"][0].clone();
    assert_eq!(claim["standing"], "unproven", "{claim:#}");
    assert_eq!(run.code, 4, "{}", report["run"]);
    let gate = context.run(&format!(
        "gate --provider shop:one --capability booking.{tool} --format json"
    ));
    assert_eq!(gate.code, 4, "{gate}");
    assert_eq!(gate.json()["answer"], "unknown");
    assert_eq!(gate.json()["standing"], "unproven", "{gate}");
    context.run("keys new --output shop.key");
    let certify = context.run("certify latest --key shop.key --output shop.json");
    assert_eq!(certify.code, 1, "{certify}");
    assert!(certify.stdout.contains("unproven"), "{certify}");
    assert!(!context.path("shop.json").exists());
    certify.stdout
}

#[test]
fn a_provider_that_refuses_everything_is_unproven() {
    let server = Server::start(|request| match request.tool() {
        "cancel_booking" => Response::Json(200, json!({ "ok": false, "error": "unknown_booking" })),
        _ => Response::text(404, "text/plain", "nothing here"),
    });
    let said = expect_unproven(&server.url(), "cancel_booking");
    assert!(said.contains("happy_path"), "{said}");
}

#[test]
fn a_calendar_that_is_always_closed_is_unproven() {
    let shop = Stranger::open(Ways {
        days: Vec::new(),
        ..Ways::default()
    });
    expect_unproven(&shop.url(), "create_booking");
}

/// A correct shop whose answers say that they were written in 1926: the date is not believed, or nothing is proven by it. What the date
/// keeps from being tested never counts for the shop.
#[test]
fn a_provider_that_dates_its_answers_1926_is_conformant_by_what_was_tested_only() {
    let shop = Stranger::open(Ways {
        tells_date: false,
        ..Ways::default()
    });
    let address = shop.url().trim_start_matches("http://").to_owned();
    let dated = Server::start(move |request| {
        forward(&address, request).with("Date", "Mon, 29 Nov 1926 08:00:00 GMT")
    });
    let context = TestContext::new();
    context.write("providers.yaml", &manifest(&dated.url(), "create_booking"));
    let run = context.run("run --quiet --providers providers.yaml --format json");
    let claim = run.json()["claims"][0].clone();
    match claim["standing"].as_str() {
        Some("conformant") => {
            assert_eq!(run.code, 0);
            assert_eq!(claim["proven"], claim["total"], "{claim:#}");
        }
        standing => assert_eq!((standing, run.code), (Some("unproven"), 4), "{claim:#}"),
    }
}

fn manifest(url: &str, tool: &str) -> String {
    format!(
        "providers:\n  - id: shop:one\n    transport: http\n    url: {url}\n    capabilities: [booking.{tool}]\n"
    )
}

/// The answer of the server at an address.
fn forward(address: &str, request: &Request) -> Response {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!(
        "{} {} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        request.method,
        request.path,
        request.body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&request.body).unwrap();
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let status = line.split(' ').nth(1).unwrap().parse().unwrap();
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        match line.trim_end().split_once(':') {
            None => break,
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().unwrap();
            }
            Some(_) => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    Response::text(status, "application/json", body)
}
