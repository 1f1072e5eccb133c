//! Runs that were kept: found again, shown again, compared, and cleaned up after.

use super::context::{TestContext, cli_snapshot};
use crate::support::parcels::{Parcels, Slip};
use crate::support::reference::Serving;

const RUN: &str = "run --registry SECOND_DOMAIN --providers providers.yaml";

#[test]
fn without_a_store_there_is_nothing_to_look_at_and_none_is_made() {
    let context = TestContext::new();
    let shown = context.show(&[
        "runs list",
        "runs show latest",
        "runs compare a b",
        "cleanup latest",
    ]);
    cli_snapshot!("no_store", shown);
    assert!(!context.path("data").exists());
}

#[test]
fn kept_runs_are_listed_shown_and_compared() {
    let context = TestContext::new();
    let parcels = Parcels::start(Slip::None);
    context.manifest(&parcels.server.url(), "");
    let test = format!("{RUN} --test rejects_*");
    let first = context.run(&test);
    assert_eq!(first.code, 0, "{first}");
    parcels.now(Slip::AcceptsPastDays);
    assert_eq!(context.run(&test).code, 1);

    let list = context.run("runs list");
    let runs: Vec<&str> = list
        .stdout
        .lines()
        .skip(1)
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    let [new, old] = runs.as_slice() else {
        panic!("two runs: {list}")
    };
    let shown = [
        list.to_string(),
        context.run("runs list --limit 1").to_string(),
        context.run(&format!("runs list --before {new}")).to_string(),
        context.run(&format!("runs list --before {old}")).to_string(),
        context.run("runs show latest").to_string(),
        context.run(&format!("runs compare {old} {new}")).to_string(),
        context
            .run(&format!("runs compare {old} latest --verbose"))
            .to_string(),
        context.run("runs show 1999").to_string(),
        context.run("runs show 20").to_string(),
        context.run("cleanup latest").to_string(),
    ];
    cli_snapshot!("kept_runs", shown.join("\n"));
    assert_eq!(context.run(&format!("runs show {old}")).stdout, first.stdout);
}

#[test]
fn a_run_is_shown_in_every_format_as_it_was_when_it_ended() {
    let context = TestContext::new();
    let parcels = Parcels::start(Slip::AcceptsPastDays);
    context.manifest(&parcels.server.url(), "");
    for format in [
        "table", "json", "junit", "tap", "markdown", "github", "html", "jsonl",
    ] {
        let live = context.run(&format!("{RUN} --verbose --format {format}"));
        let kept = context.run(&format!("runs show latest --verbose --format {format}"));
        assert_eq!(live.stdout, kept.stdout);
        assert_eq!((live.code, kept.code), (1, 0));
    }
}

/// An undo that a provider refused during the run is done later.
#[test]
fn what_is_left_behind_is_listed_and_taken_back_by_cleanup() {
    let context = TestContext::new();
    let parcels = Parcels::start(Slip::NeverCancels);
    context.manifest(&parcels.server.url(), "");
    let test = format!("{RUN} --test order_pickup/happy_path");
    let run = context.run(&test);
    assert_eq!(
        (run.code, parcels.standing()),
        (0, 1),
        "a leftover changes no outcome: {run}"
    );
    let cleanup = "cleanup latest --registry SECOND_DOMAIN";
    let refused = context.run(cleanup);
    parcels.now(Slip::None);
    let shown = [run, refused, context.run(cleanup), context.run(cleanup)].map(|ended| ended.to_string());
    cli_snapshot!("cleanup", shown.join("\n"));
    assert_eq!(parcels.standing(), 0);
}

/// A run that is not stored can be taken back by nothing that needs it.
#[test]
fn what_an_unstored_run_left_behind_is_said_without_advice_that_cannot_work() {
    let context = TestContext::new();
    let parcels = Parcels::start(Slip::NeverCancels);
    context.manifest(&parcels.server.url(), "");
    let run = context.run(&format!(
        "{RUN} --test order_pickup/happy_path --no-store --output html=run.html"
    ));
    assert_eq!(parcels.standing(), 1);
    let page = std::fs::read_to_string(context.path("run.html")).unwrap();
    for shown in [&run.stdout, &page] {
        assert!(shown.contains("taken back by hand"), "{shown}");
        assert!(!shown.contains("proofhouse cleanup 2"), "{shown}");
    }
}

