//! The matrix as a table for people: every fault, every rule, then what is red.

use std::io;

use super::names::Names;
use crate::matrix::{Fate, FaultRow, KillMatrix, RuleRow, RuleState};
use crate::model::plural;
use crate::report::Options;
use crate::report::page::{Page, Paint};

/// The column at which the text beside the first word of a row begins.
const HANG: usize = 12;

pub(super) fn write(matrix: &KillMatrix, options: Options, out: &mut dyn io::Write) -> io::Result<()> {
    let mut page = Page::new(out, options);
    let names = Names::of(matrix);
    let paint = if matrix.is_green() {
        Paint::Good
    } else {
        Paint::Bad
    };
    page.painted(0, 0, &headline(matrix), paint)?;
    page.title("Faults")?;
    for row in &matrix.faults {
        fault(&mut page, row, &names)?;
    }
    let mut contract = None;
    for row in &matrix.rules {
        if contract != Some(&row.capability) {
            page.title(&format!("{} v{}", row.capability.id, row.capability.version))?;
            contract = Some(&row.capability);
        }
        rule(&mut page, row)?;
    }
    if !matrix.is_green() {
        page.title("Red")?;
        for finding in &matrix.findings {
            page.paragraph(0, 2, &format!("• {finding}"))?;
        }
    }
    page.empty()?;
    page.painted(0, 0, &last_line(matrix), paint)
}

fn headline(matrix: &KillMatrix) -> String {
    let mut parts = vec![format!(
        "{}: {} killed, {} excused, {}",
        plural(matrix.faults.len(), "fault"),
        matrix.killed(),
        matrix.excused(),
        plural(matrix.survivors(), "survivor"),
    )];
    if matrix.whole {
        let count = |is: fn(&RuleState) -> bool| matrix.rules.iter().filter(|row| is(&row.state)).count();
        parts.push(format!(
            "{}: {} proven, {} excluded, {} excused, {} open",
            plural(matrix.rules.len(), "rule"),
            count(|state| *state == RuleState::Proven),
            count(|state| matches!(state, RuleState::Excluded(_))),
            count(|state| matches!(state, RuleState::Excused(_))),
            count(|state| matches!(state, RuleState::Toothless | RuleState::Unverified)),
        ));
    }
    parts.join(" · ")
}

fn last_line(matrix: &KillMatrix) -> String {
    match (matrix.findings.len(), matrix.whole) {
        (0, true) => "green: every fault is killed or excused, every rule is proven, excluded or excused, and no correct \
                      provider is accused"
            .to_owned(),
        (0, false) => "green as far as it goes: each of these faults is killed or excused, and no correct provider is \
                       accused; without all faults nothing is said about rules"
            .to_owned(),
        (many, _) => format!("red: {}", plural(many, "finding")),
    }
}

fn fault(page: &mut Page<'_>, row: &FaultRow, names: &Names) -> io::Result<()> {
    let (word, paint) = match row.fate {
        Fate::Killed => ("killed", Paint::Good),
        Fate::Excused(_) => ("excused", Paint::Doubt),
        Fate::Survived => ("SURVIVES", Paint::Bad),
    };
    let KnownLine { first, breaks } = KnownLine::of(row);
    item(page, word, paint, &first)?;
    detail(page, &breaks)?;
    if let Fate::Excused(reason) = &row.fate {
        detail(page, reason)?;
    }
    if !row.by.is_empty() {
        detail(page, &format!("by {}", names.list(&row.by).join(", ")))?;
    }
    let otherwise = row.by.is_empty() || page.options().verbose;
    if otherwise && !row.also.is_empty() {
        detail(page, &format!("also {}", names.list(&row.also).join(", ")))?;
    }
    match row.foremost() {
        Some(kill) if page.options().verbose => detail(page, &kill.message),
        _ => Ok(()),
    }
}

/// The columns of a fault that are the same in every run.
struct KnownLine {
    first: String,
    breaks: String,
}

impl KnownLine {
    fn of(row: &FaultRow) -> Self {
        let fault = &row.fault;
        Self {
            first: format!("{}: {}", fault.name, fault.does),
            breaks: format!("breaks {}/{}", fault.tool, fault.rule),
        }
    }
}

fn rule(page: &mut Page<'_>, row: &RuleRow) -> io::Result<()> {
    let (word, paint) = state(&row.state);
    item(page, word, paint, &format!("{}{}", row.id, share(row)))?;
    if row.by_every_test {
        detail(page, "verified by every test of the contract")?;
    } else if !row.verified_by.is_empty() {
        let tests: Vec<_> = row.verified_by.iter().map(ToString::to_string).collect();
        detail(page, &format!("verified by {}", tests.join(", ")))?;
    }
    match &row.state {
        RuleState::Excluded(reason) | RuleState::Excused(reason) => detail(page, reason),
        RuleState::Proven | RuleState::Toothless | RuleState::Unverified => Ok(()),
    }
}

fn state(state: &RuleState) -> (&'static str, Paint) {
    match state {
        RuleState::Proven => ("proven", Paint::Good),
        RuleState::Excluded(_) => ("excluded", Paint::Faint),
        RuleState::Excused(_) => ("excused", Paint::Doubt),
        RuleState::Toothless => ("TOOTHLESS", Paint::Bad),
        RuleState::Unverified => ("UNVERIFIED", Paint::Bad),
    }
}

/// The number of faults that break the rule and are killed by its own tests.
fn share(row: &RuleRow) -> String {
    if row.faults.is_empty() {
        return String::new();
    }
    format!(
        ": {} of {} killed",
        row.killed.len(),
        plural(row.faults.len(), "fault")
    )
}

/// The first line of a row: a word in a column of its own, then the text.
fn item(page: &mut Page<'_>, word: &str, paint: Paint, text: &str) -> io::Result<()> {
    let width = page.options().width.map(|width| width.saturating_sub(HANG));
    let mut before = page.paint(&format!("{word:<HANG$}"), paint);
    for line in crate::report::wrap(text, width) {
        page.raw(&format!("{before}{line}"))?;
        before = " ".repeat(HANG);
    }
    Ok(())
}

fn detail(page: &mut Page<'_>, text: &str) -> io::Result<()> {
    page.paragraph(HANG, 2, text)
}
