//! All parts together: each once, of one plan.

use std::collections::BTreeMap;

use super::error::MergeError;
use super::part::Part;
use crate::event::Selection;

/// Sorts the parts by number, and checks that each is there once and that all are of one plan.
pub(super) fn in_order(parts: Vec<Part>) -> Result<Vec<Part>, MergeError> {
    let mut ordered: BTreeMap<usize, Part> = BTreeMap::new();
    for part in parts {
        if let Some(first) = ordered.values().next()
            && let Some(what) = difference(first, &part)
        {
            return Err(MergeError::Different {
                first: first.name.clone(),
                second: part.name,
                what,
            });
        }
        let number = part.record.part.number;
        if let Some(twin) = ordered.get(&number) {
            return Err(MergeError::Overlap {
                number,
                first: twin.name.clone(),
                second: part.name,
            });
        }
        ordered.insert(number, part);
    }
    let of = ordered.values().next().map_or(0, |part| part.record.part.of);
    let missing: Vec<_> = (1..=of).filter(|number| !ordered.contains_key(number)).collect();
    if missing.is_empty() {
        Ok(ordered.into_values().collect())
    } else {
        Err(MergeError::Hole { of, missing })
    }
}

/// The first difference that keeps two runs from being parts of one. The seed only orders a run, and the same provider may be reached at another place.
fn difference(left: &Part, right: &Part) -> Option<&'static str> {
    let selection = |part: &Part| Selection {
        partition: None,
        ..part.header.selection.clone()
    };
    let claims = |part: &Part| {
        let providers = part.header.providers.iter();
        providers
            .map(|record| (record.id.clone(), record.claims.clone()))
            .collect::<Vec<_>>()
    };
    let (of, other) = (&left.record, &right.record);
    if of.part.of != other.part.of {
        Some("the number of parts")
    } else if (&of.whole_digest, of.whole_planned) != (&other.whole_digest, other.whole_planned) {
        Some("the plan")
    } else if left.header.harness != right.header.harness {
        Some("the version of the harness")
    } else if selection(left) != selection(right) {
        Some("what was selected")
    } else if left.header.contracts != right.header.contracts {
        Some("the contracts")
    } else if left.header.baseline != right.header.baseline {
        Some("the baseline")
    } else if claims(left) != claims(right) {
        Some("what the providers claim")
    } else {
        None
    }
}
