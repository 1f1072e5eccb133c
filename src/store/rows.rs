//! What the columns of every database have in common.

use std::collections::BTreeMap;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::StoreErrorKind;
use crate::event::{OwedUndo, RunEvent, RunEventKind};
use crate::publish::TokenHash;

/// A number as databases hold it: it has 63 bits.
pub(super) fn number(value: impl TryInto<i64>) -> i64 {
    value.try_into().unwrap_or(i64::MAX)
}

/// The variant of an enum that a word names.
pub(super) fn variant<T: DeserializeOwned>(column: &'static str, word: String) -> Result<T, StoreErrorKind> {
    serde_json::from_value(Value::String(word.clone()))
        .map_err(|_| StoreErrorKind::Column { column, value: word })
}

/// The value that a text stands for.
pub(super) fn parsed<T: FromStr>(column: &'static str, text: String) -> Result<T, StoreErrorKind> {
    text.parse()
        .map_err(|_| StoreErrorKind::Column { column, value: text })
}

/// A number that is never negative.
pub(super) fn unsigned<T: TryFrom<i64>>(column: &'static str, value: i64) -> Result<T, StoreErrorKind> {
    T::try_from(value).map_err(|_| StoreErrorKind::Column {
        column,
        value: value.to_string(),
    })
}

/// The hash of a token.
pub(super) fn stored_hash(text: String) -> Result<TokenHash, StoreErrorKind> {
    TokenHash::stored(&text).ok_or(StoreErrorKind::Column {
        column: "hash",
        value: text,
    })
}

/// The undos that are owed after these events, and after what was settled since.
pub(super) fn still_owed(events: Vec<RunEvent>, settled: &BTreeMap<u64, DateTime<Utc>>) -> Vec<OwedUndo> {
    let mut owed: IndexMap<u64, OwedUndo> = IndexMap::new();
    for event in events {
        match event.kind {
            RunEventKind::UndoOwed(undo) => {
                owed.insert(undo.id, *undo);
            }
            RunEventKind::UndoSettled { id } => {
                owed.shift_remove(&id);
            }
            _ => {}
        }
    }
    owed.retain(|id, _| !settled.contains_key(id));
    owed.into_values().collect()
}
