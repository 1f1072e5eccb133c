//! Tags as they are kept and compared.

use std::collections::BTreeSet;

use crate::policy::TagCase;

/// A tag as it is kept and compared.
pub(crate) fn folded(tag: &str, case: TagCase) -> String {
    match case {
        TagCase::Folded => tag.trim().to_ascii_lowercase(),
        TagCase::AsWritten => tag.trim().to_owned(),
    }
}

/// The sets of tags to add and to remove. `None` if a tag is blank, or in both.
pub(crate) fn sets(
    added: &[String],
    removed: &[String],
    case: TagCase,
) -> Option<(BTreeSet<String>, BTreeSet<String>)> {
    let set = |tags: &[String]| tags.iter().map(|tag| folded(tag, case)).collect::<BTreeSet<_>>();
    let (added, removed) = (set(added), set(removed));
    let is_sound = !added.contains("") && !removed.contains("") && added.is_disjoint(&removed);
    is_sound.then_some((added, removed))
}
