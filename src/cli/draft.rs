//! `proofhouse capabilities draft`.

use super::output::Printer;
use super::{environment, exit};
use crate::app::{AppError, DraftRequest, draft_contracts};
use crate::model::plural;

/// Writes a draft, and says what it is and how to go on.
pub(super) async fn draft(request: &DraftRequest, printer: &Printer) -> Result<u8, AppError> {
    let draft = draft_contracts(request, &environment::variable).await?;
    let out = request.out.display();
    for file in &draft.files {
        printer.line(&format!("{out}/{}", file.path));
    }
    let tools = draft.called.len().saturating_add(draft.left_alone.len());
    printer.note(&format!("{} drafted; no tool was called", plural_of(tools)));
    if !draft.left_alone.is_empty() {
        printer.note(&format!(
            "{} left alone by a run, for {} not say `readOnlyHint: true`: see providers.yaml",
            plural_of(draft.left_alone.len()),
            if draft.left_alone.len() == 1 {
                "it does"
            } else {
                "they do"
            },
        ));
    }
    printer.note(&format!("{out}/TODO.md says what is left to do"));
    if !draft.called.is_empty() {
        printer.note(&format!(
            "next: proofhouse run --registry {out} --providers {out}/providers.yaml"
        ));
    }
    Ok(exit::CONFORMANT)
}

fn plural_of(tools: usize) -> String {
    let verb = if tools == 1 { "is" } else { "are" };
    format!("{} {verb}", plural(tools, "tool"))
}
