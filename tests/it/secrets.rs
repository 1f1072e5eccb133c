//! A credential that a provider sends back, everywhere and in every spelling, is in nothing that the binary writes.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
use serde_json::{Value, json};

use crate::support::servers::{Request, Response, Server};
use crate::support::stranger::{Stranger, Ways};

/// What the provider is sent as a credential. It has characters that every encoding spells differently.
const CANARY: &str = "zK9/q+Vw7\"x&4<Tp2=%Hn6";

/// The name under which the binary finds it.
const VARIABLE: &str = "CANARY_TOKEN";

/// The spellings in which it is sent back. Each stands behind a text of another length, so that base64 is at every alignment.
fn spellings() -> Vec<String> {
    let every = |spell: &dyn Fn(u8) -> String| CANARY.bytes().map(spell).collect::<String>();
    let mut all = vec![
        CANARY.to_owned(),
        CANARY.to_lowercase(),
        every(&|byte| format!("%{byte:02X}")),
        every(&|byte| format!("%{byte:02x}")),
        every(&|byte| match byte.is_ascii_alphanumeric() {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        }),
        every(&|byte| format!("\\u{byte:04x}")),
        every(&|byte| format!("\\u{{{byte:x}}}")),
        every(&|byte| format!("&#{byte};")),
        every(&|byte| format!("&#x{byte:X};")),
        every(&|byte| format!("{byte:02x}")),
        every(&|byte| format!("{byte:02X}")),
        CANARY
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('"', "&quot;"),
        CANARY.replace('"', "\\\""),
        // Twice over.
        every(&|byte| format!("%25{byte:02x}")),
        STANDARD.encode(STANDARD.encode(CANARY)),
    ];
    for before in ["", "x", "xy"] {
        for after in ["", ":", "::"] {
            let text = format!("{before}{CANARY}{after}");
            all.extend([
                STANDARD.encode(&text),
                STANDARD_NO_PAD.encode(&text),
                URL_SAFE.encode(&text),
            ]);
        }
    }
    all
}

/// The part of each spelling that gives the canary away, in small letters: base64 without what depends on its surroundings.
fn telling() -> Vec<String> {
    let mut all: Vec<String> = spellings()[..14].iter().map(|text| text.to_lowercase()).collect();
    for before in ["", "x", "xy"] {
        let text = format!("{before}{CANARY}::");
        for encoded in [STANDARD.encode(&text), URL_SAFE.encode(&text)] {
            all.push(encoded[4..28].to_lowercase());
        }
    }
    // A cut leaves its first half at most.
    all.push(CANARY[..14].to_lowercase());
    all
}

fn assert_clean(what: &str, bytes: &[u8], telling: &[String]) {
    let text = String::from_utf8_lossy(bytes).to_lowercase();
    for form in telling {
        if let Some(at) = text.find(form.as_str()) {
            let from = text.floor_char_boundary(at.saturating_sub(200));
            let to = text.ceil_char_boundary((at + 200).min(text.len()));
            panic!("{what} shows the secret as {form}:\n{}", &text[from..to]);
        }
    }
}

/// One text with every spelling in it.
fn all_spellings() -> String {
    spellings().join(" | ")
}

/// A server that says nothing but the secret, in another way at each request.
fn parrot() -> Server {
    let turn = AtomicUsize::new(0);
    Server::start(move |request| {
        let turn = turn.fetch_add(1, Ordering::Relaxed);
        let spelling = &spellings()[turn % spellings().len()];
        if request.method == "GET" {
            return Response::Json(404, json!({ "tools": spelling }));
        }
        match turn % 9 {
            0 => Response::Json(200, json!({ "ok": false, "error": spelling })),
            1 => Response::Json(200, json!({ "ok": true, spelling: { spelling: [spelling, 1] } })),
            2 => Response::Json(500, json!({ spelling: spelling })),
            3 => Response::text(500, "text/html", format!("<h1>{spelling}</h1>")),
            4 => Response::text(302, "text/plain", "")
                .with("Location", format!("https://a.example/{spelling}")),
            5 => Response::text(200, "text/plain", format!("{}{spelling}", "x".repeat(turn % 90))),
            6 => Response::Json(
                200,
                json!({ "ok": spelling, "error": [spelling], "booking_id": { spelling: 1 } }),
            ),
            7 => Response::text(
                200,
                "application/json",
                format!("{{\"ok\":true,\"ok\":\"{turn}\""),
            )
            .with("Date", spelling.clone()),
            _ => Response::text(
                200,
                "application/json",
                format!("{{\"a\":1,{}:2,{}:3}}", json!(spelling), json!(spelling)),
            ),
        }
    })
}

