//! The keys of an entry that are for people and agents who choose: `place`, `time_zone` and `tags`.

use time_zones::Zone;

use super::reader::{Fields, Reader};
use crate::diagnostic::Node;
use crate::model::About;

/// The longest place and the longest tag in characters, and the most tags of a provider.
const LONGEST_PLACE: usize = 200;
const LONGEST_TAG: usize = 40;
const MOST_TAGS: usize = 20;

/// Reads what an entry says of its provider.
pub(super) fn about(reader: &mut Reader<'_>, fields: &Fields<'_>) -> About {
    About {
        place: fields
            .get("place")
            .and_then(|node| short(reader, node, "`place`", LONGEST_PLACE)),
        time_zone: fields.get("time_zone").and_then(|node| time_zone(reader, node)),
        tags: fields
            .get("tags")
            .map(|node| tags(reader, node))
            .unwrap_or_default(),
    }
}

/// A text of one line that is not long.
fn short(reader: &mut Reader<'_>, node: &Node, what: &str, longest: usize) -> Option<String> {
    let text = reader.text(node, what)?;
    let message = if text.chars().any(char::is_control) {
        format!("{what} must be one line without control characters")
    } else if text.chars().count() > longest {
        format!("{what} has more than {longest} characters")
    } else {
        return Some(text);
    };
    let problem = reader.wrong(node, message);
    reader.report(problem);
    None
}

fn time_zone(reader: &mut Reader<'_>, node: &Node) -> Option<String> {
    let name = reader.text(node, "`time_zone`")?;
    if name.parse::<Zone>().is_ok() {
        return Some(name);
    }
    let problem = reader
        .wrong(node, "`time_zone` must be the name of a time zone")
        .label("such as `Europe/Prague`");
    reader.report(problem);
    None
}

fn tags(reader: &mut Reader<'_>, node: &Node) -> Vec<String> {
    let Some(items) = reader.list(node, "`tags`") else {
        return Vec::new();
    };
    if items.len() > MOST_TAGS {
        let problem = reader.wrong(node, format!("`tags` has more than {MOST_TAGS} entries"));
        reader.report(problem);
        return Vec::new();
    }
    let mut found: Vec<String> = Vec::with_capacity(items.len());
    for item in items {
        let Some(tag) = short(reader, item, "a tag", LONGEST_TAG) else {
            continue;
        };
        if found.contains(&tag) {
            let problem = reader.wrong(item, format!("the tag `{tag}` stands twice"));
            reader.report(problem);
            continue;
        }
        found.push(tag);
    }
    found
}
