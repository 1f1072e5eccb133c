//! The suites, proven: every fault of the reference provider is killed or excused, every rule is proven or excused, and whoever is
//! correct passes.

mod judging;
mod shown;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::LazyLock;

use proofhouse::app::{ProofRequest, Stop, prepare_proof};
use proofhouse::matrix::{Fate, Kill, KillMatrix};
use proofhouse::model::Outcome;
use proofhouse::report::{self, MatrixFormat, Options};
use reference_provider::Fault;
use serde_json::{Value, json};

use crate::support::proving::{TAKES_CHANCE, bundle, ended, message, prove_reference};

/// One proof for all tests of this file: it starts a shop for each fault.
static MATRIX: LazyLock<KillMatrix> = LazyLock::new(|| {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let asked = ProofRequest {
            faults: Vec::new(),
            seed: Some(7),
        };
        let proof = prepare_proof(bundle(), &asked).await.unwrap();
        proof.run(&Stop::new(), |_| {}).await.unwrap().unwrap()
    })
});

#[test]
#[ignore = "minutes, unless it is optimised: cargo test --release --test it -- --ignored matrix"]
fn nothing_is_red() {
    let findings: Vec<_> = MATRIX.findings.iter().map(ToString::to_string).collect();
    assert_eq!(findings, [""; 0]);
    assert!(MATRIX.whole && !MATRIX.faults.is_empty() && !MATRIX.rules.is_empty());
}

/// The lines of the snapshot, by fault.
fn published() -> BTreeMap<String, String> {
    let snapshot = include_str!("snapshots/it__matrix__what_each_fault_is_told.snap");
    let lines: Vec<_> = snapshot.lines().collect();
    let pairs = lines.windows(2).filter(|pair| pair[1].starts_with("    "));
    pairs
        .filter_map(|pair| Some((pair[0].split(':').next()?.to_owned(), pair[1].trim().to_owned())))
        .collect()
}

/// Shows the first message of each fault, by a test that verifies the broken rule if one kills. The test named in the snapshot is
/// kept as long as it kills: which others kill may depend on the slots that they hold.
#[test]
#[ignore = "minutes, unless it is optimised: cargo test --release --test it -- --ignored matrix"]
fn each_killed_fault_is_told_in_words_that_name_its_cause() {
    let mut lines = String::new();
    let published = published();
    for row in &MATRIX.faults {
        let before = published.get(&row.fault.name);
        let is_named =
            |kill: &&Kill| before.is_some_and(|line| line.starts_with(&format!("{}: ", kill.test)));
        let named = row.by.iter().chain(&row.also).find(is_named);
        let _ = writeln!(lines, "{}: {}", row.fault.name, row.fault.does);
        match (&row.fate, named.or_else(|| row.foremost())) {
            (Fate::Excused(reason), _) => {
                let _ = writeln!(lines, "    excused: {reason}");
            }
            (_, Some(kill)) => {
                let _ = writeln!(lines, "    {}: {}", kill.test, kill.message);
            }
            (_, None) => panic!("{} survives", row.fault.name),
        }
    }
    insta::with_settings!({ filters => vec![
        (r"\d{4}-\d\d-\d\d", "<date>"),
        (r"T\d\d:\d\d:\d\d", "T<time>"),
        (r"has \d+ listed", "has <count> listed"),
        (r"and \d+ more", "and <count> more"),
        (r"bookings/[0-9a-f]{32}/", "bookings/<id>/"),
    ] }, { insta::assert_snapshot!("what_each_fault_is_told", lines) });
}

/// The tests of the other tools would only take time, unless the fault shows there.
#[tokio::test(flavor = "multi_thread")]
async fn each_fault_is_asked_by_the_tests_of_its_own_tool() {
    let asked = ProofRequest {
        faults: Vec::new(),
        seed: Some(7),
    };
    let proof = prepare_proof(bundle(), &asked).await.unwrap();
    for fault in Fault::ALL {
        let id = format!("{}:shop", fault.name().replace('_', "-"));
        let entries = proof
            .run
            .plan
            .providers
            .iter()
            .filter(|planned| planned.target.id().as_str() == id);
        let tools: BTreeSet<_> = entries
            .flat_map(|planned| &planned.claims)
            .map(|claim| claim.id.tool())
            .collect();
        match fault.shows_at_other_tools() {
            true => assert!(tools.len() > 10, "{fault}"),
            false => assert_eq!(tools, BTreeSet::from([fault.breaks().tool]), "{fault}"),
        }
    }
    println!("{} tests", proof.run.plan.tests());
}

fn written(format: MatrixFormat) -> String {
    let mut made = Vec::new();
    report::write_matrix(format, &MATRIX, &Options::default(), &mut made).unwrap();
    String::from_utf8(made).unwrap()
}

/// Compares with the text that the guides publish. With `UPDATE_MATRIX` set, writes it anew.
fn in_the_guides(name: &str, made: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    if std::env::var_os("UPDATE_MATRIX").is_some() {
        std::fs::write(&path, made).unwrap();
    }
    std::fs::read_to_string(&path).unwrap_or_default()
}

