//! The run as a table for people, with what is wrong explained under it.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use chrono::{DateTime, Utc};

use super::explain;
use super::grid::{Column, Kind, lay_out};
use super::page::{Page, Paint};
use super::words::{counts, verdict_words};
use super::{Options, ReportError};
use crate::model::{CapabilityId, Level, Outcome, TestResult, Verdict, Version};
use crate::summary::{ProviderSummary, RunSummary};

/// With more rows than this, those that need nobody's attention are left out of the table.
const MANY_ROWS: usize = 500;
/// With more providers than this, each is summed up in a line of its own.
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
    results(&mut page, summary)?;
    if summary.providers.len() > MANY_PROVIDERS {
        providers(&mut page, summary)?;
    }
    explain::write(&mut page, summary)?;
    page.empty()?;
    last_line(&mut page, summary)?;
    Ok(())
}

/// The word for a result, and its colour. The words differ without any colour.
pub(super) fn word(summary: &RunSummary, result: &TestResult) -> (&'static str, Paint) {
    if summary.known_as(result).is_some() {
        return ("known", Paint::Doubt);
    }
    let decides = if summary.is_warning(result) {
        Level::Should
    } else {
        Level::Must
    };
    let paint = match (result.outcome, decides) {
        (Outcome::Pass, _) => Paint::Good,
        (Outcome::Fail, Level::Must) | (Outcome::Error, _) => Paint::Bad,
        (Outcome::Fail, Level::Should) | (Outcome::Blocked, _) => Paint::Doubt,
        (Outcome::Skip, _) => Paint::Faint,
    };
    (outcome_word(result.outcome, decides), paint)
}

/// The word for an outcome in a table. A failure that decides nothing is a warning.
pub fn outcome_word(outcome: Outcome, level: Level) -> &'static str {
    match (outcome, level) {
        (Outcome::Fail, Level::Should) => "warn",
        (Outcome::Fail, Level::Must) => "FAIL",
        (other, _) => other.as_str(),
    }
}

/// Month, day and minute, in UTC.
pub(super) fn minute(when: DateTime<Utc>) -> String {
    when.format("%m-%d %H:%M").to_string()
}

fn results(page: &mut Page<'_>, summary: &RunSummary) -> io::Result<()> {
    if summary.results.is_empty() {
        return page.raw("no test ended");
    }
    let options = page.options();
    let all = options.verbose || summary.results.len() <= MANY_ROWS;
    let calm = |result: &TestResult| matches!(result.outcome, Outcome::Pass | Outcome::Skip);
    let rows: Vec<&TestResult> = summary
        .results
        .iter()
        .filter(|result| all || !calm(result))
        .collect();
    let labels = Labels::of(&summary.results);
    if let Some(title) = labels.title() {
        page.painted(0, 2, &title, Paint::Head)?;
        page.empty()?;
    }
    if !rows.is_empty() {
        let cells: Vec<Vec<String>> = rows
            .iter()
            .map(|result| {
                let executed = result.calls > 0 || result.outcome.executed();
                let ms = if executed {
                    result.ms.to_string()
                } else {
                    String::new()
                };
                vec![
                    word(summary, result).0.to_owned(),
                    result.provider.to_string(),
                    labels.label(result),
                    ms,
                    minute(result.when),
                ]
            })
            .collect();
        let lines = lay_out(&RESULT_COLUMNS, &cells, options.width);
        for (at, line) in lines.iter().enumerate() {
            let Some(result) = at.checked_sub(1).and_then(|at| rows.get(at)) else {
                page.raw(&page.paint(line, Paint::Faint))?;
                continue;
            };
            // Painted after it was laid out: a painted cell would be measured with its escapes.
            let (word, paint) = word(summary, result);
            match line.strip_prefix(word) {
                Some(rest) => page.raw(&format!("{}{rest}", page.paint(word, paint)))?,
                None => page.raw(line)?,
            }
        }
    }
    let hidden = summary.results.len() - rows.len();
    if hidden > 0 {
        page.paragraph(
            0,
            0,
            &format!("{hidden} passed and skipped rows are not shown; --verbose shows all"),
        )?;
    }
    Ok(())
}

