//! Explains the results of a run below its table: skips, blocked tests, notes, leftovers, errors and failures.

use std::io;

use indexmap::IndexMap;

use super::causes::SharedCauses;
use super::claims::{claim_line, claim_name, judged_claims, kept_lines, unproven_reason, untested_lines};
use super::curl::curl_line;
use super::messages::{known_message, message_of, out_of_date_message, version_note};
use super::page::Page;
use super::repeat_line::repeat_line;
use super::reproduce::record_of;
use super::status::status;
use super::text::{clean, one_line, safe_json};
use crate::event::ProviderRecord;
use crate::model::{Endpoint, Exchange, Outcome, ProviderId, TestResult, Verdict, clip, plural};
use crate::summary::{ClaimStanding, ClaimSummary, RunSummary};

/// The most failures that are explained, and the most lines of a list, without `verbose`.
const MANY: usize = 50;
/// The most claims of which each has a line of its own.
const FEW_CLAIMS: usize = 30;
/// The most leftovers of which each has a line of its own, without `verbose`.
const FEW_LEFTOVERS: usize = 5;
/// The most characters of a text that are shown.
const LONG: usize = 400;
/// The same with `verbose`.
const LONG_VERBOSE: usize = 4_000;
/// The most lines of a message that are shown.
const MESSAGE_LINES: usize = 8;

pub(super) fn write(page: &mut Page<'_>, summary: &RunSummary) -> io::Result<()> {
    let shared = SharedCauses::of(summary);
    shared.write(page)?;
    let verbose = page.options().verbose;
    // What a cause tells is told once.
    let told = |result: &TestResult| !verbose && shared.cover(result);
    claims(page, summary)?;
    groups(page, summary, Outcome::Skip, "Skipped", &told)?;
    groups(page, summary, Outcome::Blocked, "Blocked", &told)?;
    if !summary.notes.is_empty() {
        page.title("Notes")?;
        let notes = summary
            .notes
            .iter()
            .map(|(provider, note)| (provider, note.as_str()));
        grouped(page, notes)?;
    }
    leftovers(page, summary)?;
    if !verbose {
        groups(page, summary, Outcome::Error, "Errors", &told)?;
    }
    known(page, summary)?;
    failures(page, summary, &told)?;
    out_of_date(page, summary)?;
    if summary.verdict() == Verdict::Unproven {
        unproven(page, summary)?;
    }
    Ok(())
}

/// One line a claim, then the rules that were not tested, by reason.
fn claims(page: &mut Page<'_>, summary: &RunSummary) -> io::Result<()> {
    let judged = judged_claims(summary).count();
    if judged == 0 {
        return Ok(());
    }
    page.title("Claims")?;
    if let Some(why) = summary.why_filtered() {
        page.paragraph(2, 2, &format!("no claim is judged: {why}"))?;
    }
    let verbose = page.options().verbose;
    let limit = if verbose { usize::MAX } else { MANY };
    // Of many claims, those that are kept are told together.
    let together = !verbose && judged > FEW_CLAIMS;
    let kept = |claim: &ClaimSummary| together && claim.standing == ClaimStanding::Conformant;
    let open = judged_claims(summary).filter(|claim| !kept(claim)).count();
    if open < judged {
        for line in kept_lines(judged_claims(summary).filter(kept)) {
            page.paragraph(2, 4, &one_line(&line, LONG))?;
        }
    }
    for claim in judged_claims(summary).filter(|claim| !kept(claim)).take(limit) {
        page.paragraph(2, 4, &one_line(&claim_line(&claim), LONG))?;
    }
    page.rest(open, limit, "more claim")?;
    for line in untested_lines(judged_claims(summary)) {
        page.paragraph(2, 4, &one_line(&line, LONG))?;
    }
    Ok(())
}

/// One line for each distinct reason, with how often it was given and by whom.
fn groups(
    page: &mut Page<'_>,
    summary: &RunSummary,
    outcome: Outcome,
    title: &str,
    told: &dyn Fn(&TestResult) -> bool,
) -> io::Result<()> {
    let results: Vec<_> = summary
        .results
        .iter()
        .filter(|result| result.outcome == outcome && !told(result))
        .collect();
    if results.is_empty() {
        return Ok(());
    }
    page.title(title)?;
    let reasons = results
        .iter()
        .map(|result| (&result.provider, message_of(result)));
    grouped(page, reasons)
}

