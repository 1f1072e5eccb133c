//! The findings that make a matrix red, from made-up faults of a domain of parcels and made-up results.

use std::path::Path;
use std::sync::Arc;

use proofhouse::capability::Registry;
use proofhouse::diagnostic::{Problems, Source};
use proofhouse::matrix::{Excuses, Fate, KillMatrix, KnownFault, KnownTest, RuleState, Trial};
use proofhouse::model::{Level, Outcome, TestId, TestResult};
use proofhouse::summary::RunSummary;

use crate::cli::context::SECOND_DOMAIN;
use crate::support::run_sample::{Row, Sample};

/// Excuses for what this domain leaves open, so that each test sees the one finding that it is about.
const EXCUSED: &str = "\
format: proofhouse.excuses/1
faults: {}
rules:
  parcels.cancel_pickup@0.1.0/repeatable: not tried
  parcels.cancel_pickup@0.1.0/input-schema: not tried
  parcels.cancel_pickup@0.1.0/output-schema: not tried
  parcels.order_pickup@0.1.0/no-courier: not tried
  parcels.order_pickup@0.1.0/same-day: not tried
  parcels.order_pickup@0.1.0/input-schema: not tried
  parcels.quote_delivery@0.1.0/pure-read: not tried
  parcels.quote_delivery@0.1.0/unknown-postcode: not tried
  parcels.quote_delivery@0.1.0/day-price: not tried
  parcels.quote_delivery@0.1.0/input-schema: not tried
  parcels.quote_delivery@0.1.0/output-schema: not tried
";

/// A run against one fault and one correct provider, to be bent.
struct Lab {
    registry: Registry,
    tests: Vec<KnownTest>,
    faults: Vec<KnownFault>,
    excuses: String,
    results: Vec<TestResult>,
    whole: bool,
}

impl Lab {
    /// The fault is killed by the test of its rule, and the correct provider passes: nothing is red.
    fn green() -> Self {
        let mut lab = Self {
            registry: Registry::load(
                &Path::new(env!("CARGO_MANIFEST_DIR"))
                    .join(SECOND_DOMAIN)
                    .join("capabilities"),
            )
            .unwrap(),
            tests: Vec::new(),
            faults: vec![KnownFault {
                name: "takes_yesterday".to_owned(),
                does: "takes a day in the past".to_owned(),
                tool: "order_pickup".to_owned(),
                rule: "future-day".to_owned(),
                provider: "wrong:one".parse().unwrap(),
            }],
            excuses: EXCUSED.to_owned(),
            results: Vec::new(),
            whole: true,
        };
        lab.test("rejects_past_day", &["future-day"]);
        lab.test("happy_path", &["no-courier"]);
        lab.ends("wrong:one", "rejects_past_day", Outcome::Fail);
        lab.ends("wrong:one", "happy_path", Outcome::Pass);
        lab.ends("right:one", "rejects_past_day", Outcome::Pass);
        lab.ends("right:one", "happy_path", Outcome::Pass);
        lab
    }

    /// Another test of `order_pickup`.
    fn test(&mut self, name: &str, verifies: &[&str]) {
        self.tests.push(KnownTest {
            id: TestId {
                capability: "parcels.order_pickup@0.1.0".parse().unwrap(),
                name: name.parse().unwrap(),
            },
            verifies: verifies.iter().map(|rule| (*rule).to_owned()).collect(),
        });
    }

    /// Sets how a test ended at a provider.
    fn ends(&mut self, provider: &str, test: &str, outcome: Outcome) -> &mut TestResult {
        self.results
            .retain(|result| result.provider.as_str() != provider || result.test.as_str() != test);
        let id = format!("parcels.order_pickup@0.1.0/{test}").parse().unwrap();
        let when = chrono::DateTime::UNIX_EPOCH;
        let result = TestResult::new(provider.parse().unwrap(), id, Level::Must, outcome, when)
            .with_calls(1, 1)
            .with_message("this is wrong\nand more of it");
        self.results.push(result);
        self.results.last_mut().unwrap()
    }

