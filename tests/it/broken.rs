//! Whole runs of the binary against servers that are broken or gone: each ends, as the contract says, and says why.

mod stopped;

use serde_json::Value;

use crate::support::misbehaviour::Misbehaviour;
use crate::support::proving::{Entry, lacks_a_sandbox, run_binary};
use crate::support::servers::{Response, Server, dead_url};
use crate::support::stranger::{Stranger, Ways};

const MIB: usize = 1024 * 1024;

/// The outcome that every test must have which has one of its own, the exit code, and what the messages must say.
struct Expected {
    outcome: &'static str,
    exit: i32,
    says: &'static str,
}

fn text<'v>(row: &'v Value, key: &str) -> &'v str {
    row[key].as_str().unwrap_or_default()
}

/// Runs all tests against a server and looks at what came of them.
fn ends(url: &str, more: &[&str], expected: &Expected) {
    let ran = run_binary(&[Entry::new("broken:server", url)], more);
    assert_eq!(ran.code, Some(expected.exit), "{ran:?}");
    let rows = ran.rows();
    let executed: Vec<_> = rows
        .iter()
        .filter(|row| !["blocked", "skip"].contains(&text(row, "outcome")))
        .collect();
    assert!(!executed.is_empty(), "{ran:?}");
    for row in &executed {
        assert_eq!(text(row, "outcome"), expected.outcome, "{row:#}");
        assert!(text(row, "message").contains(expected.says), "{row:#}");
    }
    for row in &rows {
        assert!(
            !text(row, "message").is_empty(),
            "a row without a reason: {row:#}"
        );
    }
    assert_eq!(ran.report()["run"]["exit"], expected.exit);
}

fn wrong(says: &'static str) -> Expected {
    Expected {
        outcome: "fail",
        exit: 1,
        says,
    }
}

fn unasked(says: &'static str) -> Expected {
    Expected {
        outcome: "error",
        exit: 5,
        says,
    }
}

#[test]
fn a_dead_port_is_an_error() {
    ends(&dead_url(), &[], &unasked("could not connect"));
}

#[test]
fn a_server_that_hangs_fails_within_the_time_limit() {
    let server = Misbehaviour::Hangs.serve();
    ends(
        &server.url(),
        &["--timeout", "300ms"],
        &wrong("did not answer within 300 ms"),
    );
}

#[test]
fn a_server_that_drips_fails_within_the_time_limit() {
    let server = Misbehaviour::Drips.serve();
    ends(
        &server.url(),
        &["--timeout", "300ms"],
        &wrong("did not answer within 300 ms"),
    );
}

#[test]
fn one_lane_is_enough() {
    let server = Misbehaviour::Html.serve();
    ends(
        &server.url(),
        &["--lanes", "1"],
        &wrong("answered with an HTML page"),
    );
}

#[test]
fn answers_that_are_none_fail_and_are_named() {
    let rows = [
        (
            Misbehaviour::Html,
            "answered with an HTML page instead of a JSON object",
        ),
        (Misbehaviour::Empty, "answered with an empty body"),
        (Misbehaviour::Array, "answered with a JSON array"),
        (Misbehaviour::WithoutOk, "answered with JSON without `ok`"),
        (
            Misbehaviour::TruncatedJson,
            "answered with JSON that ends too early",
        ),
        (
            Misbehaviour::ShortBody,
            "closed the connection before the answer was complete",
        ),
        (
            Misbehaviour::Deep,
            "answered with JSON nested deeper than 64 levels",
        ),
        (
            Misbehaviour::Redirects("/elsewhere".to_owned()),
            "answered with a redirect (302) to /elsewhere",
        ),
        (
            Misbehaviour::StatusWithHtml(500),
            "answered with status 500 and an HTML page",
        ),
        (Misbehaviour::ClosesAfterRequest, "closed the connection"),
    ];
    for (misbehaviour, says) in rows {
        let server = misbehaviour.serve();
        ends(&server.url(), &[], &wrong(says));
    }
}

#[test]
fn a_body_of_64_mib_is_not_read_to_its_end() {
    for misbehaviour in [
        Misbehaviour::Huge,
        Misbehaviour::HugeUnannounced,
        Misbehaviour::Endless,
    ] {
        let server = misbehaviour.serve();
        ends(
            &server.url(),
            &[],
            &wrong("answered with a body over 1048576 bytes"),
        );
        let (sent, answers) = (server.bytes_sent(), server.count());
        // Beside what was read there is what the system had taken over already.
        assert!(
            sent < answers * 16 * MIB,
            "{sent} bytes were sent in {answers} answers"
        );
    }
}