/// An MCP server of the same kind.
fn mcp_parrot() -> Server {
    let turn = AtomicUsize::new(0);
    Server::start(move |request| {
        if request.method != "POST" {
            return Response::text(405, "text/plain", "");
        }
        let message = request.json();
        let turn = turn.fetch_add(1, Ordering::Relaxed);
        let spelling = &spellings()[turn % spellings().len()];
        let reply = |body: Value| Response::Json(200, body);
        let id = message["id"].clone();
        match message["method"].as_str().unwrap_or_default() {
            "initialize" => reply(json!({ "jsonrpc": "2.0", "id": id, "result": {
                "protocolVersion": "2025-06-18", "capabilities": { "tools": {} },
                "serverInfo": { "name": spelling, "version": spelling } } })),
            "tools/list" => reply(json!({ "jsonrpc": "2.0", "id": id, "result": { "tools": [
                { "name": "list_services", "description": all_spellings(), "inputSchema": { "type": "object", "properties": { spelling: { "const": spelling } } } },
                { "name": spelling, "description": spelling, "inputSchema": { "type": "object" } } ] } })),
            "tools/call" if turn.is_multiple_of(2) => reply(json!({ "jsonrpc": "2.0", "id": id,
                "error": { "code": -32000, "message": spelling, "data": spelling } })),
            "tools/call" => reply(json!({ "jsonrpc": "2.0", "id": id, "result": {
                "content": [{ "type": "text", "text": spelling }], "isError": true } })),
            _ => Response::text(202, "text/plain", ""),
        }
    })
}

/// A correct provider behind a proxy that writes the secret into all it says, booking ids too.
fn talkative(behind: &Stranger) -> Server {
    let behind = behind.url();
    Server::start(move |request| {
        let (status, mut answer) = passed_on(&behind, request);
        if let Value::Object(answer) = &mut answer {
            if let Some(id) = answer.get_mut("booking_id") {
                *id = json!(format!("{CANARY}-{}", id.as_str().unwrap_or_default()));
            }
            answer.insert("echo".to_owned(), json!(spellings()));
            for spelling in spellings() {
                answer.insert(spelling.clone(), json!({ spelling: 1 }));
            }
        }
        Response::Json(status, answer)
    })
}

pub(crate) fn passed_on(url: &str, request: &Request) -> (u16, Value) {
    let body = String::from_utf8(request.body.clone()).unwrap();
    let body = body.replace(
        &json!(format!("{CANARY}-"))
            .to_string()
            .trim_matches('"')
            .to_owned(),
        "",
    );
    let host = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).unwrap();
    let mut head = String::new();
    write!(
        head,
        "{} {} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        request.method,
        request.path,
        body.len()
    )
    .unwrap();
    stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let status = line.split(' ').nth(1).unwrap().parse().unwrap();
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes).unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

fn command(folder: &Path, arguments: &[&str]) -> std::process::Output {
    std::process::Command::new(env!("CARGO_BIN_EXE_proofhouse"))
        .args(arguments)
        .current_dir(folder)
        .env("PROOFHOUSE_DATA", folder.join("data"))
        .env(VARIABLE, CANARY)
        .env("NO_COLOR", "1")
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap()
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files_below(&path)),
            false => found.push(path),
        }
    }
    found
}