/// `UPDATE_MATRIX=1 cargo test --release --test it -- --ignored matrix` writes the page and its data anew.
#[test]
#[ignore = "minutes, unless it is optimised: cargo test --release --test it -- --ignored matrix"]
fn the_page_in_the_guides_is_the_one_that_the_matrix_makes() {
    let made = written(MatrixFormat::Markdown);
    let published = in_the_guides("kill-matrix.md", &made);
    for (made, published) in made.lines().zip(published.lines()) {
        assert_eq!(
            settled(made),
            settled(published),
            "UPDATE_MATRIX=1 cargo test writes the page anew"
        );
    }
    assert_eq!(
        made.lines().count(),
        published.lines().count(),
        "UPDATE_MATRIX=1 cargo test writes the page anew"
    );
}

/// The same as data. The tests that come upon a fault of another rule's are left out: they differ from run to run.
#[test]
#[ignore = "minutes, unless it is optimised: cargo test --release --test it -- --ignored matrix"]
fn the_data_in_the_guides_are_those_that_the_matrix_makes() {
    let mut made: Value = serde_json::from_str(&written(MatrixFormat::Json)).unwrap();
    for fault in made["faults"].as_array_mut().unwrap() {
        fault["also"] = json!([]);
    }
    let published = in_the_guides("kill-matrix.json", &format!("{made:#}\n"));
    let published = serde_json::from_str(&published).unwrap();
    assert_eq!(
        fields(&made, "faults", &["name", "does", "breaks", "fate", "reason"]),
        fields(
            &published,
            "faults",
            &["name", "does", "breaks", "fate", "reason"]
        ),
        "UPDATE_MATRIX=1 cargo test writes the data anew"
    );
    assert_eq!(
        fields(
            &made,
            "rules",
            &["capability", "rule", "state", "reason", "verified_by"]
        ),
        fields(
            &published,
            "rules",
            &["capability", "rule", "state", "reason", "verified_by"]
        ),
        "UPDATE_MATRIX=1 cargo test writes the data anew"
    );
}

/// Some fields of the rows of a list.
fn fields(matrix: &Value, list: &str, names: &[&str]) -> Vec<Vec<Value>> {
    let rows = matrix[list].as_array().unwrap().iter();
    rows.map(|row| names.iter().map(|name| row[*name].clone()).collect())
        .collect()
}

/// Without the minutes that a proof takes: whether the guides speak of the faults and the rules that there are.
#[test]
fn the_matrix_in_the_guides_is_of_all_faults_and_rules() {
    let published: Value = serde_json::from_str(include_str!("../../docs/kill-matrix.json")).unwrap();
    let names = |list: &str, names: &[&str]| -> BTreeSet<String> {
        let rows = fields(&published, list, names).into_iter();
        rows.map(|row| row.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "))
            .collect()
    };
    let faults = Fault::ALL
        .iter()
        .map(|fault| format!("{fault} {}", fault.description()));
    assert_eq!(names("faults", &["name", "does"]), faults.collect());
    let bundle = bundle();
    let rules = bundle.registry.iter().flat_map(|contract| {
        let rules = contract.rules();
        rules.map(move |rule| format!("{} {}", contract.reference, rule.id))
    });
    assert_eq!(names("rules", &["capability", "rule"]), rules.collect());
    let page = include_str!("../../docs/kill-matrix.md");
    for fault in Fault::ALL {
        assert!(page.contains(&format!("`{fault}`")), "{fault}");
    }
    assert_eq!(published["green"], true);
}

/// The cells of a row that do not depend on the slots that the tests hold: in a row of a fault all but the killers, which another
/// test checks; in a row of a rule all but the number of killed faults.
fn settled(line: &str) -> Vec<&str> {
    let cells: Vec<_> = line.split(" | ").collect();
    match cells.as_slice() {
        [fault, does, breaks, _killers] if breaks.contains('/') => vec![fault, does, breaks],
        [rule, state, _share, tests] => vec![rule, state, tests],
        other => other.to_vec(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reference_provider_passes_every_test_for_every_tenant() {
    let summary = prove_reference().await;
    assert_eq!(summary.providers.len(), 10);
    for provider in &summary.providers {
        let id = provider.id.as_str();
        let of = |outcome| ended(&summary, id, outcome);
        for outcome in [Outcome::Fail, Outcome::Error, Outcome::Blocked] {
            assert_eq!(
                of(outcome).first().map(|row| message(row)),
                None,
                "{id} {outcome}"
            );
        }
        for row in of(Outcome::Skip) {
            let test = format!("{}/{}", row.capability, row.test);
            assert!(
                TAKES_CHANCE.contains(&test.as_str()),
                "{id} {test}: {}",
                message(row)
            );
        }
    }
    // A booking of which it is recorded whether the customer came stays; v0.1.0 of `cancel_booking` has no other code for it.
    let left: Vec<_> = summary
        .leftovers
        .iter()
        .map(|left| left.reason.as_str())
        .filter(|reason| !reason.ends_with("refused with `unauthorized`"))
        .collect();
    assert_eq!(left, Vec::<&str>::new());
    assert_eq!(summary.verdict().exit_code(), 0);
}