#[test]
fn a_server_that_lets_nobody_in_is_an_error() {
    for status in [401, 403] {
        let server = Misbehaviour::StatusWithHtml(status).serve();
        ends(&server.url(), &[], &unasked("(not authorised)"));
    }
}

#[test]
fn a_server_that_knows_no_tool_is_an_error() {
    for status in [404, 405] {
        let server = Misbehaviour::StatusWithHtml(status).serve();
        ends(
            &server.url(),
            &[],
            &unasked("no other tool of this provider answered"),
        );
    }
}

/// A good provider on which one tool answers 404.
fn without(tool: &'static str) -> Stranger {
    Stranger::open(Ways::but(|ways| {
        ways.without = match tool {
            "create_booking" => &["create_booking"],
            _ => &["cancel_booking"],
        }
    }))
}

/// Returns true if a test was skipped because these manifests name one provider of each platform.
fn lacks_a_peer(row: &Value) -> bool {
    text(row, "message").starts_with("the manifest names no other provider of the platform")
}

#[test]
fn a_tool_that_the_manifest_names_and_that_is_not_there_fails() {
    let stranger = without("create_booking");
    let ran = run_binary(&[Entry::new("broken:server", stranger.url())], &[]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    for row in ran
        .rows()
        .iter()
        .filter(|row| text(row, "capability") == "booking.create_booking" && !lacks_a_peer(row))
    {
        let (outcome, message) = (text(row, "outcome"), text(row, "message"));
        assert!(
            (outcome == "fail" && message.contains("the provider answered 404 for this tool"))
                || (outcome == "blocked" && message.contains("404"))
                || (outcome == "skip" && lacks_a_sandbox(message)),
            "{row:#}"
        );
    }
}

#[test]
fn a_sibling_that_nobody_names_and_that_is_not_there_is_no_fault() {
    let stranger = without("cancel_booking");
    let claims = ["list_services", "create_booking", "check_availability"];
    let ran = run_binary(
        &[Entry::new("broken:server", stranger.url()).claiming(&claims)],
        &[],
    );
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let report = ran.report();
    let left = report["leftovers"].as_array().unwrap();
    assert_eq!(
        left.len(),
        stranger.bookings().1,
        "what could not be cancelled is listed"
    );
    assert!(!left.is_empty());
}

#[test]
fn a_test_that_needs_a_sibling_which_is_not_there_is_skipped() {
    let stranger = Stranger::open(Ways::but(|ways| ways.without = &["check_availability"]));
    let claims = ["list_services", "create_booking", "cancel_booking"];
    let ran = run_binary(
        &[Entry::new("broken:server", stranger.url()).claiming(&claims)],
        &[],
    );
    // Two of the claims were never seen to succeed.
    assert_eq!(ran.code, Some(4), "{ran:?}");
    let rows = ran.rows();
    let skipped: Vec<_> = rows
        .iter()
        .filter(|row| text(row, "outcome") == "skip" && !lacks_a_sandbox(text(row, "message")))
        .collect();
    assert!(
        skipped.iter().any(|row| text(row, "test") == "happy_path"),
        "{rows:#?}"
    );
    for row in skipped.into_iter().filter(|row| !lacks_a_peer(row)) {
        assert_eq!(
            text(row, "message"),
            "the provider does not offer check_availability"
        );
    }
}

#[test]
fn a_provider_that_fails_does_not_disturb_its_neighbour() {
    let (hanging, good) = (Misbehaviour::Hangs.serve(), Stranger::open(Ways::default()));
    let flaky = Server::start(|request| match request.number % 2 {
        0 => Response::close(),
        _ => Response::text(502, "text/html", "<html>bad gateway</html>"),
    });
    let entries = [
        Entry::new("broken:hanging", hanging.url()),
        Entry::new("broken:flaky", flaky.url()),
        Entry::new("good:neighbour", good.url()),
    ];
    let ran = run_binary(&entries, &["--timeout", "500ms"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    for row in ran
        .rows()
        .iter()
        .filter(|row| text(row, "provider") == "good:neighbour" && !lacks_a_peer(row))
    {
        // The slot of a test is chosen at random.
        let lacks_something = |message: &str| {
            let chance = [
                "the one that this test holds",
                "the next change of the clocks",
                "no other service has a free slot within the time",
            ];
            lacks_a_sandbox(message) || chance.iter().any(|words| message.contains(words))
        };
        let skipped = text(row, "outcome") == "skip" && lacks_something(text(row, "message"));
        assert!(skipped || text(row, "outcome") == "pass", "{row:#}");
    }
}