fn grouped<'a>(
    page: &mut Page<'_>,
    items: impl Iterator<Item = (&'a ProviderId, &'a str)>,
) -> io::Result<()> {
    /// The most providers that a line names.
    const NAMED: usize = 3;
    let mut groups: IndexMap<String, (usize, Vec<&ProviderId>)> = IndexMap::new();
    for (provider, text) in items {
        let (count, providers) = groups.entry(one_line(text, LONG)).or_default();
        *count += 1;
        if providers.last() != Some(&provider) {
            providers.push(provider);
        }
    }
    let limit = if page.options().verbose { usize::MAX } else { MANY };
    for (text, (count, providers)) in groups.iter().take(limit) {
        let times = if *count > 1 {
            format!("{count} × ")
        } else {
            String::new()
        };
        let mut named = providers
            .iter()
            .take(NAMED)
            .map(|id| id.as_str())
            .collect::<Vec<_>>()
            .join(", ");
        if providers.len() > NAMED {
            named = format!("{named} and {} more", providers.len() - NAMED);
        }
        page.paragraph(2, 2, &format!("{times}{text} ({named})"))?;
    }
    page.rest(groups.len(), limit, "more reason")
}

/// What can be done about what a run left behind.
pub(super) fn clean_up_advice(summary: &RunSummary, not_stored: bool) -> String {
    match not_stored {
        true => "the run is not stored, so this has to be taken back by hand".to_owned(),
        false => format!("`proofhouse cleanup {}` tries again", summary.header.run),
    }
}

fn leftovers(page: &mut Page<'_>, summary: &RunSummary) -> io::Result<()> {
    if summary.leftovers.is_empty() {
        return Ok(());
    }
    page.title("Left over at the providers")?;
    let verbose = page.options().verbose;
    if !verbose && summary.leftovers.len() > FEW_LEFTOVERS {
        let reasons = summary.leftovers.iter();
        grouped(page, reasons.map(|left| (&left.provider, left.reason.as_str())))?;
        let advice = clean_up_advice(summary, page.options().not_stored);
        return page.paragraph(2, 2, &format!("{advice}; --verbose shows each"));
    }
    for left in &summary.leftovers {
        let undo = match &left.input {
            Some(input) => format!("{} {}", left.tool, one_line(&safe_json(input), LONG)),
            None => format!("{}, its input is not known", left.tool),
        };
        let (made, reason) = (one_line(&left.made, LONG), one_line(&left.reason, LONG));
        page.paragraph(
            2,
            2,
            &format!("{}  {made}: {reason}; undone by {undo}", left.provider),
        )?;
    }
    let advice = clean_up_advice(summary, page.options().not_stored);
    page.paragraph(2, 2, &advice)
}

/// The known failures, one line each. They were explained when they were new.
fn known(page: &mut Page<'_>, summary: &RunSummary) -> io::Result<()> {
    if summary.known_failures() == 0 {
        return Ok(());
    }
    page.title("Known failures")?;
    let limit = if page.options().verbose { usize::MAX } else { MANY };
    let known = summary
        .results
        .iter()
        .filter_map(|result| Some((result, summary.known_as(result)?)));
    for (result, entry) in known.take(limit) {
        let line = format!(
            "{}  {}: {}",
            entry.provider,
            entry.test,
            known_message(entry, message_of(result))
        );
        page.paragraph(2, 2, &one_line(&line, LONG))?;
    }
    page.rest(summary.known_failures(), limit, "more known failure")
}

/// The entries of the baseline that make the run red.
fn out_of_date(page: &mut Page<'_>, summary: &RunSummary) -> io::Result<()> {
    let entries = &summary.known.out_of_date;
    let (Some(baseline), false) = (&summary.header.baseline, entries.is_empty()) else {
        return Ok(());
    };
    page.title("Baseline out of date")?;
    let limit = if page.options().verbose { usize::MAX } else { MANY };
    for out in entries.iter().take(limit) {
        let line = format!(
            "{}:{}  {}",
            baseline.file,
            out.entry.line,
            out_of_date_message(out)
        );
        page.paragraph(2, 2, &one_line(&line, LONG))?;
    }
    page.rest(entries.len(), limit, "more such line")
}

fn failures(page: &mut Page<'_>, summary: &RunSummary, told: &dyn Fn(&TestResult) -> bool) -> io::Result<()> {
    let verbose = page.options().verbose;
    let shown = |result: &&TestResult| {
        let fresh = summary.known_as(result).is_none();
        let wrong = result.outcome == Outcome::Fail && (verbose || fresh)
            || (verbose && result.outcome == Outcome::Error);
        wrong && !told(result)
    };
    let mut results: Vec<_> = summary.results.iter().filter(shown).collect();
    if results.is_empty() {
        return Ok(());
    }
    // The failures that decide come last, next to the verdict.
    results.sort_by_key(|result| !summary.is_warning(result) && summary.known_as(result).is_none());
    let limit = if verbose { usize::MAX } else { MANY };
    let left_out = results.len().saturating_sub(limit);
    if left_out > 0 {
        page.empty()?;
        page.paragraph(
            0,
            2,
            &format!("… {}; --verbose explains all", plural(left_out, "more failure")),
        )?;
    }
    for result in results.into_iter().skip(left_out) {
        failure(page, summary, result)?;
    }
    Ok(())
}

