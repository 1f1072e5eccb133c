//! The binary: what it prints, how it stops, what it refuses.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};

use crate::server::request;

pub(crate) fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_reference-provider"));
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn output(arguments: &[&str]) -> Output {
    binary().args(arguments).output().unwrap()
}

/// Starts the provider; where it listens.
pub(crate) fn serve(arguments: &[&str]) -> (Child, String) {
    let mut child = binary()
        .args(["serve", "--port", "0"])
        .args(arguments)
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let url = line.trim_end().strip_prefix("listening on ").unwrap().to_owned();
    (child, url)
}

#[cfg(unix)]
#[test]
fn it_says_where_it_listens_and_ends_well_on_either_signal() {
    for signal in ["-TERM", "-INT"] {
        let folder = tempfile::tempdir().unwrap();
        let (mut child, url) = serve(&["--data", folder.path().to_str().unwrap()]);
        let answer = request(&url, "POST", "/p/ink-house/tools/list_services", "{}");
        assert!(answer.contains("ink-half-day"), "{answer}");
        assert!(
            Command::new("kill")
                .args([signal, &child.id().to_string()])
                .status()
                .unwrap()
                .success()
        );
        assert!(child.wait().unwrap().success());
        assert!(folder.path().join("bookings.sqlite3").is_file());
        assert!(
            !folder.path().join("bookings.sqlite3-wal").exists(),
            "it was closed cleanly"
        );
    }
}

/// The body of an answer.
pub(crate) fn body(answer: &str) -> Value {
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

#[test]
fn an_answered_booking_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let data = ["--data", folder.path().to_str().unwrap()];
    let call = |url: &str, tool: &str, input: &Value| {
        let path = format!("/p/massage-relax/tools/{tool}");
        body(&request(url, "POST", &path, &input.to_string()))
    };
    let (mut child, url) = serve(&data);
    // Closed on Sundays, so one of the two days has slots.
    let slot = [7, 8].into_iter().find_map(|days| {
        let date = (chrono::Utc::now() + chrono::TimeDelta::days(days))
            .format("%Y-%m-%d")
            .to_string();
        let free = call(
            &url,
            "check_availability",
            &json!({ "service_id": "relax-90", "date": date }),
        );
        free["slots"][0]["start_at"].as_str().map(str::to_owned)
    });
    let customer = json!({ "name": "Ada", "email": "ada@example.com" });
    let input = json!({ "service_id": "relax-90", "start_at": slot.unwrap(), "customer": customer });
    let booked = call(&url, "create_booking", &input);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(booked["ok"], true, "{booked}");

    let (mut child, url) = serve(&data);
    let listed = call(
        &url,
        "list_bookings_for_customer",
        &json!({ "customer_email": "ada@example.com" }),
    );
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(listed["bookings"][0]["booking_id"], booked["booking_id"]);
}

#[test]
fn other_tenants_and_a_fault_can_be_given() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tenants.yaml");
    std::fs::write(
        &file,
        "tenants:\n  - slug: one\n    name: One\n    timezone: Europe/Prague\n    currency: CZK\n    \
         slot_step_minutes: 30\n    horizon_days: 30\n    hours: { monday: [\"09:00-17:00\"] }\n    \
         services: [{ id: a, name: A, duration_minutes: 30 }]\n",
    )
    .unwrap();
    let fault = "one=cancel_unknown_ok";
    let (mut child, url) = serve(&[
        "--memory",
        "--sandbox",
        "--fault",
        fault,
        "--tenants",
        file.to_str().unwrap(),
    ]);
    let answer = request(
        &url,
        "POST",
        "/p/one/tools/cancel_booking",
        "{\"booking_id\":\"x\"}",
    );
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(answer.contains("\"cancelled\":true"), "{answer}");
}

#[test]
fn what_cannot_be_done_is_one_line_and_a_failure() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let file = tempfile::NamedTempFile::new().unwrap();
    let under_a_file = file.path().join("data");
    for (arguments, message) in [
        (
            vec!["serve", "--memory", "--port", &port],
            "cannot listen on 127.0.0.1:",
        ),
        (
            vec!["serve", "--port", "0", "--data", under_a_file.to_str().unwrap()],
            "cannot use the data folder ",
        ),
        (
            vec!["serve", "--port", "0", "--memory", "--tenants", "/nowhere.yaml"],
            "cannot read /nowhere.yaml: ",
        ),
        (
            vec![
                "serve",
                "--port",
                "0",
                "--memory",
                "--sandbox",
                "--fault",
                "nobody=accepts_past",
            ],
            "a fault was given for tenant \"nobody\"",
        ),
    ] {
        let output = output(&arguments);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(text.starts_with(&format!("error: {message}")), "{text}");
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_fault_needs_the_sandbox_and_a_name_that_exists() {
    let output_of = |arguments: &[&str]| {
        let output = output(arguments);
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, text) = output_of(&["serve", "--memory", "--port", "0", "--fault", "accepts_past"]);
    assert_eq!(code, Some(2));
    assert!(text.contains("--sandbox"), "{text}");
    let (code, text) = output_of(&[
        "serve",
        "--memory",
        "--port",
        "0",
        "--sandbox",
        "--fault",
        "acepts_past",
    ]);
    assert_eq!(code, Some(2));
    assert!(
        text.contains("did you mean accepts_past?") && text.contains("double_books"),
        "{text}"
    );
}

#[test]
fn the_faults_can_be_listed() {
    let output = output(&["faults"]);
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    for fault in reference_provider::Fault::ALL {
        assert!(text.contains(fault.name()) && text.contains(&fault.breaks().to_string()));
    }
}
