//! The cases that servers of other makes have shown: what refusals leave behind, what the mapping answers by itself, and what is said
//! of it.

use serde_json::{Value, json};

use super::chairs::{Chairs, DIALECT};
use super::{names, run};
use crate::cli::context::{Ended, TestContext};

/// The dialect with one part of it replaced.
fn changed(from: &str, to: &str) -> String {
    assert!(DIALECT.contains(from), "{from} is not in the dialect");
    DIALECT.replacen(from, to, 1)
}

/// Runs what is selected through a dialect.
fn prove(shop: &Chairs, dialect: &str, more: &str) -> Ended {
    let context = TestContext::new();
    context.write("chairs.yaml", dialect);
    run(&context, &shop.manifest(), more)
}

fn row<'r>(report: &'r Value, test: &str) -> &'r Value {
    let rows = report["results"].as_array().unwrap();
    let found = rows.iter().find(|row| row["test"] == test);
    found.unwrap_or_else(|| panic!("{test} is not among {rows:?}"))
}

const WITH_CLEANUP: &str = "json: { email: \"${ input.customer.email }\" }\n        cleanup: { request: \"DELETE /people/${ body.id }\" }";
const PLAIN: &str = "json: { email: \"${ input.customer.email }\" }";

#[test]
fn a_refusal_that_no_rule_takes_leaves_no_booking_behind() {
    for status in [425, 500, 400] {
        let shop = Chairs::answering(status, json!({ "error": "not now" }));
        let ended = prove(
            &shop,
            &changed(PLAIN, WITH_CLEANUP),
            "--test create_booking/happy_path",
        );
        assert_eq!(ended.json()["leftovers"], json!([]), "{status} {ended}");
        assert_eq!(names(&ended, "fail"), ["create_booking/happy_path"], "{ended}");
    }
}

#[test]
fn an_answer_that_may_have_booked_is_a_leftover() {
    for (status, body) in [
        (200, json!({})),
        (202, json!({ "queued": true })),
        (504, json!({})),
    ] {
        let shop = Chairs::answering(status, body);
        let ended = prove(
            &shop,
            &changed(PLAIN, WITH_CLEANUP),
            "--test create_booking/happy_path",
        );
        let leftovers = ended.json()["leftovers"].clone();
        assert_eq!(leftovers.as_array().unwrap().len(), 1, "{status} {ended}");
        assert_eq!(leftovers[0]["tool"], "cancel_booking", "{ended}");
    }
}

#[test]
fn people_that_a_dialect_made_are_removed_when_the_test_ends() {
    let booking = Chairs::open();
    let refusing = Chairs::answering(409, json!({}));
    for shop in [&booking, &refusing] {
        let ended = prove(
            shop,
            &changed(PLAIN, WITH_CLEANUP),
            "--test create_booking/happy_path --test create_booking/one_winner",
        );
        assert_eq!(ended.json()["leftovers"], json!([]), "{ended}");
        assert!(
            shop.asked().iter().any(|line| line == "POST /people"),
            "{:?}",
            shop.asked()
        );
        assert_eq!(shop.people(), 0, "{ended}");
    }
}

#[test]
fn people_that_a_dialect_made_and_cannot_remove_are_listed() {
    let shop = Chairs::open();
    let ended = prove(&shop, DIALECT, "--test create_booking/happy_path");
    let leftovers = ended.json()["leftovers"].clone();
    assert_eq!(leftovers.as_array().map(Vec::len), Some(shop.people()), "{ended}");
    let made = leftovers[0]["made"].as_str().unwrap();
    assert!(
        made.contains("POST /people") && made.contains("chairs"),
        "{leftovers}"
    );
    assert_eq!(names(&ended, "pass"), ["create_booking/happy_path"], "{ended}");
}

#[test]
fn a_rule_of_a_look_up_holds_where_its_request_is_made_again() {
    let shop = Chairs::empty();
    let ended = prove(&shop, DIALECT, "--test list_services/happy_path");
    let report = ended.json();
    let result = row(&report, "happy_path");
    assert_eq!(result["outcome"], "error", "{ended}");
    assert!(
        result["message"]
            .as_str()
            .unwrap()
            .contains("the shop has no services"),
        "{ended}"
    );
}