fn failure(page: &mut Page<'_>, summary: &RunSummary, result: &TestResult) -> io::Result<()> {
    let verbose = page.options().verbose;
    let long = if verbose { LONG_VERBOSE } else { LONG };
    let (word, paint) = status(summary, result);
    page.empty()?;
    let heading = format!(
        "{word}  {}  {}@{}/{}",
        result.provider, result.capability, result.version, result.test
    );
    page.painted(0, 2, &heading, paint)?;
    for line in message_of(result)
        .lines()
        .filter(|line| !line.trim().is_empty())
        .take(MESSAGE_LINES)
    {
        page.paragraph(2, 0, &clip(line.trim_end(), long))?;
    }
    if let Some(failure) = result.failure.as_deref() {
        if let Some(rule) = &failure.rule {
            page.field("rule", &format!("{}, {}", rule.id, rule.capability))?;
            page.field("", &clip(&format!("“{}”", rule.words.trim()), long))?;
        }
        let fields = [
            ("case", &failure.case),
            ("step", &failure.step),
            ("check", &failure.check),
            ("expected", &failure.expected),
            ("actual", &failure.actual),
        ];
        for (label, text) in fields {
            if let Some(text) = text {
                page.field(label, &clip(text, long))?;
            }
        }
        if let Some(note) = version_note(summary, result) {
            page.field("version", &note)?;
        }
        let mut label = "values";
        for value in &failure.values {
            page.field(
                std::mem::take(&mut label),
                &clip(&format!("{} = {}", value.path, value.value), long),
            )?;
        }
    }
    let mut label = "cases";
    for case in result.cases.iter().filter(|case| case.outcome != Outcome::Pass) {
        let message = case
            .message
            .as_deref()
            .map_or_else(String::new, |text| format!(": {}", one_line(text, long)));
        page.field(
            std::mem::take(&mut label),
            &format!("{} {}{message}", case.case, case.outcome),
        )?;
    }
    if result.flaky {
        page.field("flaky", "a retry passed")?;
    }
    for note in &result.notes {
        page.field("note", &clip(note, long))?;
    }
    let calls = summary.calls_of(result);
    if let Some(line) = repeat_line(summary, result, &calls) {
        // Never wrapped: it is there to be copied.
        page.raw(&format!("  repeat    {}", clean(&line)))?;
    }
    if !verbose {
        return Ok(());
    }
    for (at, exchange) in calls.iter().enumerate() {
        let title = format!("{} of {}, {}", at + 1, calls.len(), exchange.tool);
        page.field("call", &title)?;
        call(page, record_of(summary, result), exchange)?;
    }
    Ok(())
}

fn call(page: &mut Page<'_>, record: Option<&ProviderRecord>, exchange: &Exchange) -> io::Result<()> {
    let http = record.is_some_and(|record| matches!(record.endpoint, Endpoint::Http { .. }));
    let request = if exchange.by_dialect {
        format!("{} through its dialect at {}", exchange.tool, exchange.target)
    } else if http {
        format!("POST {}", exchange.target)
    } else {
        format!("tools/call {} at {}", exchange.tool, exchange.target)
    };
    page.field(">", &request)?;
    for (name, value) in &exchange.request_headers {
        page.field(">", &format!("{name}: {value}"))?;
    }
    page.field(">", &clip(&safe_json(&exchange.input), LONG_VERBOSE))?;
    if let Some(status) = exchange.status {
        page.field("<", &status.to_string())?;
    }
    for (name, value) in &exchange.response_headers {
        page.field("<", &clip(&format!("{name}: {value}"), LONG))?;
    }
    if let Some(body) = &exchange.body {
        page.field("<", &clip(body, LONG_VERBOSE))?;
    }
    if let Some(trouble) = &exchange.trouble {
        page.field("trouble", &clip(trouble, LONG))?;
    }
    page.field(
        "took",
        &format!("{} ms, sent {}", exchange.ms, plural(exchange.attempts, "time")),
    )?;
    if let Some(line) = record.and_then(|record| curl_line(record, exchange)) {
        // Never wrapped: it is there to be copied.
        page.raw(&format!("  {}", clean(&line)))?;
    }
    Ok(())
}

fn unproven(page: &mut Page<'_>, summary: &RunSummary) -> io::Result<()> {
    page.title("Not proven")?;
    let claims = summary.unproven();
    if claims.is_empty() {
        page.paragraph(2, 2, "no test was executed")?;
    }
    let limit = if page.options().verbose { usize::MAX } else { MANY };
    for claim in claims.iter().take(limit) {
        let line = format!("{}: {}", claim_name(claim), unproven_reason(claim));
        page.paragraph(2, 4, &one_line(&line, LONG))?;
    }
    page.rest(claims.len(), limit, "more claim")
}
