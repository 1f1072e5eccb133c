//! The run as JUnit XML. A suite a provider, a case a test.
//!
//! Pipelines know four ends where a run knows more: `fail` is a failure, `error` an error, `skip` and `blocked` are skipped
//! (what blocked a test is a failed row of its own), as is a failure that the baseline knows, and a failed ruling is a pass with
//! its text as output. What no row says, such as an interruption or a baseline that is out of date, stands as an error in a suite
//! named after the run, so that no pipeline takes the file for green. Only what the schema of the Jenkins plugin (`junit-10.xsd`) allows
//! is written.

use std::io;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::ReportError;
use super::messages::{beyond_rows, details, known_message, message_of};
use super::text::{clean, one_line};
use crate::model::{Outcome, TestResult};
use crate::summary::RunSummary;

/// How many characters a message in an attribute may have.
const MESSAGE: usize = 1_000;

pub(super) fn write(summary: &RunSummary, out: &mut dyn io::Write) -> Result<(), ReportError> {
    let header = &summary.header;
    let mut report = Report::new(format!("proofhouse {}", header.run));
    if let Some(footer) = &summary.footer {
        report.set_time(
            (footer.finished_at - header.started_at)
                .to_std()
                .unwrap_or_default(),
        );
    }
    for provider in &summary.providers {
        let mut suite = TestSuite::new(provider.id.as_str());
        suite.set_timestamp(header.started_at);
        suite.set_time(Duration::from_millis(provider.ms_total));
        for result in summary.results_of(provider) {
            suite.add_test_case(case(summary, result));
        }
        report.add_test_suite(suite);
    }
    let mut whole = TestSuite::new(format!("run {}", header.run));
    for (name, message) in beyond_rows(summary) {
        whole.add_test_case(error(&name, &message));
    }
    if !whole.test_cases.is_empty() {
        report.add_test_suite(whole);
    }
    Ok(out.write_all(as_the_schema_has_it(&report.to_string()?).as_bytes())?)
}

/// The root without its count of skips: the schema of the Jenkins plugin, which pipelines validate against, has one on suites only.
fn as_the_schema_has_it(xml: &str) -> String {
    const ROOT: &str = "<testsuites ";
    let count = xml.find(ROOT).and_then(|root| {
        let end = root + xml[root..].find('>')?;
        let start = root + xml[root..end].find(" skipped=\"")?;
        let length = xml[start..end].match_indices('"').nth(1)?.0 + 1;
        Some(start..start + length)
    });
    match count {
        Some(count) => format!("{}{}", &xml[..count.start], &xml[count.end..]),
        None => xml.to_owned(),
    }
}

fn case(summary: &RunSummary, result: &TestResult) -> TestCase {
    let message = message_of(result);
    let with = |mut status: TestCaseStatus, message: String| {
        status.set_message(xml(&message));
        status
    };
    let wrong = |kind, ty: &str| {
        let mut status = with(TestCaseStatus::non_success(kind), one_line(message, MESSAGE));
        status.set_type(ty);
        status.set_description(xml(&details(result)));
        status
    };
    let status = match result.outcome {
        Outcome::Fail if let Some(known) = summary.known_as(result) => with(
            TestCaseStatus::skipped(),
            one_line(&known_message(known, message), MESSAGE),
        ),
        Outcome::Pass => TestCaseStatus::success(),
        Outcome::Fail if summary.is_warning(result) => TestCaseStatus::success(),
        Outcome::Fail => wrong(NonSuccessKind::Failure, "fail"),
        Outcome::Error if summary.is_binding(result) => wrong(NonSuccessKind::Error, "error"),
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
    let mut case = TestCase::new(result.id().to_string(), status);
    case.set_classname(format!("{}.{}", result.provider, result.capability));
    case.set_time(Duration::from_millis(result.ms));
    if summary.is_warning(result) {
        case.set_system_out(xml(&format!("warning: {}", details(result))));
    }
    case
}

fn error(name: &str, message: &str) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_message(xml(&one_line(message, MESSAGE)));
    status.set_type("verdict");
    status.set_description(xml(message));
    TestCase::new(xml(name), status)
}

/// Text without the characters that XML cannot hold: controls are spelt out, two non-characters dropped.
fn xml(text: &str) -> String {
    clean(text).replace(['\u{fffe}', '\u{ffff}'], "")
}
