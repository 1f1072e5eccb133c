//! Mistakes in files are shown where they are, and end with 3.

use super::context::{TestContext, cli_snapshot};
use crate::support::misbehaviour::Misbehaviour;
use crate::support::parcels::{Parcels, Slip};
use crate::support::servers::{Response, Server, dead_url};

const RUN: &str = "run --registry SECOND_DOMAIN --providers providers.yaml";

#[test]
fn a_manifest_that_cannot_be_read_is_named() {
    let context = TestContext::new();
    std::fs::create_dir(context.path("folder.yaml")).unwrap();
    let shown = context.show(&[
        "run --providers missing.yaml",
        "run --providers folder.yaml",
        "run --reference --registry missing",
    ]);
    cli_snapshot!("unreadable", shown);
}

#[test]
fn mistakes_in_a_manifest_are_shown_where_they_are() {
    let context = TestContext::new();
    let entry = "  - id: post:one\n    transport: http\n    url: http://127.0.0.1:9\n";
    let manifests = [
        String::new(),
        "provider: []\n".to_owned(),
        "providers: []\n".to_owned(),
        format!("providers:\n{entry}    capabilites: [parcels.order_pickup]\n"),
        format!("providers:\n{entry}    capabilities: [parcels.order_pikcup, parcels.cancel_pickup@0.2.0]\n"),
        format!("providers:\n{entry}{entry}"),
        format!("providers:\n{entry}    fixtures: {{ postcod: \"60200\" }}\n"),
        format!("providers:\n{entry}    auth: {{ bearer: abc }}\n"),
        "providers:\n  - id: post:one\n    transport: http\n    url: http://me:secret@127.0.0.1:9\n"
            .to_owned(),
        "providers:\n  - id: Post\n    transport: htp\n    url: 127.0.0.1:9\n".to_owned(),
    ];
    let shown = manifests.map(|manifest| {
        context.write("providers.yaml", &manifest);
        let ended = context.run(RUN);
        assert_eq!(ended.code, 3, "{ended}");
        assert!(!ended.stderr.contains("secret"), "{ended}");
        ended.to_string()
    });
    cli_snapshot!("manifest_mistakes", shown.join("\n"));
}

#[test]
fn a_credential_that_is_not_in_the_environment_is_named_and_nobody_is_asked() {
    let context = TestContext::new();
    let parcels = Parcels::start(Slip::None);
    context.manifest(
        &parcels.server.url(),
        "    auth: { bearer_env: PROOFHOUSE_TEST_TOKEN }\n",
    );
    cli_snapshot!("missing_credential", context.show(&[RUN]));
    assert_eq!(parcels.server.count(), 0);
}

#[test]
fn a_credential_is_sent_and_kept_out_of_everything_that_is_written() {
    let context = TestContext::new();
    let parcels = Parcels::start(Slip::AcceptsPastDays);
    context.manifest(
        &parcels.server.url(),
        "    auth: { bearer_env: PROOFHOUSE_TEST_TOKEN }\n",
    );
    let mut command = context.command(RUN);
    command.args(["--verbose", "--output", "json=report.json"]);
    let ended = context.finish(RUN, command.env("PROOFHOUSE_TEST_TOKEN", "hush-hush"));
    assert_eq!(ended.code, 1, "{ended}");
    let asked = parcels.server.requests();
    assert_eq!(
        asked.last().unwrap().header("authorization"),
        Some("Bearer hush-hush")
    );
    assert!(ended.stdout.contains("$PROOFHOUSE_TEST_TOKEN"), "{ended}");
    let report = std::fs::read_to_string(context.path("report.json")).unwrap();
    let kept = std::fs::read(context.path("data/proofhouse.db")).unwrap();
    for written in [
        ended.to_string(),
        report,
        String::from_utf8_lossy(&kept).into_owned(),
    ] {
        assert!(!written.contains("hush-hush"));
    }
}

/// Without `capabilities` the listing says what is offered; without either nobody does.
#[test]
fn a_provider_that_says_nowhere_what_it_offers_is_a_mistake_of_the_manifest() {
    let context = TestContext::new();
    let entry = |url: &str| {
        context.write(
            "providers.yaml",
            &format!("providers:\n  - id: post:one\n    transport: http\n    url: {url}\n"),
        );
        context.run(RUN).to_string()
    };
    let without = Parcels::start(Slip::None);
    let html = Misbehaviour::Html.serve();
    let stranger = Server::start(|_| {
        Response::Json(
            200,
            serde_json::json!({ "tools": [{ "name": "sing", "inputSchema": {} }] }),
        )
    });
    let shown = [
        entry(&without.server.url()),
        entry(&html.url()),
        entry(&stranger.url()),
        entry(&dead_url()),
    ];
    cli_snapshot!("no_listing", shown.join("\n"));
}

