//! The door: which requests come in, and where a provider listens for them.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Output;

use crate::binary::{binary, body, serve};

const TOOL: &str = "/p/ink-house/tools/list_customers";
const JSON: &str = "content-type: application/json";

/// Sends a request with these headers; the status and the whole answer.
fn send(url: &str, method: &str, path: &str, headers: &[&str], content: &str) -> (u16, String) {
    let address = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let host = format!("host: {address}");
    let named = headers.iter().any(|header| header.starts_with("host:"));
    let mut lines = vec![
        format!("{method} {path} HTTP/1.1"),
        "connection: close".to_owned(),
    ];
    lines.extend((!named).then_some(host));
    lines.extend(headers.iter().map(|header| (*header).to_owned()));
    let head = lines.join("\r\n");
    write!(
        stream,
        "{head}\r\ncontent-length: {}\r\n\r\n{content}",
        content.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    (answer[9..12].parse().unwrap(), answer)
}

/// Runs the provider, which must refuse to start.
fn refused(arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let mut command = binary();
    let Output {
        status,
        stderr,
        stdout,
    } = command
        .args(["serve", "--port", "0", "--memory"])
        .args(arguments)
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    let text = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(2), "{text}");
    assert!(stdout.is_empty(), "it listens");
    text
}

#[test]
fn off_loopback_it_starts_only_with_a_token_or_a_word() {
    for host in ["0.0.0.0", "::"] {
        let text = refused(&["--host", host], &[]);
        assert!(
            text.contains("--token-env NAME") && text.contains("--open"),
            "{text}"
        );
        assert_eq!(text.lines().count(), 1, "{text}");
    }
    let text = refused(&["--host", "0.0.0.0", "--token-env", "NOBODY_SETS_IT"], &[]);
    assert!(
        text.contains("NOBODY_SETS_IT") && text.contains("not set"),
        "{text}"
    );
    let text = refused(&["--host", "0.0.0.0", "--token-env", "T"], &[("T", "two words")]);
    assert!(text.contains("spaces") && !text.contains("two words"), "{text}");
    let text = refused(
        &[
            "--host",
            "0.0.0.0",
            "--open",
            "--sandbox",
            "--fault",
            "accepts_past",
        ],
        &[],
    );
    assert!(
        text.contains("--sandbox") && text.contains("--token-env"),
        "{text}"
    );

    let (mut child, url) = serve(&["--memory", "--host", "0.0.0.0", "--open"]);
    let url = url.replace("0.0.0.0", "127.0.0.1");
    let (status, answer) = send(&url, "POST", TOOL, &["host: salons.example", JSON], "{}");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(status, 200, "{answer}");
}

#[test]
fn a_token_is_asked_for_before_a_body_is_read_and_not_of_customers() {
    let mut child = binary()
        .args([
            "serve",
            "--port",
            "0",
            "--memory",
            "--sandbox",
            "--host",
            "0.0.0.0",
        ])
        .args(["--token-env", "DOOR_TOKEN"])
        .env("DOOR_TOKEN", "s3cret")
        .spawn()
        .unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(
        &mut std::io::BufReader::new(child.stdout.take().unwrap()),
        &mut line,
    )
    .unwrap();
    let url = line
        .trim_end()
        .strip_prefix("listening on ")
        .unwrap()
        .replace("0.0.0.0", "127.0.0.1");
    let outcome = std::panic::catch_unwind(|| {
        let bearer = "authorization: Bearer s3cret";
        assert_eq!(send(&url, "POST", TOOL, &[JSON, bearer], "{}").0, 200);
        for (method, path) in [
            ("POST", TOOL),
            ("POST", "/p/ink-house/tools/advance_clock"),
            ("GET", "/p/ink-house/tools"),
            ("GET", "/p/ink-house/v0.2.0/tools"),
            ("POST", "/p/ink-house/mcp"),
            ("POST", "/p/ink-house/favcrm/mcp"),
            ("GET", "/"),
        ] {
            for wrong in [
                "x-nothing: 1",
                "authorization: Bearer s3cre",
                "authorization: Basic s3cret",
            ] {
                let (status, answer) = send(&url, method, path, &[JSON, wrong], "{}");
                assert_eq!(status, 401, "{method} {path} {wrong}: {answer}");
                assert!(answer.contains("www-authenticate: Bearer"), "{answer}");
            }
        }
        // The body never comes.
        let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
        write!(
            stream,
            "POST {TOOL} HTTP/1.1\r\nhost: a\r\n{JSON}\r\ncontent-length: 60000\r\n\r\n"
        )
        .unwrap();
        let mut start = [0; 12];
        stream.read_exact(&mut start).unwrap();
        assert_eq!(&start, b"HTTP/1.1 401");
        // A customer has an address that nobody guesses, and no token.
        assert_eq!(
            send(&url, "GET", "/p/ink-house/bookings/x/cancel", &[], "").0,
            404
        );
        assert_eq!(send(&url, "GET", "/p/ink-house/invoices/x", &[], "").0, 404);
    });
    child.kill().unwrap();
    child.wait().unwrap();
    outcome.unwrap();
}

#[test]
fn a_page_of_another_site_neither_calls_nor_is_told_that_it_may() {
    let (mut child, url) = serve(&[
        "--memory",
        "--public-host",
        "salons.example",
        "--public-url",
        "https://book.example",
    ]);
    let outcome = std::panic::catch_unwind(|| {
        let paths = [
            TOOL,
            "/p/ink-house/v0.2.0/tools/list_customers",
            "/p/ink-house/mcp",
        ];
        for path in paths {
            for foreign in [
                "origin: https://evil.example",
                "origin: null",
                "host: evil.example:4700",
                "host: 127.0.0.1.evil.example",
            ] {
                let (status, answer) = send(&url, "POST", path, &[JSON, foreign], "{}");
                assert_eq!(status, 403, "{path} {foreign}: {answer}");
            }
            // What a page may send without asking first.
            for kind in [
                "content-type: text/plain",
                "content-type: text/plain;charset=application/json",
                "content-type: application/x-www-form-urlencoded",
                "content-type: multipart/form-data; boundary=x",
                "x-no-type: 1",
            ] {
                let (status, answer) = send(&url, "POST", path, &[kind], "{}");
                assert_eq!(status, 415, "{path} {kind}: {answer}");
            }
            let asks = [
                "origin: https://evil.example",
                "access-control-request-method: POST",
                "access-control-request-headers: content-type",
            ];
            for asks in [&asks[..], &asks[1..]] {
                let (status, answer) = send(&url, "OPTIONS", path, asks, "");
                assert!(status == 403 || status == 405, "{path}: {answer}");
                assert!(
                    !answer.to_lowercase().contains("access-control-allow"),
                    "{answer}"
                );
            }
        }
        for own in [
            "host: localhost:4700",
            "host: [::1]:4700",
            "host: salons.example",
            "host: book.example:8443",
            "origin: http://localhost:6274",
            "origin: https://book.example",
        ] {
            let (status, answer) = send(
                &url,
                "POST",
                TOOL,
                &["content-type: application/json; charset=utf-8", own],
                "{}",
            );
            assert_eq!(status, 200, "{own}: {answer}");
            assert_eq!(body(&answer)["ok"], true);
        }
    });
    child.kill().unwrap();
    child.wait().unwrap();
    outcome.unwrap();
}
