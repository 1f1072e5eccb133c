//! The causes of a run on the page of a terminal.

use std::io;

use super::causes::{SharedCauses, came, example_call, extent, look, rule, sent, tests_in_words};
use super::page::Page;
use super::text::one_line;
use crate::summary::{Cause, RunSummary};

/// The most causes that are shown without `verbose`.
const MANY: usize = 20;
/// The most tests of a cause that are named.
const NAMED: usize = 4;
/// The most characters of a text that are shown.
const LONG: usize = 400;

/// Writes the causes, each with what its example sent and received.
pub(super) fn write(page: &mut Page<'_>, summary: &RunSummary, shared: &SharedCauses<'_>) -> io::Result<()> {
    if shared.all().is_empty() {
        return Ok(());
    }
    page.title("Causes")?;
    let limit = if page.options().verbose { usize::MAX } else { MANY };
    for cause in shared.all().iter().take(limit) {
        one(page, summary, cause)?;
    }
    page.rest(shared.all().len(), limit, "more cause")
}

fn one(page: &mut Page<'_>, summary: &RunSummary, cause: &Cause<'_>) -> io::Result<()> {
    page.paragraph(2, 2, &format!("{}  {}", cause.provider, extent(cause)))?;
    page.paragraph(4, 2, &one_line(cause.message, LONG))?;
    if let Some((name, words)) = rule(cause) {
        page.field("rule", &name)?;
        page.field("", &words)?;
    }
    if let Some(call) = example_call(summary, cause) {
        let room = page.field_room();
        page.field("sent", &sent(&call, room))?;
        if let Some(came) = came(&call, cause, room) {
            page.field("came", &came)?;
        }
    }
    page.field("tests", &tests_in_words(cause, NAMED))?;
    match look(cause) {
        Some(command) => page.field("read", &command),
        None => Ok(()),
    }
}
