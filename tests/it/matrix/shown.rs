//! A small matrix with every kind of row, in every format.

use proofhouse::matrix::{Fate, FaultRow, Finding, Kill, KillMatrix, KnownFault, RuleRow, RuleState};
use proofhouse::model::Level;
use proofhouse::report::{self, MatrixFormat, Options};

fn kill(test: &str, level: Level) -> Kill {
    let (capability, name) = test.split_once('/').unwrap();
    Kill {
        test: proofhouse::model::TestId {
            capability: capability.parse().unwrap(),
            name: name.parse().unwrap(),
        },
        level,
        set_up: name == "set_up",
        message: format!("{name} says what is wrong"),
    }
}

fn fault(name: &str, fate: Fate, by: Vec<Kill>, also: Vec<Kill>) -> FaultRow {
    FaultRow {
        fault: KnownFault {
            name: name.to_owned(),
            does: "does something that no careful provider would ever do to a customer".to_owned(),
            tool: "create_booking".to_owned(),
            rule: "slot-taken".to_owned(),
            provider: "wrong:shop".parse().unwrap(),
        },
        fate,
        by,
        also,
        errors: 0,
        silent: Vec::new(),
    }
}

fn rule(capability: &str, id: &str, state: RuleState, tests: &[&str]) -> RuleRow {
    RuleRow {
        capability: capability.parse().unwrap(),
        id: id.to_owned(),
        state,
        verified_by: tests.iter().map(|test| test.parse().unwrap()).collect(),
        by_every_test: id == "output-schema",
        faults: if id == "slot-taken" {
            ["killed", "survivor"].map(str::to_owned).to_vec()
        } else {
            Vec::new()
        },
        killed: if id == "slot-taken" {
            vec!["killed".to_owned()]
        } else {
            Vec::new()
        },
    }
}

/// Red in every way that has a row of its own.
fn red() -> KillMatrix {
    const ONE: &str = "booking.create_booking@0.1.0";
    const TWO: &str = "booking.create_booking@0.2.0";
    let both = |name: &str, level| {
        [ONE, TWO]
            .map(|one| kill(&format!("{one}/{name}"), level))
            .to_vec()
    };
    KillMatrix {
        whole: true,
        faults: vec![
            fault(
                "killed",
                Fate::Killed,
                both("rejects_taken_slot", Level::Must),
                both("happy_path", Level::Must),
            ),
            fault(
                "killed_in_one_version",
                Fate::Killed,
                vec![kill(&format!("{TWO}/rejects_taken_slot"), Level::Should)],
                Vec::new(),
            ),
            fault(
                "killed_by_others",
                Fate::Killed,
                Vec::new(),
                vec![kill(&format!("{ONE}/set_up"), Level::Must)],
            ),
            fault(
                "excused",
                Fate::Excused("it shows | at one instant only".to_owned()),
                Vec::new(),
                Vec::new(),
            ),
            fault("survivor", Fate::Survived, Vec::new(), Vec::new()),
        ],
        rules: vec![
            rule(ONE, "slot-taken", RuleState::Proven, &["rejects_taken_slot"]),
            rule(
                ONE,
                "confirmation",
                RuleState::Excluded("only the customer sees it".to_owned()),
                &[],
            ),
            rule(ONE, "closest", RuleState::Excused("not tried".to_owned()), &[]),
            rule(
                ONE,
                "output-schema",
                RuleState::Proven,
                &["happy_path", "rejects_taken_slot"],
            ),
            rule(TWO, "slot-taken", RuleState::Proven, &["rejects_taken_slot"]),
            rule(TWO, "closest", RuleState::Unverified, &[]),
            rule(TWO, "reserves", RuleState::Toothless, &["happy_path"]),
        ],
        correct: vec!["right:shop".parse().unwrap()],
        findings: vec![
            Finding::Survivor {
                fault: "survivor".to_owned(),
                errors: 0,
            },
            Finding::Unverified {
                rule: format!("{TWO}/closest"),
            },
            Finding::Toothless {
                rule: format!("{TWO}/reserves"),
            },
        ],
    }
}

fn shown(format: MatrixFormat, matrix: &KillMatrix, options: Options) -> String {
    let mut out = Vec::new();
    report::write_matrix(format, matrix, &options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_table_keeps_within_its_width_and_says_on_top_how_many_are_killed() {
    let options = Options {
        width: Some(80),
        ..Options::default()
    };
    let table = shown(MatrixFormat::Table, &red(), options);
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
    insta::assert_snapshot!("matrix_table_80", table);
    let verbose = Options {
        verbose: true,
        ..options
    };
    insta::assert_snapshot!(
        "matrix_table_verbose",
        shown(MatrixFormat::Table, &red(), verbose)
    );
}

#[test]
fn a_green_matrix_says_so_and_one_of_some_faults_says_what_it_leaves_open() {
    let mut matrix = red();
    matrix.faults.truncate(1);
    matrix.findings.clear();
    let last = |matrix: &KillMatrix| {
        let table = shown(MatrixFormat::Table, matrix, Options::default());
        table.lines().last().unwrap().to_owned()
    };
    insta::assert_snapshot!(last(&matrix), @"green: every fault is killed or excused, every rule is proven, excluded or excused, and no correct provider is accused");
    matrix.whole = false;
    matrix.rules.clear();
    insta::assert_snapshot!(last(&matrix), @"green as far as it goes: each of these faults is killed or excused, and no correct provider is accused; without all faults nothing is said about rules");
}

#[test]
fn the_page_names_the_tests_of_the_rule_and_no_others() {
    let page = shown(MatrixFormat::Markdown, &red(), Options::default());
    assert!(
        !page.contains("create_booking/happy_path") && !page.contains("set_up"),
        "{page}"
    );
    insta::assert_snapshot!("matrix_markdown", page);
}

#[test]
fn the_json_is_valid_against_its_published_schema() {
    let json = shown(MatrixFormat::Json, &red(), Options::default());
    let schema = report::matrix_schema();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let written = serde_json::from_str(&json).unwrap();
    assert!(validator.is_valid(&written), "{json}");
    insta::assert_snapshot!("matrix_json", json);
}
