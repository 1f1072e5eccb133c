//! The binary on standard input and output.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Output, Stdio};

use serde_json::{Value, json};

use super::{ALONE, WITH_HANDSHAKE, initialize, meta};

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_reference-provider"));
    command
        .arg("mcp")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// A running provider, spoken to line by line.
struct Conversation {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Conversation {
    fn begin(arguments: &[&str]) -> Self {
        let mut child = command(arguments).spawn().unwrap();
        Self {
            input: child.stdin.take().unwrap(),
            output: BufReader::new(child.stdout.take().unwrap()),
            child,
        }
    }

    fn say(&mut self, line: &str) {
        writeln!(self.input, "{line}").unwrap();
    }

    fn hear(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.say(&json!({ "jsonrpc": "2.0", "id": method, "method": method, "params": params }).to_string());
        let answer = self.hear();
        assert_eq!(answer["id"], method, "{answer}");
        answer
    }

    fn shake_hands(&mut self, revision: &str) {
        self.say(&initialize(revision));
        assert_eq!(self.hear()["result"]["protocolVersion"], revision);
        self.say(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }).to_string());
    }

    /// Ends the input; how the provider ends, and that it has said nothing more.
    fn end(mut self) -> ExitStatus {
        drop(self.input);
        let status = self.child.wait().unwrap();
        let mut rest = String::new();
        self.output.read_line(&mut rest).unwrap();
        assert_eq!(rest, "");
        status
    }
}

const INK: [&str; 3] = ["--memory", "--tenant", "ink-house"];

#[test]
fn tools_are_listed_and_called_until_input_ends() {
    for revision in WITH_HANDSHAKE {
        let mut provider = Conversation::begin(&INK);
        provider.shake_hands(revision);
        let listed = provider.ask("tools/list", &json!({}));
        assert_eq!(listed["result"]["tools"][2]["name"], "create_booking");
        let called = provider.ask("tools/call", &json!({ "name": "list_services", "arguments": {} }));
        assert_eq!(called["result"]["structuredContent"]["currency"], "CZK");
        let refused = provider.ask(
            "tools/call",
            &json!({ "name": "cancel_booking", "arguments": { "booking_id": "x" } }),
        );
        assert_eq!(refused["result"]["isError"], true);
        let unknown = provider.ask("tools/call", &json!({ "name": "get_bookings" }));
        assert_eq!(unknown["error"]["code"], -32602);
        assert_eq!(provider.end().code(), Some(0));
    }
}

#[test]
fn the_latest_revision_needs_no_handshake() {
    let mut provider = Conversation::begin(&INK);
    let found = provider.ask("server/discover", &json!({ "_meta": meta(ALONE) }));
    assert_eq!(found["result"]["supportedVersions"][3], ALONE);
    let params = json!({ "name": "list_services", "arguments": {}, "_meta": meta(ALONE) });
    let called = provider.ask("tools/call", &params);
    assert_eq!(called["result"]["structuredContent"]["ok"], true);
    assert_eq!(called["result"]["resultType"], "complete");
    assert_eq!(provider.end().code(), Some(0));
}

/// Books the first free slot of the coming days.
fn book(provider: &mut Conversation) -> Value {
    // Closed on some days, so the first of a week that has slots.
    let slot = (7..14).find_map(|days| {
        let date = (chrono::Utc::now() + chrono::TimeDelta::days(days))
            .format("%Y-%m-%d")
            .to_string();
        let arguments = json!({ "service_id": "ink-consult", "date": date });
        let free = provider.ask(
            "tools/call",
            &json!({ "name": "check_availability", "arguments": arguments }),
        );
        free["result"]["structuredContent"]["slots"][0]["start_at"]
            .as_str()
            .map(str::to_owned)
    });
    let customer = json!({ "name": "Ada", "email": "ada@example.com" });
    let arguments = json!({ "service_id": "ink-consult", "start_at": slot.unwrap(), "customer": customer });
    let booked = provider.ask(
        "tools/call",
        &json!({ "name": "create_booking", "arguments": arguments }),
    );
    booked["result"]["structuredContent"].clone()
}

#[test]
fn a_booking_is_kept_and_has_a_cancellation_address_only_where_somebody_serves_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = ["--tenant", "ink-house", "--data", folder.path().to_str().unwrap()];
    let mut provider = Conversation::begin(&data);
    provider.shake_hands("2025-11-25");
    let booked = book(&mut provider);
    assert_eq!(booked["ok"], true, "{booked}");
    assert!(booked.get("cancellation_url").is_none());
    assert_eq!(provider.end().code(), Some(0));

    let public = [&data[..], &["--public-url", "https://ink.example/"]].concat();
    let mut provider = Conversation::begin(&public);
    provider.shake_hands("2025-11-25");
    // The same request within the window.
    let again = book_again(&mut provider, &booked);
    assert_eq!(again["booking_id"], booked["booking_id"]);
    let url = again["cancellation_url"].as_str().unwrap();
    assert!(
        url.starts_with("https://ink.example/p/ink-house/bookings/"),
        "{url}"
    );
    assert_eq!(provider.end().code(), Some(0));
}

fn book_again(provider: &mut Conversation, booked: &Value) -> Value {
    let arguments = json!({
        "service_id": booked["service"]["id"],
        "start_at": booked["start_at"],
        "customer": booked["customer"],
    });
    let params = json!({ "name": "create_booking", "arguments": arguments });
    provider.ask("tools/call", &params)["result"]["structuredContent"].clone()
}

#[test]
fn a_fault_can_be_given() {
    let fault = ["--sandbox", "--fault", "ink-house=cancel_unknown_ok"];
    let mut provider = Conversation::begin(&[&INK[..], &fault].concat());
    provider.shake_hands("2025-06-18");
    let params = json!({ "name": "cancel_booking", "arguments": { "booking_id": "x" } });
    let cancelled = provider.ask("tools/call", &params);
    assert_eq!(cancelled["result"]["structuredContent"]["cancelled"], true);
    assert_eq!(provider.end().code(), Some(0));
}

#[test]
fn a_line_that_is_no_message_stops_nothing() {
    let mut provider = Conversation::begin(&INK);
    provider.shake_hands("2025-06-18");
    provider.say("hello?");
    provider.say("");
    // Whether the line is answered is open; the next request is.
    provider.say(r#"{"jsonrpc":"2.0","id":"still there","method":"ping"}"#);
    let answered = (0..2).any(|_| provider.hear()["id"] == "still there");
    assert!(answered);
    assert_eq!(provider.end().code(), Some(0));
}

#[test]
fn input_that_ends_before_it_begins_is_no_failure() {
    assert_eq!(Conversation::begin(&INK).end().code(), Some(0));
}

#[cfg(unix)]
#[test]
fn it_ends_well_on_a_signal_while_input_is_open() {
    let mut provider = Conversation::begin(&INK);
    provider.shake_hands("2025-06-18");
    let id = provider.child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &id])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(provider.child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_tenant_that_is_not_there_is_one_line_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let Output {
        status,
        stdout,
        stderr,
    } = command(&["--tenant", "ink-hose", "--data", data.to_str().unwrap()])
        .output()
        .unwrap();
    assert_eq!(status.code(), Some(2));
    assert_eq!(
        String::from_utf8(stderr).unwrap(),
        "error: no tenant is named \"ink-hose\"; did you mean ink-house?\n"
    );
    assert!(stdout.is_empty() && !data.exists());
}

#[test]
fn a_tenant_must_be_named() {
    let output = command(&["--memory"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("--tenant <NAME>")
    );
}