fn providers(page: &mut Page<'_>, summary: &RunSummary) -> io::Result<()> {
    type Count = fn(&RunSummary, &ProviderSummary) -> usize;
    const COUNTS: [(&str, Count); 6] = [
        ("fail", |summary, provider| {
            provider.totals.fail - provider.known - warnings(summary, provider)
        }),
        ("known", |_, provider| provider.known),
        ("warn", warnings),
        ("error", |_, provider| provider.totals.error),
        ("blocked", |_, provider| provider.totals.blocked),
        ("skip", |_, provider| provider.totals.skip),
    ];
    // A column of nothing but noughts only takes room.
    let counts: Vec<_> = COUNTS
        .into_iter()
        .filter(|(_, count)| {
            summary
                .providers
                .iter()
                .any(|provider| count(summary, provider) > 0)
        })
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
    columns.push(Column::goes("median", Kind::Number, 2));
    let rows: Vec<Vec<String>> = summary
        .providers
        .iter()
        .map(|provider| {
            let totals = provider.totals;
            let mut row = vec![
                provider.id.to_string(),
                format!("{}/{}", totals.pass, totals.sum()),
            ];
            row.extend(
                counts
                    .iter()
                    .map(|(_, count)| count(summary, provider).to_string()),
            );
            row.push(
                provider
                    .ms_median
                    .map_or_else(String::new, |_| provider.ms_total.to_string()),
            );
            row.push(provider.ms_median.map_or_else(String::new, |ms| ms.to_string()));
            row
        })
        .collect();
    page.empty()?;
    page.grid(&columns, &rows)
}

fn warnings(summary: &RunSummary, provider: &ProviderSummary) -> usize {
    if summary.header.selection.strict {
        0
    } else {
        provider.should_failures
    }
}

fn last_line(page: &mut Page<'_>, summary: &RunSummary) -> io::Result<()> {
    let verdict = summary.verdict();
    let paint = match verdict {
        Verdict::Conformant => Paint::Good,
        Verdict::Failed | Verdict::Stale | Verdict::Unreachable => Paint::Bad,
        Verdict::Incomplete | Verdict::Unproven | Verdict::Known | Verdict::Part => Paint::Doubt,
    };
    let parts = [
        counts(summary),
        plural(summary.providers.len(), "provider"),
        verdict_words(summary),
        format!("run {} (seed {})", summary.header.run, summary.header.seed),
    ];
    page.painted(0, 0, &parts.join(" · "), paint)
}

/// A number with its noun.
pub fn plural(count: usize, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}

/// How tests are named in a table: as shortly as the run allows.
pub(super) struct Labels {
    capabilities: BTreeMap<CapabilityId, BTreeSet<Version>>,
    ambiguous_tools: BTreeSet<String>,
}

impl Labels {
    pub(super) fn of(results: &[TestResult]) -> Self {
        let mut capabilities: BTreeMap<CapabilityId, BTreeSet<Version>> = BTreeMap::new();
        for result in results {
            if !capabilities
                .get(&result.capability)
                .is_some_and(|versions| versions.contains(&result.version))
            {
                capabilities
                    .entry(result.capability.clone())
                    .or_default()
                    .insert(result.version.clone());
            }
        }
        let (mut seen, mut ambiguous_tools) = (BTreeSet::new(), BTreeSet::new());
        for tool in capabilities.keys().map(CapabilityId::tool) {
            if !seen.insert(tool) {
                ambiguous_tools.insert(tool.to_owned());
            }
        }
        Self {
            capabilities,
            ambiguous_tools,
        }
    }

    /// The one capability that all rows are of.
    pub(super) fn title(&self) -> Option<String> {
        let (id, versions) = self.capabilities.first_key_value()?;
        let only = self.capabilities.len() == 1 && versions.len() == 1;
        versions
            .first()
            .filter(|_| only)
            .map(|version| format!("{id} v{version}"))
    }

    pub(super) fn label(&self, result: &TestResult) -> String {
        let id = &result.capability;
        let versions = self.capabilities.get(id).map_or(0, BTreeSet::len);
        if self.capabilities.len() == 1 && versions == 1 {
            return result.test.to_string();
        }
        let tool = if self.ambiguous_tools.contains(id.tool()) {
            id.as_str()
        } else {
            id.tool()
        };
        let version = if versions > 1 {
            format!("@{}", result.version)
        } else {
            String::new()
        };
        format!("{tool}{version}/{}", result.test)
    }
}