    fn excuse(&mut self, from: &str, to: &str) {
        assert!(self.excuses.contains(from), "{from}");
        self.excuses = self.excuses.replacen(from, to, 1);
    }

    fn read_excuses(&self) -> Result<Excuses, Problems> {
        let source: Arc<Source> = Source::new("excuses.yaml", self.excuses.as_str());
        Excuses::read(&source, &self.faults, &self.registry)
    }

    fn summary(&self) -> RunSummary {
        let sample = Sample::of(self.results.iter().cloned().map(Row)).without_claims();
        sample.fold().unwrap()
    }

    fn matrix(&self) -> KillMatrix {
        let excuses = self
            .read_excuses()
            .unwrap_or_else(|problems| panic!("{problems}"));
        let trial = Trial {
            registry: &self.registry,
            tests: &self.tests,
            faults: &self.faults,
            excuses: &excuses,
            whole: self.whole,
        };
        KillMatrix::of(trial, &self.summary())
    }

    /// The findings, one line each.
    fn findings(&self) -> Vec<String> {
        self.matrix().findings.iter().map(ToString::to_string).collect()
    }
}

#[test]
fn a_fault_that_a_test_of_its_rule_kills_proves_the_rule() {
    let matrix = Lab::green().matrix();
    assert_eq!(matrix.findings, []);
    let row = &matrix.faults[0];
    assert_eq!((&row.fate, row.by.len(), row.also.len()), (&Fate::Killed, 1, 0));
    assert_eq!(row.by[0].message, "this is wrong");
    let rule = matrix.rules.iter().find(|rule| rule.id == "future-day").unwrap();
    assert_eq!(
        (&rule.state, &rule.faults, &rule.killed),
        (
            &RuleState::Proven,
            &vec!["takes_yesterday".to_owned()],
            &vec!["takes_yesterday".to_owned()]
        )
    );
    let answers = matrix
        .rules
        .iter()
        .find(|rule| rule.name() == "parcels.order_pickup@0.1.0/output-schema")
        .unwrap();
    assert!(answers.by_every_test && answers.state == RuleState::Proven);
    let street = matrix
        .rules
        .iter()
        .find(|rule| rule.id == "courier-comes")
        .unwrap();
    assert_eq!(
        street.state,
        RuleState::Excluded("no answer shows the street".to_owned())
    );
    assert_eq!(matrix.correct, ["right:one".parse().unwrap()]);
}

#[test]
fn a_fault_that_no_test_fails_is_red_unless_it_is_excused() {
    let mut lab = Lab::green();
    lab.ends("wrong:one", "rejects_past_day", Outcome::Pass);
    lab.ends("wrong:one", "happy_path", Outcome::Error);
    assert_eq!(
        lab.findings(),
        [
            "no test kills the fault `takes_yesterday`, and 1 of its tests ended in error",
            "tests verify `parcels.order_pickup@0.1.0/future-day`, and none of them kills a fault",
            "tests verify `parcels.order_pickup@0.1.0/output-schema`, and none of them kills a fault",
        ]
    );
    lab.excuse(
        "faults: {}",
        "faults: { takes_yesterday: the courier knows no calendar }",
    );
    lab.excuse(
        "rules:\n",
        "rules:\n  parcels.order_pickup@0.1.0/future-day: the same\n  \
                             parcels.order_pickup@0.1.0/output-schema: the same\n",
    );
    let matrix = lab.matrix();
    assert_eq!(matrix.findings, []);
    assert_eq!((matrix.killed(), matrix.excused(), matrix.survivors()), (0, 1, 0));
}

#[test]
fn an_excuse_that_is_no_longer_needed_is_red() {
    let mut lab = Lab::green();
    lab.excuse(
        "faults: {}",
        "faults: { takes_yesterday: the courier knows no calendar }",
    );
    lab.excuse(
        "rules:\n",
        "rules:\n  parcels.order_pickup@0.1.0/future-day: not tried\n  \
         parcels.order_pickup@0.1.0/courier-comes: not tried\n",
    );
    assert_eq!(
        lab.findings(),
        [
            "the fault `takes_yesterday` is excused, and `parcels.order_pickup@0.1.0/rejects_past_day` kills it",
            "`parcels.order_pickup@0.1.0/future-day` is excused, and a test that verifies it kills a fault",
            "`parcels.order_pickup@0.1.0/courier-comes` is excused, and its contract excludes it already",
        ]
    );
}

