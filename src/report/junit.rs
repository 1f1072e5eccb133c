//! The run as JUnit XML. A suite a provider, a case a test.
//!
//! Pipelines know four ends where a run knows more: `fail` is a failure, `error` an error, `skip` and `blocked` are skipped
//! (what blocked a test is a failed row of its own), and a failed ruling is a pass with its text as output. What no row says,
//! such as an interruption, stands as an error in a suite named after the run, so that no pipeline takes the file for green.

use std::io;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::ReportError;
use super::text::{clean, one_line};
use crate::model::{Level, Outcome, TestResult, Verdict};
use crate::summary::RunSummary;

/// How many characters a message in an attribute may have.
const MESSAGE: usize = 1_000;

pub(super) fn write(summary: &RunSummary, out: &mut dyn io::Write) -> Result<(), ReportError> {
    let header = &summary.header;
    let mut report = Report::new(format!("proofhouse {}", header.run));
    report.set_timestamp(header.started_at);
    if let Some(footer) = &summary.footer {
        report.set_time(
            (footer.finished_at - header.started_at)
                .to_std()
                .unwrap_or_default(),
        );
    }
    for provider in &summary.providers {
        let mut suite = TestSuite::new(provider.id.as_str());
        suite.set_time(Duration::from_millis(provider.ms_total));
        for result in summary.results_of(provider) {
            suite.add_test_case(case(summary, result));
        }
        report.add_test_suite(suite);
    }
    if let Some(suite) = verdict(summary) {
        report.add_test_suite(suite);
    }
    Ok(out.write_all(report.to_string()?.as_bytes())?)
}

fn case(summary: &RunSummary, result: &TestResult) -> TestCase {
    let message = result.message.as_deref().unwrap_or("no reason was given");
    let with = |mut status: TestCaseStatus, message: String| {
        status.set_message(xml(&message));
        status
    };
    let wrong = |kind, ty: &str| {
        let mut status = with(TestCaseStatus::non_success(kind), one_line(message, MESSAGE));
        status.set_type(ty);
        status.set_description(xml(&details(result, message)));
        status
    };
    let status = match result.outcome {
        Outcome::Pass => TestCaseStatus::success(),
        Outcome::Fail if summary.is_warning(result) => TestCaseStatus::success(),
        Outcome::Fail => wrong(NonSuccessKind::Failure, "fail"),
        Outcome::Error if result.level == Level::Must || summary.header.selection.strict => {
            wrong(NonSuccessKind::Error, "error")
        }
        Outcome::Error => with(
            TestCaseStatus::skipped(),
            format!("error: {}", one_line(message, MESSAGE)),
        ),
        Outcome::Blocked => with(
            TestCaseStatus::skipped(),
            format!("blocked: {}", one_line(message, MESSAGE)),
        ),
        Outcome::Skip => with(TestCaseStatus::skipped(), one_line(message, MESSAGE)),
    };
    let mut case = TestCase::new(
        format!("{}@{}/{}", result.capability, result.version, result.test),
        status,
    );
    case.set_classname(format!("{}.{}", result.provider, result.capability));
    case.set_timestamp(result.when);
    case.set_time(Duration::from_millis(result.ms));
    if summary.is_warning(result) {
        case.set_system_out(xml(&format!("warning: {}", details(result, message))));
    }
    case
}

/// The message with what was expected and found.
fn details(result: &TestResult, message: &str) -> String {
    let mut lines = vec![message.to_owned()];
    if let Some(failure) = result.failure.as_deref() {
        if let Some(rule) = &failure.rule {
            lines.push(format!(
                "rule: {}, {}: {}",
                rule.id,
                rule.capability,
                rule.words.trim()
            ));
        }
        let fields = [
            ("case", &failure.case),
            ("step", &failure.step),
            ("check", &failure.check),
            ("expected", &failure.expected),
            ("actual", &failure.actual),
        ];
        for (label, text) in fields {
            lines.extend(text.iter().map(|text| format!("{label}: {text}")));
        }
        lines.extend(
            failure
                .values
                .iter()
                .map(|value| format!("value: {} = {}", value.path, value.value)),
        );
    }
    lines.join("\n")
}

/// What the run says that none of its rows does.
fn verdict(summary: &RunSummary) -> Option<TestSuite> {
    let message = match summary.verdict() {
        Verdict::Incomplete => format!("incomplete: {}", summary.why_incomplete().unwrap_or_default()),
        Verdict::Unproven => {
            let claims: Vec<_> = summary
                .unproven()
                .into_iter()
                .map(|(provider, claim)| format!("{} {}@{}", provider.id, claim.capability, claim.version))
                .collect();
            format!("{}\n{}", Verdict::Unproven.words(), claims.join("\n"))
        }
        Verdict::Failed | Verdict::Unreachable | Verdict::Conformant => return None,
    };
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_message(xml(&one_line(&message, MESSAGE)));
    status.set_type("verdict");
    status.set_description(xml(&message));
    let mut suite = TestSuite::new(format!("run {}", summary.header.run));
    suite.add_test_case(TestCase::new("verdict", status));
    Some(suite)
}

/// Text without the characters that XML cannot hold: controls are spelt out, two non-characters dropped.
fn xml(text: &str) -> String {
    clean(text).replace(['\u{fffe}', '\u{ffff}'], "")
}