#[test]
fn a_contract_that_changed_after_it_was_published_is_refused() {
    let context = TestContext::new();
    context.copy_second_domain();
    context.edit(
        "registry/capabilities/parcels/order_pickup/v0.1.0/capability.yaml",
        "Order a courier",
        "Order two couriers",
    );
    let shown = context.show(&[
        "capabilities list --registry registry",
        "run --reference --registry registry",
    ]);
    cli_snapshot!("changed_contract", shown);
}

#[test]
fn mistakes_in_suites_are_shown_where_they_are() {
    const ORDER: &str = "registry/suites/parcels/order_pickup/happy_path.yaml";
    const PAST: &str = "registry/suites/parcels/order_pickup/rejects_past_day.yaml";
    const PICKUP: &str = "registry/suites/parcels/_shared/pickup.yaml";
    let mistakes: [(&str, &str, &str); 22] = [
        (ORDER, "parcel.postcode", "parcl.postcode"),
        (ORDER, "ordered.output.ok", "ordered.output.okay"),
        (ORDER, "local_date(", "local_dat("),
        (ORDER, "output.ok ||", "output.ok |"),
        (ORDER, "verifies: [no-courier]", "verifies: [no-curier]"),
        (ORDER, "call: order_pickup", "call: order_pikcup"),
        (ORDER, "use: [parcel]", "use: [parcle]"),
        (ORDER, "      day:", "      dya:"),
        (ORDER, "versions: [\"0.1.0\"]", "versions: [\"0.2.0\"]"),
        (ORDER, "test: happy_path", "test: sunny_path"),
        (ORDER, "level: must", "level: may"),
        (
            ORDER,
            "title: A courier is ordered, or none is free that day\n",
            "",
        ),
        (
            ORDER,
            "    sending: a coming day\n",
            "    sendign: a coming day\n",
        ),
        (ORDER, "otherwise: blocked", "otherwise: \"fail\""),
        (PAST, "    expect:\n      error: [past_day]\n", ""),
        (PAST, "error: [past_day]", "error: [past_time]"),
        (PAST, "id: a_year_ago", "id: the_other_day"),
        (PAST, "id: refused", "id: parcel"),
        (PAST, "steps:\n", "steps:\n  - wait: days(1)\n"),
        (PAST, "level: must\n", "level: must\nslow: it waits a day\n"),
        (PAST, "call: order_pickup", "call: parcel.order_pickup"),
        (PICKUP, "steps:\n", "steps:\n  - wait: days(1)\n"),
    ];
    let shown = mistakes.map(|(file, from, to)| {
        let context = TestContext::new();
        context.copy_second_domain();
        context.edit(file, from, to);
        let ended = context.run("suites check --registry registry");
        assert_eq!(ended.code, 3, "{ended}");
        ended.stderr
    });
    cli_snapshot!("suite_mistakes", shown.join("\n"));
}

#[test]
fn a_table_that_is_made_from_a_schema_is_checked_before_anything_runs() {
    const NEGATIVES: &str = "registry/suites/parcels/quote_delivery/rejects_invalid_input.yaml";
    const FROM: &str = "  from: { postcode: \"60200\", grams: 500 }\n";
    let mistakes = [
        (FROM, format!("{FROM}  except: {{ null_gram: we take it }}\n")),
        (FROM, format!("{FROM}  tool: qoute_delivery\n")),
        (FROM, "  from: { postcode: \"60200\", gram: 500 }\n".to_owned()),
        (FROM, "  from: { postcode: \"60200\", grams: 0 }\n".to_owned()),
        ("rows: negatives", "rows: negative".to_owned()),
        ("steps:\n", "cases: [{ id: one }]\nsteps:\n".to_owned()),
        ("case.what", "case.waht".to_owned()),
        (
            "generate:\n  rows: negatives\n  from: { postcode: \"60200\", grams: 500 }\nsteps:\n",
            "after:\n  - { let: { a: 1 } }\nsteps:\n".to_owned(),
        ),
    ];
    let shown = mistakes.map(|(from, to)| {
        let context = TestContext::new();
        context.copy_second_domain();
        context.edit(NEGATIVES, from, &to);
        let ended = context.run("suites check --registry registry");
        assert_eq!(ended.code, 3, "{ended}");
        ended.stderr
    });
    cli_snapshot!("generate_mistakes", shown.join("\n"));
}

#[test]
fn a_suite_file_that_stands_at_the_wrong_place_is_refused() {
    let shown = ["suites/lost.yaml", "suites/parcels/quote_delivery/moved.yaml"].map(|place| {
        let context = TestContext::new();
        context.copy_second_domain();
        let from = context.path("registry/suites/parcels/order_pickup/happy_path.yaml");
        let text = std::fs::read_to_string(from).unwrap();
        context.write(&format!("registry/{place}"), &text);
        let ended = context.run("suites check --registry registry");
        assert_eq!(ended.code, 3, "{ended}");
        ended.stderr
    });
    cli_snapshot!("wrong_place", shown.join("\n"));
}