#[test]
fn a_rule_without_a_test_and_one_whose_tests_kill_nothing_are_red() {
    let mut lab = Lab::green();
    for rule in ["no-courier", "same-day"] {
        lab.excuse(&format!("  parcels.order_pickup@0.1.0/{rule}: not tried\n"), "");
    }
    assert_eq!(
        lab.findings(),
        [
            "tests verify `parcels.order_pickup@0.1.0/no-courier`, and none of them kills a fault",
            "no test verifies `parcels.order_pickup@0.1.0/same-day`",
        ]
    );
    lab.whole = false;
    assert_eq!(lab.findings(), [""; 0]);
    assert_eq!(lab.matrix().rules, []);
}

#[test]
fn a_test_of_another_rule_kills_the_fault_and_does_not_prove_its_rule() {
    let mut lab = Lab::green();
    lab.ends("wrong:one", "rejects_past_day", Outcome::Pass);
    lab.ends("wrong:one", "happy_path", Outcome::Fail);
    lab.excuse("  parcels.order_pickup@0.1.0/no-courier: not tried\n", "");
    let matrix = lab.matrix();
    let row = &matrix.faults[0];
    assert_eq!((&row.fate, row.by.len(), row.also.len()), (&Fate::Killed, 0, 1));
    assert_eq!(
        lab.findings(),
        ["tests verify `parcels.order_pickup@0.1.0/future-day`, and none of them kills a fault"]
    );
}

#[test]
fn the_set_up_of_another_test_kills_and_proves_nothing() {
    let mut lab = Lab::green();
    lab.ends("wrong:one", "rejects_past_day", Outcome::Blocked);
    lab.ends("wrong:one", "set_up", Outcome::Fail).planned = false;
    let row = &lab.matrix().faults[0];
    assert_eq!(
        (&row.fate, row.by.len(), row.also[0].set_up),
        (&Fate::Killed, 0, true)
    );
}

#[test]
fn a_test_that_fails_a_correct_provider_is_red_and_so_is_one_that_cannot_ask_it() {
    let mut lab = Lab::green();
    lab.ends("right:one", "happy_path", Outcome::Fail);
    lab.ends("right:one", "rejects_past_day", Outcome::Error);
    assert_eq!(
        lab.findings(),
        [
            "`parcels.order_pickup@0.1.0/happy_path` ended in fail for right:one, which is correct: this is wrong",
            "`parcels.order_pickup@0.1.0/rejects_past_day` ended in error for right:one, which is correct: this is wrong",
        ]
    );
}

#[test]
fn a_fault_of_a_rule_that_no_contract_has_is_red() {
    let mut lab = Lab::green();
    lab.faults[0].rule = "past-day".to_owned();
    assert_eq!(
        lab.findings()[0],
        "the fault `takes_yesterday` breaks `order_pickup/past-day`, and no contract has that rule"
    );
}

#[test]
fn an_excuse_for_what_is_not_there_or_without_a_reason_is_shown_at_its_place() {
    let mut lab = Lab::green();
    lab.excuse("format: proofhouse.excuses/1", "format: proofhouse.excuses/2");
    lab.excuse(
        "faults: {}",
        "faults: { take_yesterday: the courier knows no calendar }",
    );
    lab.excuse(
        "order_pickup@0.1.0/same-day: not tried",
        "order_pickup@0.1.0/same-days: \" \"",
    );
    let problems = lab.read_excuses().unwrap_err();
    insta::assert_snapshot!("excuses_mistakes", problems.render(false));
    let unknown = "format: proofhouse.excuses/1\nfault: {}\nfaults: {}\nrules: {}\n";
    unknown.clone_into(&mut lab.excuses);
    insta::assert_snapshot!(
        "excuses_unknown_key",
        lab.read_excuses().unwrap_err().render(false)
    );
}
