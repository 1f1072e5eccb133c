//! Notes where the schemas that a provider lists differ from those of its contracts.

use super::entry_state::EntryState;
use crate::capability::differences;
use crate::event::RunEventKind;
use crate::plan::PlannedProvider;

/// Notes what is worth knowing of a provider that was tried.
pub(super) async fn note_observations(entry: &EntryState) {
    for note in entry.target().transport().observations() {
        let note = RunEventKind::Noted {
            provider: entry.id().clone(),
            note,
        };
        entry.emit(note).await;
    }
}

/// Notes what is wrong with the listing itself, and every listed schema that differs from the contract's; a loose one says nothing.
pub(super) async fn note_differences(entry: &EntryState, planned: &PlannedProvider) {
    let Some(listing) = entry.take_listing() else {
        return;
    };
    for complaint in entry.target().transport().listing_complaints() {
        let note = RunEventKind::Noted {
            provider: entry.id().clone(),
            note: format!("its listing of tools {complaint}"),
        };
        entry.emit(note).await;
    }
    for claim in &planned.claims {
        let Some(capability) = entry.context().registry().at(claim) else {
            continue;
        };
        let Some(listed) = listing.iter().find(|listed| listed.name == capability.tool()) else {
            continue;
        };
        let sides = [
            ("input", &listed.input_schema, &capability.input.json),
            ("output", &listed.output_schema, &capability.output.json),
        ];
        for (side, listed, published) in sides {
            let says_something = listed
                .as_ref()
                .and_then(|schema| schema.get("properties"))
                .is_some();
            if let Some(schema) = listed
                && says_something
                && !differences(published, schema).is_empty()
            {
                let note = RunEventKind::Noted {
                    provider: entry.id().clone(),
                    note: format!(
                        "the {side} schema that it lists for {} differs from {claim}",
                        capability.tool()
                    ),
                };
                entry.emit(note).await;
            }
        }
    }
}