#[test]
fn a_secret_that_is_sent_back_in_any_spelling_is_in_no_report_no_store_and_no_message() {
    let (parrot, mcp, stranger) = (parrot(), mcp_parrot(), Stranger::open(Ways::default()));
    let talkative = talkative(&stranger);
    let folder = tempfile::tempdir().unwrap();
    let capabilities =
        "[booking.create_booking, booking.cancel_booking, booking.list_services, booking.check_availability]";
    let manifest = format!(
        r#"providers:
  - {{ id: "loud:parrot", transport: http, url: "{}", auth: {{ bearer_env: {VARIABLE} }}, capabilities: {capabilities} }}
  - {{ id: "loud:header", transport: http, url: "{}", auth: {{ header: X-Key, value_env: {VARIABLE} }}, capabilities: {capabilities} }}
  - {{ id: "loud:mcp", transport: mcp, url: "{}", auth: {{ bearer_env: {VARIABLE} }}, capabilities: [booking.list_services] }}
  - {{ id: "loud:listed", transport: mcp, url: "{}", auth: {{ bearer_env: {VARIABLE} }} }}
  - id: "loud:command"
    transport: stdio
    command: sh
    args: ["-c", "echo \"$KEY\" >&2; echo \"$KEY\"; read line; echo \"[$KEY\""]
    env: {{ KEY: {{ from_env: {VARIABLE} }} }}
    capabilities: [booking.list_services]
"#,
        parrot.url(),
        talkative.url(),
        mcp.url(),
        mcp.url(),
    );
    std::fs::write(folder.path().join("providers.yaml"), manifest).unwrap();
    let telling = telling();
    let formats = [
        "table", "json", "junit", "tap", "markdown", "github", "html", "jsonl",
    ];
    let outputs: Vec<String> = formats
        .iter()
        .map(|format| format!("--output={format}=report.{format}"))
        .collect();
    let mut arguments = vec!["run", "--providers", "providers.yaml", "--verbose"];
    arguments.extend(outputs.iter().map(String::as_str));
    let ran = command(folder.path(), &arguments);
    let shown = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(
        shown.contains("[redacted]"),
        "{shown}\n{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    assert_clean("standard output", &ran.stdout, &telling);
    assert_clean("standard error", &ran.stderr, &telling);
    for path in files_below(folder.path()) {
        assert_clean(
            &path.display().to_string(),
            &std::fs::read(&path).unwrap(),
            &telling,
        );
    }
    let report: Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("report.json")).unwrap()).unwrap();
    // The parrot says of some calls that they succeeded, and names nothing that could be cancelled.
    let named = |leftover: &&Value| {
        !leftover["reason"]
            .as_str()
            .unwrap()
            .starts_with("no answer named it")
    };
    let left: Vec<_> = report["leftovers"]
        .as_array()
        .unwrap()
        .iter()
        .filter(named)
        .collect();
    assert!(
        left.is_empty(),
        "an id that holds the secret is still cancelled: {left:#?}"
    );
    // One call at a time.
    for provider in ["loud:parrot", "loud:header", "loud:mcp", "loud:command"] {
        for (tool, times) in [
            (&["call", "list_services", "{}", "--trace"][..], 3),
            (&["call", "list_services", "{}"], 6),
            (&["list"], 1),
            (&["describe", "list_services"], 1),
        ] {
            for _ in 0..times {
                let mut arguments = vec!["tool"];
                arguments.extend(tool);
                arguments.extend([
                    "--providers",
                    "providers.yaml",
                    "--provider",
                    provider,
                    "--timeout",
                    "2s",
                ]);
                let ran = command(folder.path(), &arguments);
                assert_clean(&format!("{arguments:?}"), &ran.stdout, &telling);
                assert_clean(&format!("{arguments:?}, standard error"), &ran.stderr, &telling);
            }
        }
    }
    let listing = command(
        folder.path(),
        &[
            "run",
            "--providers",
            "providers.yaml",
            "--provider",
            "loud:listed",
            "--no-store",
        ],
    );
    assert_clean("a run by the listing", &listing.stdout, &telling);
    assert_clean("a run by the listing, standard error", &listing.stderr, &telling);
}

#[test]
fn a_credential_in_a_url_is_refused_and_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let url = "http://ada:zK9qVw7x4Tp2Hn6@127.0.0.1:9";
    for tool in [
        &["list"][..],
        &["call", "list_services", "{}"],
        &["describe", "no_such"],
    ] {
        for more in [&["--url", url][..], &["--url", url, "--mcp"]] {
            let mut arguments = vec!["tool"];
            arguments.extend(tool);
            arguments.extend(more);
            let ran = command(folder.path(), &arguments);
            let shown = format!(
                "{}{}",
                String::from_utf8_lossy(&ran.stdout),
                String::from_utf8_lossy(&ran.stderr)
            );
            assert!(shown.contains("holds a credential"), "{shown}");
            assert!(!shown.contains("zK9qVw7x4Tp2Hn6"), "{shown}");
        }
    }
}