#[test]
fn an_optional_text_that_has_no_place_is_left_out_and_the_test_runs() {
    let dialect = changed(
        "    fills: { refund_status: the shop takes no money }",
        "    fills: { refund_status: the shop takes no money }\n    gaps:\n      - { because: the shop asks for no reasons, fields: [reason, agent_vendor] }",
    );
    let shop = Chairs::open();
    let ended = prove(&shop, &dialect, "--test cancel_booking/*");
    let report = ended.json();
    let result = row(&report, "happy_path");
    assert_eq!(result["outcome"], "pass", "{ended}");
    let notes = result["notes"].to_string();
    assert!(
        notes.contains("left out: the shop asks for no reasons"),
        "{notes}"
    );
    // What only asks about the field is not asked.
    for result in report["results"].as_array().unwrap() {
        assert_ne!(result["outcome"], "fail", "{result}");
    }
}

#[test]
fn an_optional_number_that_has_no_place_is_a_gap() {
    let dialect = changed(
        "    fills: { timezone: the shop tells the time of UTC }",
        "    fills: { timezone: the shop tells the time of UTC }\n    gaps:\n      - { because: one length a service, fields: [duration_minutes] }",
    );
    let shop = Chairs::open();
    let ended = prove(&shop, &dialect, "--test check_availability/*");
    assert_eq!(names(&ended, "fail"), Vec::<String>::new(), "{ended}");
    assert!(ended.stdout.contains("one length a service"), "{ended}");
}

#[test]
fn one_key_for_different_inputs_is_the_word_of_the_mapping() {
    let keyed = changed(
        "request: POST /bookings\n",
        "request: POST /bookings\n        headers: { Idempotency-Key: \"${ stable_hash([input.service_id, timestamp(input.start_at), input.customer.email.lowerAscii()]) }\" }\n",
    );
    let shop = Chairs::open();
    let ended = prove(
        &shop,
        &keyed,
        "--test create_booking/idempotency_window --test create_booking/repeat_in_other_case",
    );
    let report = ended.json();
    assert_eq!(row(&report, "idempotency_window")["outcome"], "pass", "{ended}");
    let result = row(&report, "repeat_in_other_case");
    assert_eq!(result["outcome"], "skip", "{ended}");
    assert_eq!(result["untested"], "mapped", "{ended}");
}

#[test]
fn a_booking_that_the_dialect_looks_up_instead_of_asking_is_no_pass() {
    let looking = changed(
        "      - id: person\n",
        "      - id: mine\n        request: GET /slots\n        query: { service: \"${ input.service_id }\", date: \"${ input.start_at.substring(0, 10) }\" }\n        answers: [{ status: 404, error: invalid_service }]\n      - let: { taken: \"${ mine.body.exists(s, timestamp(s.from) == timestamp(input.start_at) && !s.free) }\" }\n      - id: person\n",
    )
    .replacen(
        "        decides: true\n        request: POST /bookings",
        "        decides: true\n        when: \"!taken\"\n        request: POST /bookings",
        1,
    )
    .replacen("booking_id: \"${ booked.body.id }\"", "booking_id: \"${ booked == null ? '0' : booked.body.id }\"", 1)
    .replacen("\"${ booked.body.state == 'firm' }\"", "\"${ booked == null || booked.body.state == 'firm' }\"", 1)
    .replacen("\"${ booked.body.from }\"", "\"${ booked == null ? input.start_at : booked.body.from }\"", 1)
    .replacen(
        "\"${ booked.body.to }\"",
        "\"${ booked == null ? rfc3339(timestamp(input.start_at) + minutes(30)) : booked.body.to }\"",
        1,
    )
    .replacen("\"${ booked.body.service }\"", "\"${ booked == null ? input.service_id : booked.body.service }\"", 1)
    .replacen("s.id == booked.body.service", "s.id == input.service_id", 1)
    .replacen("\"${ booked.body.name }\"", "\"${ input.customer.name }\"", 1)
    .replacen("    output:\n      booking_id", "    fills: { customer.name: it is not told }\n    output:\n      booking_id", 1);
    let shop = Chairs::open();
    let ended = prove(&shop, &looking, "--test create_booking/idempotency_window");
    let report = ended.json();
    let result = row(&report, "idempotency_window");
    assert_eq!(result["outcome"], "skip", "{ended}");
    assert_eq!(result["untested"], "mapped", "{ended}");
}

