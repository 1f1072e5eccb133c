//! The run as a table for people, with what is wrong explained under it.

use std::io;

use chrono::{DateTime, Utc};

use super::brief::is_brief;
use super::causes::SharedCauses;
use super::explain;
use super::grid::{Column, Kind, lay_out};
use super::labels::Labels;
use super::messages::{counts, verdict_message};
use super::page::{Page, Paint};
use super::status::status;
use super::{Options, ReportError};
use crate::model::{Outcome, TestResult, Verdict, plural};
use crate::summary::{Counts, RunSummary};

/// The most rows of a table. If there are more, those that passed or were skipped are left out.
const MANY_ROWS: usize = 500;
/// The most rows of a run that is told in brief.
const FEW_ROWS: usize = 20;
/// The most providers without a second table that has a row for each.
const MANY_PROVIDERS: usize = 3;

/// The columns of a table of results, as the page of a capability has them.
pub const RESULT_COLUMNS: [Column; 5] = [
    Column::stays("pass", Kind::Word),
    Column::stays("provider", Kind::Name),
    Column::stays("test", Kind::Name),
    Column::goes("ms", Kind::Number, 1),
    Column::goes("when", Kind::Word, 2),
];

pub(super) fn write(
    summary: &RunSummary,
    options: Options,
    out: &mut dyn io::Write,
) -> Result<(), ReportError> {
    let mut page = Page::new(out, options);
    let shared = SharedCauses::of(summary);
    results(&mut page, summary, &shared)?;
    if summary.providers.len() > MANY_PROVIDERS {
        providers(&mut page, summary)?;
    }
    explain::write(&mut page, summary, &shared)?;
    page.empty()?;
    last_line(&mut page, summary)?;
    Ok(())
}

/// Month, day and minute, in UTC.
pub(super) fn minute(when: DateTime<Utc>) -> String {
    when.format("%m-%d %H:%M").to_string()
}

fn results(page: &mut Page<'_>, summary: &RunSummary, shared: &SharedCauses<'_>) -> io::Result<()> {
    if summary.results.is_empty() {
        return page.raw("no test ended");
    }
    let options = page.options();
    let brief = is_brief(summary, options);
    let all = options.verbose || (summary.results.len() <= MANY_ROWS && !brief);
    let calm = |result: &TestResult| matches!(result.outcome, Outcome::Pass | Outcome::Skip);
    let told = |result: &TestResult| brief && shared.cover(result);
    let rows: Vec<&TestResult> = summary
        .results
        .iter()
        .filter(|result| all || !(calm(result) || told(result)))
        .take(if brief { FEW_ROWS } else { usize::MAX })
        .collect();
    let labels = Labels::of(&summary.results);
    if let Some(title) = labels.title() {
        page.painted(0, 2, &title, Paint::Head)?;
        page.empty()?;
    }
    if !rows.is_empty() {
        let has_eras = summary.results.iter().any(|result| result.era.is_some());
        let mut columns = RESULT_COLUMNS.to_vec();
        if has_eras {
            columns.push(Column::goes("era", Kind::Word, 3));
        }
        let cells: Vec<Vec<String>> = rows
            .iter()
            .map(|result| {
                let executed = result.calls > 0 || result.outcome.executed();
                let ms = if executed {
                    result.ms.to_string()
                } else {
                    String::new()
                };
                let mut cells = vec![
                    status(summary, result).0.to_owned(),
                    result.provider.to_string(),
                    labels.label(result),
                    ms,
                    minute(result.when),
                ];
                cells.extend(has_eras.then(|| result.era.clone().unwrap_or_default()));
                cells
            })
            .collect();
        let lines = lay_out(&columns, &cells, options.width);
        for (at, line) in lines.iter().enumerate() {
            let Some(result) = at.checked_sub(1).and_then(|at| rows.get(at)) else {
                page.raw(&page.paint(line, Paint::Faint))?;
                continue;
            };
            // Painted after it was laid out: a painted cell would be measured with its escapes.
            let (word, paint) = status(summary, result);
            match line.strip_prefix(word) {
                Some(rest) => page.raw(&format!("{}{rest}", page.paint(word, paint)))?,
                None => page.raw(line)?,
            }
        }
    }
    let hidden = summary.results.len() - rows.len();
    if hidden == 0 {
        return Ok(());
    }
    let calm = summary.results.iter().filter(|result| calm(result)).count();
    let told = if brief { shared.told() } else { 0 };
    let mut left_out = Vec::new();
    if calm > 0 {
        left_out.push(format!("{calm} passed and skipped rows"));
    }
    if told > 0 {
        left_out.push(format!("{told} that the causes tell"));
    }
    if let Some(more @ 1..) = hidden.checked_sub(calm + told) {
        left_out.push(format!("{more} more"));
    }
    let left_out = left_out.join(" and ");
    page.paragraph(0, 0, &format!("{left_out} are not shown; --verbose shows all"))
}

fn providers(page: &mut Page<'_>, summary: &RunSummary) -> io::Result<()> {
    let all: Vec<_> = summary
        .providers
        .iter()
        .map(|one| summary.counts_of(one))
        .collect();
    // A column of nothing but noughts only takes room. The first one is that of the passes, which stand before their sum.
    let counts = Counts::COLUMNS.into_iter().skip(1);
    let counts: Vec<_> = counts
        .filter(|(_, count)| all.iter().any(|one| count(one) > 0))
        .collect();
    let mut columns = vec![
        Column::stays("provider", Kind::Name),
        Column::stays("pass", Kind::Number),
    ];
    columns.extend(counts.iter().map(|&(title, _)| Column {
        title,
        kind: Kind::Number,
        drop: Some(1),
    }));
    columns.push(Column::goes("ms total", Kind::Number, 3));
    columns.push(Column::goes("ms/call", Kind::Number, 2));
    let rows: Vec<Vec<String>> = summary
        .providers
        .iter()
        .zip(&all)
        .map(|(provider, found)| {
            let mut row = vec![
                provider.id.to_string(),
                format!("{}/{}", found.passed, found.sum()),
            ];
            row.extend(counts.iter().map(|(_, count)| count(found).to_string()));
            let of_call = provider.ms_call_median;
            row.push(of_call.map_or_else(String::new, |_| provider.ms_total.to_string()));
            row.push(of_call.map_or_else(String::new, |ms| ms.to_string()));
            row
        })
        .collect();
    page.empty()?;
    page.grid(&columns, &rows)
}

fn last_line(page: &mut Page<'_>, summary: &RunSummary) -> io::Result<()> {
    let verdict = summary.verdict();
    let paint = match verdict {
        Verdict::Conformant => Paint::Good,
        Verdict::Failed | Verdict::Stale | Verdict::Unreachable => Paint::Bad,
        Verdict::Bug | Verdict::Incomplete | Verdict::Unproven | Verdict::Known | Verdict::Part => {
            Paint::Doubt
        }
    };
    let mut parts = vec![
        counts(summary),
        plural(summary.providers.len(), "provider"),
        verdict_message(summary),
        format!("run {} (seed {})", summary.header.run, summary.header.seed),
    ];
    parts.extend(
        summary
            .header
            .selection
            .calls
            .iter()
            .map(|calls| format!("calls {calls}")),
    );
    page.painted(0, 0, &parts.join(" · "), paint)
}
