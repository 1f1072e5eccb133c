//! The formats for pipelines and for people elsewhere, and what hostile texts can do in them: nothing.

use std::collections::BTreeMap;

use proofhouse::event::RunEvent;
use proofhouse::model::{BrokenRule, Failure, Observed, Outcome};
use proofhouse::report::{EventLines, Format, Options};
use proofhouse::summary::RunSummary;
use proptest::prelude::*;

use super::sample::{ends, fold, header, row, run_of, troubled};
use super::shown;

fn of(format: Format, summary: &RunSummary) -> String {
    shown(format, summary, Options::default())
}

/// A failure in whose every text a provider wrote the same.
fn failing(text: &str) -> RunSummary {
    let mut failed = ends(row("a:b", "one", 3), Outcome::Fail, text);
    let owned = || Some(text.to_owned());
    failed.failure = Some(Box::new(Failure {
        rule: Some(BrokenRule {
            capability: "booking.create_booking".to_owned(),
            id: "a_rule".to_owned(),
            words: text.to_owned(),
        }),
        expected: owned(),
        actual: owned(),
        values: vec![Observed {
            path: "output.note".to_owned(),
            value: text.to_owned(),
        }],
        ..Failure::default()
    }));
    let skipped = ends(row("a:b", "two", 0), Outcome::Skip, text);
    // Another message, so that both are told by themselves.
    let mut warned = ends(
        row("a:b", "three", 0),
        Outcome::Fail,
        &format!("it warns: {text}"),
    );
    warned.level = proofhouse::model::Level::Should;
    run_of(vec![failed, skipped, warned])
}

/// Two failures of one cause in whose every text a provider wrote the same.
fn failing_alike(text: &str) -> RunSummary {
    let failed = |name: &str| {
        let mut failed = failing(text).results.remove(0);
        failed.test = name.parse().unwrap();
        // Without a first line there is nothing that two tests could share.
        failed.message = Some(format!("it is wrong: {text}"));
        let mut exchange = super::sample::failure().exchanges.remove(0);
        exchange.input = serde_json::json!({ text: text });
        exchange.body = Some(serde_json::json!({ text: [text, { "place": text }] }).to_string());
        if let Some(failure) = &mut failed.failure {
            failure.exchanges = vec![exchange];
        }
        failed
    };
    run_of(vec![failed("one"), failed("two")])
}

const HOSTILE: &str = "no | `x` ``y`` <script>alert(1)</script> ::error::a%0A [l](http://e.example) # TODO @team \u{1b}[2J\n::set-output name=a::b\n...\n  ---\nok 9\n```\n]]>";

#[test]
fn every_format_tells_what_went_wrong() {
    let summary = troubled();
    insta::assert_snapshot!("tap_troubled", of(Format::Tap, &summary));
    insta::assert_snapshot!("markdown_troubled", of(Format::Markdown, &summary));
    insta::assert_snapshot!("github_troubled", of(Format::Github, &summary));
}

#[test]
fn a_page_of_a_run_needs_no_other_file() {
    let html = of(Format::Html, &failing("the note is missing"));
    insta::assert_snapshot!("html_failing", html);
    for forbidden in [
        "<script", "<link", "<img", " href=", " src=", " style=", " onclick",
    ] {
        assert!(!html.contains(forbidden), "{forbidden}: {html}");
    }
    assert!(
        of(Format::Html, &troubled()).contains("curl "),
        "the calls of a failure are shown"
    );
}

#[test]
fn hostile_texts_are_told_and_do_nothing() {
    let summary = failing(HOSTILE);
    insta::assert_snapshot!("hostile_tap", of(Format::Tap, &summary));
    insta::assert_snapshot!("hostile_markdown", of(Format::Markdown, &summary));
    insta::assert_snapshot!("hostile_github", of(Format::Github, &summary));
    let alike = failing_alike(HOSTILE);
    insta::assert_snapshot!("hostile_markdown_cause", of(Format::Markdown, &alike));
    insta::assert_snapshot!("hostile_github_cause", of(Format::Github, &alike));
}

#[test]
fn a_run_that_was_killed_is_green_in_no_format() {
    let rows = vec![row("a:b", "one", 3)];
    let killed = fold(header(&rows), rows, Vec::new(), None);
    let reports = [
        (Format::Tap, "not ok 2 - verdict"),
        (Format::Tap, "Bail out! the run was killed"),
        (Format::Markdown, "## ❌"),
        (Format::Github, "::error title=proofhouse verdict::incomplete"),
        (Format::Html, "incomplete: the run was killed"),
    ];
    for (format, words) in reports {
        let text = of(format, &killed);
        assert!(text.contains(words), "{format}: {words}: {text}");
    }
}

#[test]
fn of_many_failures_github_is_told_as_many_as_it_shows() {
    let names: Vec<_> = (0..25).map(|number| format!("test_{number}")).collect();
    // Of one message all were one cause.
    let rows = names
        .iter()
        .enumerate()
        .map(|(number, name)| ends(row("a:b", name, 1), Outcome::Fail, &"no ".repeat(number + 1)));
    let text = of(Format::Github, &run_of(rows.collect()));
    assert_eq!(text.matches("::error ").count(), 10);
    assert!(text.contains("::error title=16 more::"), "{text}");
}

/// The lines that begin a point, a plan, a comment or the like, without what follows the number.
fn tap_skeleton(text: &str) -> Vec<String> {
    let lines = text.lines().filter(|line| !line.starts_with("  "));
    lines
        .map(|line| line.split(" - ").next().unwrap().to_owned())
        .collect()
}

/// The tags of a page, without what stands between them.
fn tags(html: &str) -> Vec<&str> {
    html.split('<')
        .skip(1)
        .map(|rest| rest.split('>').next().unwrap())
        .collect()
}

