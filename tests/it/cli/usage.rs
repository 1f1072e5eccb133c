//! Wrong usage is reported before any provider is called, and exits with 2.

use super::context::{TestContext, cli_snapshot};
use crate::support::parcels::{Parcels, Slip};

#[test]
fn arguments_that_make_no_sense_are_wrong_usage() {
    let context = TestContext::new();
    let shown = context.show(&[
        "rnu",
        "run --reference --verbos",
        "run",
        "run --reference --providers providers.yaml",
        "run --reference --timeout soon",
        "run --reference --timeout 0s",
        "run --reference --jobs 0",
        "run --reference --jobs many",
        "run --reference --lanes 0",
        "run --reference --seed x",
        "run --reference --format xml",
        "run --reference --output report.json",
        "run --reference --output jsn=report.json",
        "run --reference --output json=",
        "runs list --limit 0",
        "suites schema suite",
        "capabilities lock",
    ]);
    cli_snapshot!("wrong_usage", shown);
}

#[test]
fn a_selection_that_nothing_matches_is_wrong_usage() {
    let context = TestContext::new();
    let parcels = Parcels::start(Slip::None);
    context.manifest(&parcels.server.url(), "");
    let run = |more: &str| {
        context
            .run(&format!(
                "run --registry SECOND_DOMAIN --providers providers.yaml {more}"
            ))
            .to_string()
    };
    let shown = [
        run("--test nothing_matches"),
        run("--capability booking.*"),
        run("--capability [parcels"),
        run("--test {a,b"),
    ];
    cli_snapshot!("nothing_selected", shown.join("\n"));
    assert_eq!(parcels.server.count(), 0);
}

#[test]
fn a_file_that_cannot_be_written_is_found_out_before_anybody_is_asked() {
    let context = TestContext::new();
    let parcels = Parcels::start(Slip::None);
    context.manifest(&parcels.server.url(), "");
    let shown = context
        .show(&["run --registry SECOND_DOMAIN --providers providers.yaml --output json=missing/report.json"]);
    cli_snapshot!("unwritable_output", shown);
    assert_eq!(parcels.server.count(), 0);
}
