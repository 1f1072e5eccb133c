//! One of the tenants that are asked the same and compared: what it calls things, and where its answer differs.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta};
use serde_json::Value;

use super::fault_shop::Shop;
use super::fault_tenants::FAULTLESS;

/// A tenant that is asked, and how its ids are called by the first correct one.
pub(super) struct Side {
    platform: String,
    pub(super) shop: Shop,
    pub(super) peer: Shop,
    /// From what the first correct tenant calls a thing to what this one does, and back.
    ids: HashMap<String, String>,
    back: HashMap<String, String>,
}

impl Side {
    /// A tenant of a platform that nothing was asked yet, and its peer.
    pub(super) fn new(platform: &str, shop: Shop, peer: Shop) -> Self {
        Self {
            platform: platform.to_owned(),
            shop,
            peer,
            ids: HashMap::new(),
            back: HashMap::new(),
        }
    }

    /// Asks, and leaves before the answer.
    pub(super) async fn ask_and_leave(&self, tool: &str, input: &Value) {
        self.shop.ask_and_leave(tool, &self.own(input)).await;
    }

    /// An input in the words of this tenant: its own ids in the place of those of the first correct one.
    pub(super) fn own(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => match self.ids.get(text) {
                Some(own) => own.clone().into(),
                None => text.replace(FAULTLESS, &self.platform).into(),
            },
            Value::Array(items) => items.iter().map(|item| self.own(item)).collect(),
            Value::Object(fields) => Value::Object(
                fields
                    .iter()
                    .map(|(key, value)| (key.clone(), self.own(value)))
                    .collect(),
            ),
            other => other.clone(),
        }
    }

    /// The first place where the answer of this tenant says something else than that of the first correct one. An id may be another
    /// one, and from then on stands for the same thing.
    pub(super) fn differs(&mut self, right: &Value, mine: &Value, key: &str) -> Option<String> {
        let here = || {
            Some(if key.is_empty() {
                "answer".to_owned()
            } else {
                format!("`{key}`")
            })
        };
        match (right, mine) {
            (Value::Object(right), Value::Object(mine)) => {
                let stray = mine.keys().find(|key| !right.contains_key(*key));
                let lost = right.keys().find(|key| !mine.contains_key(*key));
                if let Some(stray) = stray.or(lost) {
                    return Some(format!("`{stray}`"));
                }
                right
                    .iter()
                    .find_map(|(key, value)| self.differs(value, &mine[key], key))
            }
            (Value::Array(right), Value::Array(mine)) => match right.len() == mine.len() {
                true => right
                    .iter()
                    .zip(mine)
                    .find_map(|(right, mine)| self.differs(right, mine, key)),
                false => here(),
            },
            (Value::String(right), Value::String(mine)) => match self.is_same(right, mine, key) {
                true => None,
                false => here(),
            },
            (Value::Number(right), Value::Number(mine)) if right.as_f64() == mine.as_f64() => None,
            (right, mine) if right == mine => None,
            _ => here(),
        }
    }

    fn is_same(&mut self, right: &str, mine: &str, key: &str) -> bool {
        let spoken = mine.replace(&self.platform, FAULTLESS);
        let upper = self.platform.to_uppercase();
        if right == spoken || right == mine.replace(&upper, &FAULTLESS.to_uppercase()) {
            return true;
        }
        if key.ends_with("url") {
            return letters(right) == letters(&spoken);
        }
        if are_of_one_moment(right, mine) {
            return true;
        }
        if !["id", "number", "cursor", "token"]
            .iter()
            .any(|end| key.ends_with(end))
        {
            // A text for people may name an id.
            return key != "error"
                && letters(right) == letters(&spoken)
                && right.len() == spoken.len()
                && right.len() > 40;
        }
        match (self.ids.get(right), self.back.get(mine)) {
            (None, None) => {
                self.ids.insert(right.to_owned(), mine.to_owned());
                self.back.insert(mine.to_owned(), right.to_owned());
                true
            }
            (Some(known), _) => known == mine,
            (None, Some(_)) => false,
        }
    }
}

/// Returns true if two texts are instants less than a second apart, as those are that two tenants write when they are asked together.
/// One instant that is written in two ways is a difference.
fn are_of_one_moment(right: &str, mine: &str) -> bool {
    let instant = |text| DateTime::parse_from_rfc3339(text).ok();
    let (Some(right), Some(mine)) = (instant(right), instant(mine)) else {
        return false;
    };
    let apart = right.signed_duration_since(mine).abs();
    !apart.is_zero() && apart < TimeDelta::seconds(1)
}

/// A text without its digits and the letters of hexadecimal numbers, which are what ids are made of.
fn letters(text: &str) -> String {
    text.chars()
        .filter(|letter| !letter.is_ascii_hexdigit())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::are_of_one_moment;

    #[test]
    fn instants_that_two_tenants_write_together_are_of_one_moment_and_a_second_spelling_is_not() {
        let of = are_of_one_moment;
        assert!(of("2030-01-01T09:00:00.000100Z", "2030-01-01T09:00:00.000900Z"));
        assert!(of("2030-01-01T09:00:00.100Z", "2030-01-01T10:00:00.900+01:00"));
        assert!(!of("2030-01-01T09:00:00Z", "2030-01-01T09:00:01Z"));
        assert!(!of("2030-01-01T09:00:00Z", "2030-01-01T10:00:00+01:00"));
        assert!(!of("2030-01-01T09:00:00Z", "nine"));
    }
}
