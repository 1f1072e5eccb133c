//! Explains the results of a run below its table: causes, claims, skips, blocked tests, notes, leftovers and errors.

use std::io;

use indexmap::IndexMap;

use super::brief::is_brief;
use super::causes::SharedCauses;
use super::claims::{
    claim_line, claim_name, judged_claims, kept_lines, open_lines, unproven_reason, untested_lines,
};
use super::messages::{known_message, message_of, out_of_date_message};
use super::page::Page;
use super::text::{one_line, safe_json};
use super::{cause_blocks, failure_blocks};
use crate::model::{Outcome, ProviderId, TestResult, Verdict};
use crate::summary::{ClaimStanding, ClaimSummary, RunSummary};

/// The most failures that are explained, and the most lines of a list, without `verbose`.
const MANY: usize = 50;
/// The most claims of which each has a line of its own, and the most where others are told together.
const FEW_CLAIMS: usize = 30;
const FEW_CLAIMS_BRIEF: usize = 5;
/// The most reasons of a kind where the causes matter more.
const FEW_REASONS: usize = 2;
/// The most leftovers of which each has a line of its own, without `verbose`.
const FEW_LEFTOVERS: usize = 5;
/// The most characters of a text that are shown.
const LONG: usize = 400;

pub(super) fn write(page: &mut Page<'_>, summary: &RunSummary, shared: &SharedCauses<'_>) -> io::Result<()> {
    cause_blocks::write(page, summary, shared)?;
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
        grouped(page, notes, MANY)?;
    }
    leftovers(page, summary)?;
    if !verbose {
        groups(page, summary, Outcome::Error, "Errors", &told)?;
    }
    known(page, summary)?;
    failure_blocks::write(page, summary, &told)?;
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
    if is_brief(summary, page.options()) && judged > FEW_CLAIMS_BRIEF {
        let kept = judged_claims(summary).filter(|claim| claim.standing == ClaimStanding::Conformant);
        let open = judged_claims(summary).filter(|claim| claim.standing != ClaimStanding::Conformant);
        for line in kept_lines(kept).into_iter().chain(open_lines(open)) {
            page.paragraph(2, 4, &one_line(&line, LONG))?;
        }
        return untested(page, summary);
    }
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
    untested(page, summary)
}

fn untested(page: &mut Page<'_>, summary: &RunSummary) -> io::Result<()> {
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
    // The claims say what was not tested, and what would test it.
    let few = outcome == Outcome::Skip && is_brief(summary, page.options());
    grouped(page, reasons, if few { FEW_REASONS } else { MANY })
}

fn grouped<'a>(
    page: &mut Page<'_>,
    items: impl Iterator<Item = (&'a ProviderId, &'a str)>,
    most: usize,
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
    let limit = if page.options().verbose { usize::MAX } else { most };
    // What most tests are about comes first where not all is shown.
    if groups.len() > limit {
        groups.sort_by(|_, one, _, other| other.0.cmp(&one.0));
    }
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
        grouped(
            page,
            reasons.map(|left| (&left.provider, left.reason.as_str())),
            MANY,
        )?;
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