/// The text outside spans and blocks of code, as a Markdown parser reads it.
fn outside_code(markdown: &str) -> String {
    let mut outside = String::new();
    let mut rest = markdown;
    while let Some(at) = rest.find('`') {
        outside.push_str(&rest[..at]);
        let fence: String = rest[at..].chars().take_while(|c| *c == '`').collect();
        let after = &rest[at + fence.len()..];
        let mut from = 0;
        // A span ends at a run of backticks that is exactly as long.
        let end = loop {
            let Some(found) = after[from..].find('`').map(|found| from + found) else {
                panic!("a span of code does not end: {rest}")
            };
            let run = after[found..].chars().take_while(|c| *c == '`').count();
            if run == fence.len() {
                break found;
            }
            from = found + run;
        };
        rest = &after[end + fence.len()..];
    }
    outside + rest
}

fn attributes() -> BTreeMap<&'static str, &'static [&'static str]> {
    // junit-10.xsd of the xunit plugin of Jenkins, as far as this harness writes it.
    BTreeMap::from([
        ("testsuites", &["name", "time", "tests", "failures", "errors"][..]),
        (
            "testsuite",
            &[
                "name",
                "tests",
                "failures",
                "errors",
                "group",
                "time",
                "skipped",
                "timestamp",
                "hostname",
                "id",
                "package",
                "file",
                "log",
                "url",
            ],
        ),
        ("testcase", &["name", "time", "classname", "group"]),
        ("failure", &["type", "message"]),
        ("error", &["type", "message"]),
        ("skipped", &["type", "message"]),
        ("system-out", &[]),
        ("properties", &[]),
        ("property", &["name", "value"]),
    ])
}

/// Names and attributes of the elements of an XML text whose attribute values hold no `<` or `>`, as those of our writer.
fn elements(xml: &str) -> Vec<(String, Vec<String>)> {
    let tags = xml.split('<').skip(1).map(|rest| rest.split('>').next().unwrap());
    tags.filter(|tag| !tag.starts_with(['/', '?']))
        .map(|tag| {
            let (name, rest) = tag.split_once(' ').unwrap_or((tag, ""));
            let keys = rest
                .split('"')
                .step_by(2)
                .filter_map(|key| key.trim().strip_suffix('='));
            (
                name.trim_end_matches('/').to_owned(),
                keys.map(str::to_owned).collect(),
            )
        })
        .collect()
}

#[test]
fn junit_holds_only_what_the_common_schema_allows() {
    let allowed = attributes();
    for summary in [troubled(), failing(HOSTILE)] {
        let xml = of(Format::Junit, &summary);
        let found = elements(&xml);
        assert!(found.iter().any(|(name, _)| name == "failure"), "{xml}");
        for (name, keys) in found {
            let Some(known) = allowed.get(name.as_str()) else {
                panic!("<{name}> is not in the schema: {xml}")
            };
            for key in keys {
                assert!(
                    known.contains(&key.as_str()),
                    "<{name}> has no attribute {key} in the schema"
                );
            }
        }
    }
}

#[test]
fn a_failed_ruling_is_a_pass_with_its_text_in_junit() {
    let mut ruling = ends(row("a:b", "one", 3), Outcome::Fail, "an offset is refused");
    ruling.level = proofhouse::model::Level::Should;
    let xml = of(Format::Junit, &run_of(vec![ruling, row("a:b", "two", 1)]));
    assert!(xml.contains(r#"failures="0""#), "{xml}");
    assert!(
        xml.contains("<system-out>warning: an offset is refused</system-out>"),
        "{xml}"
    );
}

#[test]
fn the_lines_of_a_run_fold_to_the_run_again() {
    let kept = include_str!("../../fixtures/runs/events-v1.jsonl");
    let events: Vec<RunEvent> = kept
        .lines()
        .map(|line| proofhouse::event::decode(line).unwrap())
        .collect();
    let mut out = Vec::new();
    let mut lines = EventLines::new(&mut out);
    events.iter().for_each(|event| lines.push(event));
    lines.finish().unwrap();
    let text = String::from_utf8(out).unwrap();
    let again: Vec<_> = text
        .lines()
        .map(|line| proofhouse::event::decode(line).unwrap())
        .collect();
    let recorded: Vec<_> = events.into_iter().filter(|event| event.kind.recorded()).collect();
    assert!(again == recorded, "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever a provider writes, the bones of each format are those of a run with a harmless text.
    #[test]
    fn no_text_changes_the_bones_of_a_format(text in r"[\x00-\x7f]{0,30}|[`|<>:#%\n\r\[\]&*]{0,12}|\PC{0,20}") {
        for failing in [failing, failing_alike] {
        let (hostile, calm) = (failing(&text), failing("no\nyes"));
        let both = |format| (of(format, &hostile), of(format, &calm));
        let (tap, calm_tap) = both(Format::Tap);
        prop_assert_eq!(tap_skeleton(&tap), tap_skeleton(&calm_tap));
        for line in tap.lines().filter(|line| line.starts_with("  details: ")) {
            let details = serde_saphyr::from_str::<String>(line.trim_start_matches("  details: "));
            prop_assert!(details.is_ok(), "{}", line);
        }
        let (github, calm_github) = both(Format::Github);
        prop_assert_eq!(github.lines().count(), calm_github.lines().count());
        prop_assert!(github.lines().all(|line| ["::error ", "::warning ", "::notice "].iter().any(|kind| line.starts_with(kind))));
        let (html, calm_html) = both(Format::Html);
        prop_assert_eq!(tags(&html), tags(&calm_html));
        let bones: String = outside_code(&of(Format::Markdown, &hostile));
        prop_assert_eq!(bones, outside_code(&of(Format::Markdown, &calm)));
        }
    }
}
