//! The run as JUnit XML. A suite a provider, a case a test.
//!
//! JUnit has four outcomes where a run has more: `fail` is a failure, `error` an error, `skip` and `blocked` are skipped (what blocked
//! a test is a failed row of its own), as is a failure that the baseline knows. A failed ruling is a pass with its text as output. A
//! message that belongs to no row, such as an interruption or a baseline that is out of date, is an error in a suite named after the
//! run, so that no pipeline takes the file for green. Only elements and attributes of the schema of the Jenkins plugin
//! (`junit-10.xsd`) are written.

use std::io;
use std::time::Duration;

use chrono::{DateTime, Utc};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::ReportError;
use super::claims::judged_claims_of;
use super::messages::{beyond_rows, details, known_message, message_of};
use super::text::{clean, one_line};
use crate::model::{Outcome, TestResult};
use crate::summary::{ClaimSummary, ProviderSummary, RunSummary};

/// The most characters of a message in an attribute.
const MESSAGE: usize = 1_000;

pub(super) fn write(summary: &RunSummary, out: &mut dyn io::Write) -> Result<(), ReportError> {
    let providers = summary.providers.iter();
    let mut suites: Vec<Suite> = providers.map(|provider| suite(summary, provider)).collect();
    let beyond: Vec<Case> = beyond_rows(summary)
        .into_iter()
        .map(|(name, message)| beyond_case(name, &message))
        .collect();
    if !beyond.is_empty() {
        suites.push(Suite {
            name: format!("run {}", summary.header.run),
            ran: None,
            claims: Vec::new(),
            cases: beyond,
        });
    }
    let mut xml = Writer::new_with_indent(out, b' ', 4);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let count = |tag| suites.iter().map(|suite| suite.count(tag)).sum::<usize>();
    // The schema has the number of skipped cases on suites only, not on the root.
    let mut root = BytesStart::new("testsuites");
    attribute(&mut root, "name", &format!("proofhouse {}", summary.header.run));
    let tests = suites.iter().map(|suite| suite.cases.len()).sum::<usize>();
    attribute(&mut root, "tests", &tests.to_string());
    attribute(&mut root, "failures", &count("failure").to_string());
    attribute(&mut root, "errors", &count("error").to_string());
    if let Some(footer) = &summary.footer {
        let took = (footer.finished_at - summary.header.started_at).to_std();
        attribute(&mut root, "time", &seconds(took.unwrap_or_default()));
    }
    xml.write_event(Event::Start(root))?;
    for suite in &suites {
        suite.write(&mut xml)?;
    }
    xml.write_event(Event::End(BytesEnd::new("testsuites")))?;
    Ok(xml.write_indent()?)
}

/// A `testsuite`: the tests of one provider, or what no test says.
struct Suite {
    name: String,
    /// The start of the run, and the time spent waiting for the provider.
    ran: Option<(DateTime<Utc>, Duration)>,
    /// What the run says of each claim, as properties: `capability@version` and its words.
    claims: Vec<(String, String)>,
    cases: Vec<Case>,
}

impl Suite {
    /// The number of cases that hold such an element.
    fn count(&self, tag: &str) -> usize {
        let ended = |case: &&Case| case.end.as_ref().is_some_and(|end| end.tag == tag);
        self.cases.iter().filter(ended).count()
    }