#[test]
fn alternatives_that_the_dialect_fills_accuse_nobody() {
    let filling = changed(
        "    output:\n      booking_id",
        "    fills: { available_alternatives: the shop names none }\n    output:\n      booking_id",
    );
    let shop = Chairs::open();
    let ended = prove(
        &shop,
        &filling,
        "--test create_booking/alternatives_are_the_closest --test create_booking/alternatives_can_be_booked --test create_booking/rejects_taken_slot",
    );
    let report = ended.json();
    for test in ["alternatives_are_the_closest", "alternatives_can_be_booked"] {
        let result = row(&report, test);
        assert_eq!(result["outcome"], "skip", "{result}");
        assert_eq!(result["untested"], "mapped", "{result}");
    }
    // The refusal itself is the shop's.
    assert_eq!(row(&report, "rejects_taken_slot")["outcome"], "pass", "{ended}");
}

#[test]
fn a_filled_flag_of_what_is_listed_loses_no_test_of_the_list() {
    let filling = changed("'available': s.free", "'available': true")
        .replacen("found.body.map(s,", "found.body.filter(s, s.free).map(s,", 1)
        .replacen(
            "    fills: { timezone: the shop tells the time of UTC }",
            "    fills: { timezone: the shop tells the time of UTC, slots.available: only free ones are listed }",
            1,
        );
    let shop = Chairs::open();
    let ended = prove(&shop, &filling, "--test check_availability/*");
    assert_eq!(names(&ended, "fail"), Vec::<String>::new(), "{ended}");
    assert!(
        !ended.stdout.contains("the dialect fills `slots.available`"),
        "{ended}"
    );
}

#[test]
fn a_fault_rule_says_its_own_words() {
    let faulty = changed(
        "          - { status: 410, error: past_time }",
        "          - { status: 410, error: past_time }\n          - { status: 418, fault: it was told that the shop is a teapot }",
    );
    let shop = Chairs::answering(418, json!({}));
    let ended = prove(&shop, &faulty, "--test create_booking/happy_path");
    let report = ended.json();
    let message = row(&report, "happy_path")["message"].as_str().unwrap();
    assert!(
        message.contains("it was told that the shop is a teapot") && !message.contains("does not know"),
        "{message}"
    );
}

#[test]
fn the_line_for_a_shell_repeats_the_last_request() {
    let shop = Chairs::answering(418, json!({}));
    let context = TestContext::new();
    context.write("chairs.yaml", DIALECT);
    context.write("providers.yaml", &shop.manifest());
    let ended =
        context.run("run --providers providers.yaml --test create_booking/happy_path --seed 7 --verbose");
    let start = format!("curl -sS -i -X POST '{}/bookings' ", shop.url());
    let line = ended
        .stdout
        .lines()
        .find_map(|line| line.find(&start).map(|at| &line[at..]));
    let line = line.unwrap_or_else(|| panic!("no line in {ended}"));
    assert!(line.contains("\"service\":"), "{line}");
    assert!(!ended.stdout.contains("through the dialect"), "{ended}");
}

#[test]
fn a_trace_shows_text_answers_whole() {
    let context = TestContext::new();
    context.write("chairs.yaml", DIALECT);
    let long = "x".repeat(3000);
    let odd = Chairs::answering(418, Value::String(format!("first line\nsecond {long} end")));
    context.write("providers.yaml", &odd.manifest());
    let input = r#"{"service_id":"cut","start_at":"2030-01-01T09:00:00Z","customer":{"name":"Ada","email":"ada@example.com"}}"#;
    let ended = context.run(&format!(
        "tool call create_booking {input} --providers providers.yaml --provider other:one --trace"
    ));
    assert!(
        ended.stderr.contains("first line")
            && ended.stderr.contains("second x")
            && ended.stderr.contains("x end"),
        "{ended}"
    );
}

