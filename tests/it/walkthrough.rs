//! The walkthrough in the guides: its commands are run as they stand there, and what they made outlives a killed provider.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::reference::Serving;

/// The address in the guide.
const ADDRESS: &str = "http://127.0.0.1:4700";

/// A command of the guide: the tool, and the input as it stands there.
struct Step {
    tool: String,
    url: String,
    input: String,
}

fn steps() -> Vec<Step> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/walkthrough.md");
    let text = std::fs::read_to_string(path).unwrap();
    let blocks = text.split("```sh walkthrough\n").skip(1);
    blocks
        .map(|block| {
            let command = block.split("```").next().unwrap();
            let command = command.strip_prefix("proofhouse tool call ").unwrap();
            let (head, input) = command.split_once(" '").unwrap_or((command, "{}'"));
            let mut words = head.split_whitespace();
            let (tool, flag, url) = (words.next(), words.next(), words.next());
            assert_eq!((flag, words.next()), (Some("--url"), None), "{head}");
            Step {
                tool: tool.unwrap().to_owned(),
                url: url.unwrap().to_owned(),
                input: input.trim_end().strip_suffix('\'').unwrap().to_owned(),
            }
        })
        .collect()
}

/// Runs a command as the guide says, at the provider that is there.
fn call(serving: &Serving, step: &Step, known: &BTreeMap<&str, String>) -> Value {
    let mut input = step.input.clone();
    for (name, value) in known {
        input = input.replace(&format!("<{name}>"), value);
    }
    let url = step.url.replace(ADDRESS, &serving.url);
    let output = Command::new(env!("CARGO_BIN_EXE_proofhouse"))
        .args(["tool", "call", &step.tool, "--url", &url, &input])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{} {input}: {told}", step.tool);
    serde_json::from_slice(&output.stdout).unwrap()
}

fn text(answer: &Value, pointer: &str) -> String {
    let found = answer.pointer(pointer).and_then(Value::as_str);
    found
        .unwrap_or_else(|| panic!("no {pointer} in {answer}"))
        .to_owned()
}

#[test]
fn the_walkthrough_works_as_it_is_written_and_what_it_made_outlives_a_killed_provider() {
    let folder = tempfile::tempdir().unwrap();
    let serving = Serving::start(folder.path());
    let steps = steps();
    let mut known = BTreeMap::new();
    let mut answers: BTreeMap<String, Value> = BTreeMap::new();
    for step in &steps {
        let answer = match step.tool.as_str() {
            // Any day will do on which something is free.
            "check_availability" => (1..=14)
                .find_map(|day| {
                    let date = (chrono::Utc::now() + chrono::TimeDelta::days(day)).date_naive();
                    known.insert("date", date.to_string());
                    let answer = call(&serving, step, &known);
                    answer["slots"]
                        .as_array()
                        .is_some_and(|slots| !slots.is_empty())
                        .then_some(answer)
                })
                .unwrap(),
            _ => call(&serving, step, &known),
        };
        match step.tool.as_str() {
            "create_service" => drop(known.insert("service-id", text(&answer, "/service_id"))),
            "check_availability" => drop(known.insert("start", text(&answer, "/slots/0/start_at"))),
            "create_booking" => {
                assert_eq!(answer["confirmed"], false, "{answer}");
                known.insert("booking-id", text(&answer, "/booking_id"));
            }
            _ => {}
        }
        answers.insert(step.tool.clone(), answer);
    }
    let (service, booking) = (&known["service-id"], &known["booking-id"]);
    let listed = answers["list_services"]["services"].as_array().unwrap();
    assert!(listed.iter().any(|listed| listed["id"] == **service));
    assert_eq!(answers["get_booking"]["status"], "confirmed");
    assert_eq!(answers["list_bookings"]["bookings"][0]["booking_id"], **booking);
    assert_eq!(answers["get_customer"]["tags"], json!(["first visit"]));
    assert_eq!(answers["get_customer"]["bookings"][0]["booking_id"], **booking);
    assert_eq!(answers["create_invoice"]["amount"], "45.00");
    let mails = std::fs::read_dir(folder.path().join("mails")).unwrap().count();
    assert_eq!(mails, 1, "the confirmation");

    drop(serving);
    let serving = Serving::start(folder.path());
    for step in steps.iter().filter(|step| {
        [
            "list_services",
            "get_booking",
            "list_bookings",
            "get_customer",
            "create_invoice",
        ]
        .contains(&step.tool.as_str())
    }) {
        let (mut now, mut before) = (call(&serving, step, &known), answers[&step.tool].clone());
        // The payment address depends on the port of the provider.
        for answer in [&mut now, &mut before] {
            answer.as_object_mut().unwrap().remove("payment_url");
        }
        assert_eq!(now, before, "{}", step.tool);
    }
}