    fn write(&self, xml: &mut Writer<impl io::Write>) -> io::Result<()> {
        let mut start = BytesStart::new("testsuite");
        attribute(&mut start, "name", &self.name);
        attribute(&mut start, "tests", &self.cases.len().to_string());
        for (name, tag) in [
            ("skipped", "skipped"),
            ("errors", "error"),
            ("failures", "failure"),
        ] {
            attribute(&mut start, name, &self.count(tag).to_string());
        }
        if let Some((started_at, waited)) = self.ran {
            let instant = started_at.format("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string();
            attribute(&mut start, "timestamp", &instant);
            attribute(&mut start, "time", &seconds(waited));
        }
        if self.cases.is_empty() && self.claims.is_empty() {
            return xml.write_event(Event::Empty(start));
        }
        xml.write_event(Event::Start(start))?;
        if !self.claims.is_empty() {
            xml.write_event(Event::Start(BytesStart::new("properties")))?;
            for (name, value) in &self.claims {
                let mut property = BytesStart::new("property");
                attribute(&mut property, "name", name);
                attribute(&mut property, "value", value);
                xml.write_event(Event::Empty(property))?;
            }
            xml.write_event(Event::End(BytesEnd::new("properties")))?;
        }
        for case in &self.cases {
            case.write(xml)?;
        }
        xml.write_event(Event::End(BytesEnd::new("testsuite")))
    }
}

/// A `testcase`.
struct Case {
    name: String,
    class: Option<String>,
    waited: Option<Duration>,
    /// None for a pass.
    end: Option<End>,
    output: Option<String>,
}

impl Case {
    fn write(&self, xml: &mut Writer<impl io::Write>) -> io::Result<()> {
        let mut start = BytesStart::new("testcase");
        attribute(&mut start, "name", &self.name);
        if let Some(class) = &self.class {
            attribute(&mut start, "classname", class);
        }
        if let Some(waited) = self.waited {
            attribute(&mut start, "time", &seconds(waited));
        }
        if self.end.is_none() && self.output.is_none() {
            return xml.write_event(Event::Empty(start));
        }
        xml.write_event(Event::Start(start))?;
        if let Some(end) = &self.end {
            end.write(xml)?;
        }
        if let Some(output) = &self.output {
            element(xml, BytesStart::new("system-out"), output)?;
        }
        xml.write_event(Event::End(BytesEnd::new("testcase")))
    }
}

/// The element of a case that did not pass.
struct End {
    /// `failure`, `error` or `skipped`.
    tag: &'static str,
    message: String,
    /// The type of the failure or error, and its text. None for a skipped case.
    details: Option<(&'static str, String)>,
}

impl End {
    fn write(&self, xml: &mut Writer<impl io::Write>) -> io::Result<()> {
        let mut start = BytesStart::new(self.tag);
        attribute(&mut start, "message", &self.message);
        let Some((kind, text)) = &self.details else {
            return xml.write_event(Event::Empty(start));
        };
        attribute(&mut start, "type", kind);
        element(xml, start, text)
    }
}

fn suite(summary: &RunSummary, provider: &ProviderSummary) -> Suite {
    let results = summary.results_of(provider).iter();
    Suite {
        name: provider.id.to_string(),
        ran: Some((
            summary.header.started_at,
            Duration::from_millis(provider.ms_total),
        )),
        claims: judged_claims_of(summary, std::slice::from_ref(provider))
            .map(|claim| property(&claim))
            .collect(),
        cases: results.map(|result| case(summary, result)).collect(),
    }
}

/// The claim as a property of its suite.
fn property(claim: &ClaimSummary) -> (String, String) {
    let name = format!("claim {}@{}", claim.capability, claim.version);
    (name, one_line(&claim.in_words(), MESSAGE))
}

fn case(summary: &RunSummary, result: &TestResult) -> Case {
    let message = message_of(result);
    let wrong = |tag, kind| {
        Some(End {
            tag,
            message: one_line(message, MESSAGE),
            details: Some((kind, details(summary, result))),
        })
    };
    let skipped = |message| {
        Some(End {
            tag: "skipped",
            message,
            details: None,
        })
    };
    let end = match result.outcome {
        Outcome::Fail if let Some(known) = summary.known_as(result) => {
            skipped(one_line(&known_message(known, message), MESSAGE))
        }
        Outcome::Pass => None,
        Outcome::Fail if summary.is_warning(result) => None,
        Outcome::Fail => wrong("failure", "fail"),
        Outcome::Error if summary.is_binding(result) => wrong("error", "error"),
        Outcome::Error => skipped(format!("error: {}", one_line(message, MESSAGE))),
        Outcome::Blocked => skipped(format!("blocked: {}", one_line(message, MESSAGE))),
        Outcome::Skip => skipped(one_line(message, MESSAGE)),
    };
    let warning = summary.is_warning(result);
    Case {
        name: result.id().to_string(),
        class: Some(format!("{}.{}", result.provider, result.capability)),
        waited: Some(Duration::from_millis(result.ms)),
        end,
        output: warning.then(|| format!("warning: {}", details(summary, result))),
    }
}

/// A case for what no test says. It is an error, so that no pipeline takes the file for green.
fn beyond_case(name: String, message: &str) -> Case {
    Case {
        name,
        class: None,
        waited: None,
        end: Some(End {
            tag: "error",
            message: one_line(message, MESSAGE),
            details: Some(("verdict", message.to_owned())),
        }),
        output: None,
    }
}

/// Adds an attribute. Its value is cleaned here, and escaped by the library.
fn attribute(start: &mut BytesStart<'_>, name: &str, value: &str) {
    start.push_attribute((name, allowed(value).as_str()));
}

/// Writes an element that holds only text.
fn element(xml: &mut Writer<impl io::Write>, start: BytesStart<'_>, text: &str) -> io::Result<()> {
    let end = start.to_end().into_owned();
    xml.write_event(Event::Start(start))?;
    xml.write_event(Event::Text(BytesText::new(&allowed(text))))?;
    xml.write_event(Event::End(end))
}

/// Text without the characters that XML cannot hold (XML 1.0, section 2.2): controls are spelt out, two non-characters dropped.
fn allowed(text: &str) -> String {
    clean(text).replace(['\u{fffe}', '\u{ffff}'], "")
}

/// Seconds with three decimals.
fn seconds(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64())
}
