//! The gate of a pipeline, answered from the runs that are kept.

use super::context::{TestContext, cli_snapshot};
use crate::support::parcels::{Parcels, Slip};

const RUN: &str = "run --quiet --registry SECOND_DOMAIN --providers providers.yaml";
const GATE: &str = "gate --registry SECOND_DOMAIN --provider post:one --capability parcels.order_pickup";

#[test]
fn a_gate_opens_after_a_whole_conformant_run_and_shuts_after_a_failure() {
    let context = TestContext::new();
    let parcels = Parcels::start(Slip::None);
    context.manifest(&parcels.server.url(), "");
    let unknown = context.run(GATE);
    context.run(&format!("{RUN} --test rejects_past_day"));
    let filtered = context.run(GATE);
    assert_eq!(context.run(RUN).code, 0);
    let yes = context.run(&format!("{GATE} --max-age 7d --min-pass-rate 0.99 --over 14d"));
    parcels.now(Slip::AcceptsPastDays);
    assert_eq!(context.run(RUN).code, 1);
    let no = context.run(&format!("{GATE} --min-pass-rate 0.99 --over 14d"));
    let ended = [&unknown, &filtered, &yes, &no];
    assert_eq!(ended.map(|ended| ended.code), [4, 4, 0, 1]);
    // A rate over few runs changes with the number of tests, so it stays out of the picture.
    let shown = ended.map(ToString::to_string).join("\n");
    cli_snapshot!("gate", shown);

    parcels.now(Slip::None);
    context.run(&format!("{RUN} --test order_pickup/*"));
    assert_eq!(context.run(GATE).code, 1, "a filtered run opens no gate");
    let json = context.run(&format!("{GATE} --format json")).json();
    assert_eq!(json["format"], "proofhouse.gate/1");
    assert_eq!(
        (&json["answer"], &json["exit"], &json["version"]),
        (&"no".into(), &1.into(), &"0.1.0".into())
    );
    assert_eq!(json["reasons"][0]["says"], "no");
    let other = GATE.replace("order_pickup", "quote_delivery");
    assert_eq!(context.run(&other).code, 0, "each capability stands for itself");
}

#[test]
fn a_gate_asked_wrongly_says_so() {
    let context = TestContext::new();
    let shown = context.show(&[
        "gate --provider post --capability booking.create_booking",
        "gate --provider a:b --capability booking.create_bookin",
        "gate --provider a:b --capability booking.create_booking --max-age 7",
        "gate --provider a:b --capability booking.create_booking --min-pass-rate 0.9",
        "gate --provider a:b --capability booking.create_booking --min-pass-rate 2 --over 7d",
    ]);
    cli_snapshot!("gate_wrong_usage", shown);
}