#[test]
fn a_list_of_runs_counts_providers_and_says_the_year() {
    let context = TestContext::new();
    let parcels = Parcels::start(Slip::None);
    let entry = |capability: &str| {
        format!(
            "  - id: post:one\n    transport: http\n    url: {}\n    capabilities: [parcels.{capability}]\n",
            parcels.server.url()
        )
    };
    let manifest = format!("providers:\n{}{}", entry("quote_delivery"), entry("order_pickup"));
    context.write("providers.yaml", &manifest);
    let run = context.run(&format!("{RUN} --test happy_path"));
    assert_eq!(run.code, 0, "{run}");
    let list = context.run("runs list");
    let row: Vec<_> = list.stdout.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(row[1].len(), "2026-11-30".len(), "{list}");
    assert_eq!(row[3], "1", "{list}");
}

/// A killed run had called a tool without an undo on what it made. That the undo is refused then is right, and owed is nothing.
#[test]
fn what_a_tool_without_an_undo_was_called_on_may_stay() {
    let context = TestContext::new();
    let parcels = Parcels::start(Slip::NeverCancels);
    context.manifest(&parcels.server.url(), "");
    assert_eq!(
        context.run(&format!("{RUN} --test order_pickup/happy_path")).code,
        0
    );
    let database = rusqlite::Connection::open(context.path("data/proofhouse.db")).unwrap();
    let kept = r#"UPDATE events SET body = replace(body, '"made":', '"kept_by":"hand_over","made":') WHERE kind = 'undo_owed'"#;
    let owed = "before the call, and when its answer has named what it made";
    assert_eq!(database.execute(kept, []).unwrap(), 2, "{owed}");
    drop(database);
    let cleanup = "cleanup latest --registry SECOND_DOMAIN";
    let shown = [context.run(cleanup), context.run(cleanup)].map(|ended| ended.to_string());
    cli_snapshot!("cleanup_stays", shown.join("\n"));
}

#[test]
fn a_file_that_is_no_store_is_left_alone() {
    let context = TestContext::new();
    context.write("data/proofhouse.db", "these are no runs, but somebody's notes");
    cli_snapshot!("no_database", context.show(&["runs list"]));
    let kept = std::fs::read_to_string(context.path("data/proofhouse.db")).unwrap();
    assert_eq!(kept, "these are no runs, but somebody's notes");
}

/// A run was killed while the answer to a booking was on its way: the booking is there, and no answer has named it.
#[test]
fn what_a_call_made_whose_answer_nobody_read_is_found_and_taken_back_by_cleanup() {
    let context = TestContext::new();
    let provider = Serving::start(&context.path("shop"));
    let tenant = format!("{}/p/ink-house", provider.url);
    context.write(
        "providers.yaml",
        &format!(
            "providers:\n  - id: shop:one\n    transport: http\n    url: {tenant}\n    capabilities: [booking.create_booking, booking.cancel_booking, booking.list_bookings_for_customer, booking.check_availability, booking.list_services]\n"
        ),
    );
    let run = context.run("run --providers providers.yaml --test create_booking/happy_path --seed 1");
    assert_eq!(run.code, 0, "{run}");

    // The record as it is without the answer, which came all the same: what was owed before the call still is.
    let database = rusqlite::Connection::open(context.path("data/proofhouse.db")).unwrap();
    let body: String = database
        .query_row(
            "SELECT body FROM events WHERE kind = 'undo_owed' ORDER BY seq LIMIT 1",
            [],
            |row| row.get(0),
        )
        .unwrap();
    let intended: serde_json::Value = serde_json::from_str(&body).unwrap();
    let call = &intended["event"]["kind"]["undo_owed"]["call"];
    assert!(call["input"].is_object(), "{intended}");
    let later = r#"UPDATE events SET body = replace(body, '"id":1', '"id":999')
        WHERE kind IN ('undo_owed', 'undo_settled') AND seq > (SELECT min(seq) FROM events WHERE kind = 'undo_owed')"#;
    assert_eq!(database.execute(later, []).unwrap(), 2);
    drop(database);
    let tool = |name: &str, input: &serde_json::Value| {
        let arguments = format!("tool call --url {tenant} {name}");
        let ended = context.finish(&arguments, context.command(&arguments).arg(input.to_string()));
        assert_eq!(ended.code, 0, "{ended}");
        ended.stdout
    };
    tool("create_booking", &call["input"]);
    let standing = || {
        let customer = serde_json::json!({ "customer_email": call["input"]["customer"]["email"] });
        tool("list_bookings_for_customer", &customer)
            .matches("\"confirmed\"")
            .count()
    };
    assert_eq!(standing(), 1);
    let cleanup = context.run("cleanup latest");
    assert_eq!((cleanup.code, standing()), (0, 0), "{cleanup}");
}