#[test]
fn an_audit_asks_what_gaps_leave_out_and_says_what_they_hide() {
    let gapped = changed(
        "    output:\n      booking_id",
        "    gaps:\n      - { because: it knows no repeats, tests: [idempotency_window, one_winner] }\n    output:\n      booking_id",
    );
    let shop = Chairs::open();
    let context = TestContext::new();
    context.write("chairs.yaml", &gapped);
    context.write("providers.yaml", &shop.manifest());
    let ended = context.run("dialects audit --providers providers.yaml --seed 7");
    assert_eq!(ended.code, 1, "{ended}");
    let line = |test: &str| {
        let lines = ended.stdout.lines();
        let mut about = lines.filter(|line| line.contains(&format!("/{test}:")));
        about
            .next()
            .unwrap_or_else(|| panic!("{test} is not in {ended}"))
            .to_owned()
    };
    assert!(line("idempotency_window").starts_with("hides"), "{ended}");
    assert!(line("one_winner").starts_with("passes"), "{ended}");
    assert!(ended.stdout.contains("1 hide a failure"), "{ended}");
    context.write("chairs.yaml", DIALECT);
    let ended = context.run("dialects audit --providers providers.yaml");
    assert_eq!(ended.code, 2, "{ended}");
}

#[test]
fn a_gap_that_covers_nothing_is_a_mistake() {
    let gaps = |gaps: &str| {
        let after = "    output:\n      booking_id";
        changed(after, &format!("    gaps:\n{gaps}{after}"))
    };
    for (wrong, said) in [
        (
            "      - { because: no order, tests: [no_such_test] }\n",
            "`booking.create_booking` has no test `no_such_test`",
        ),
        (
            "      - { because: no repeats, tests: [one_winner] }\n      - { because: no races, tests: [one_winner] }\n",
            "the test `one_winner` is left out already",
        ),
        (
            "      - { because: nobody books }\n      - { because: no races, tests: [one_winner] }\n",
            "the other gaps cover nothing",
        ),
    ] {
        let context = TestContext::new();
        context.write("chairs.yaml", &gaps(wrong));
        let ended = context.run("dialects check chairs.yaml");
        assert_eq!(ended.code, 3, "{ended}");
        assert!(ended.stderr.contains(said), "{ended}");
    }
}

#[test]
fn a_test_that_takes_a_clock_does_not_say_that_slow_runs_it() {
    let shop = Chairs::open();
    for more in ["", " --slow"] {
        let ended = prove(
            &shop,
            DIALECT,
            &format!("--test create_booking/past_start_after_waiting{more}"),
        );
        let report = ended.json();
        let result = row(&report, "past_start_after_waiting");
        assert_eq!(result["untested"], "no_clock", "{result}");
        let message = result["message"].as_str().unwrap();
        assert!(
            message.contains("test clock") && !message.contains("--slow"),
            "{message}"
        );
    }
}

const WAITING: &str = "          - { status: 409, error: slot_taken }\n          - { status: 500, when: \"'retry-after' in headers\", wait: true }";

#[test]
fn a_shop_that_says_when_to_come_again_is_waited_for() {
    let waiting = changed("          - { status: 409, error: slot_taken }", WAITING);
    let shop = Chairs::busy(2);
    let ended = prove(&shop, &waiting, "--test create_booking/happy_path");
    assert_eq!(names(&ended, "pass"), ["create_booking/happy_path"], "{ended}");
    assert_eq!(
        ended.json()["leftovers"].as_array().unwrap().len(),
        shop.people(),
        "{ended}"
    );
}

#[test]
fn a_wrong_file_name_hides_no_other_mistake() {
    let context = TestContext::new();
    context.write("stools.yaml", &changed("GET /slots", "GETT /slots"));
    let ended = context.run("dialects check stools.yaml");
    assert_eq!(ended.code, 3, "{ended}");
    assert!(
        ended.stderr.contains("`GETT` is no method") && ended.stderr.contains("`stools.yaml`"),
        "{ended}"
    );
}

#[test]
fn half_an_expression_is_refused_in_words() {
    let context = TestContext::new();
    context.write(
        "chairs.yaml",
        &changed("booked.body.state == 'firm'", "booked == null ? true"),
    );
    let ended = context.run("dialects check chairs.yaml");
    assert_eq!(ended.code, 3, "{ended}");
    assert!(
        !ended.stderr.contains("ExprContext") && ended.stderr.contains("? … : …"),
        "{ended}"
    );
}
