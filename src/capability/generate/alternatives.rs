//! The branches of a place of which one holds: what no branch takes, one value of each branch, and what breaks a branch without being one
//! of another.

use serde_json::{Map, Value, json};

use super::change::Change;
use super::merge::merge;
use super::place::{self, Place, named};
use super::root::Root;
use super::row::{GeneratedRow, a, combined};
use super::rules::Words;
use super::valid;

/// The most branches that are looked at, and the most rows of one place.
const BRANCHES: usize = 8;
const ROWS: usize = 60;

/// What no branch takes, and what breaks each of them. `broken` are the negatives of a branch as if it were the whole schema.
pub(super) fn negatives(
    root: &Root,
    place: &Place,
    words: &Words,
    broken: &dyn Fn(&Value) -> Vec<GeneratedRow>,
) -> Vec<GeneratedRow> {
    let Some((word, branches)) = &words.alternatives else {
        return Vec::new();
    };
    let path = place::path(&place.route);
    let candidates = [
        json!("text"),
        json!(17),
        json!(true),
        json!([]),
        json!({}),
        json!(0.5),
    ];
    let strange = candidates.into_iter().find(|value| !root.accepts(words, value));
    let what = format!("{} that fits no branch of `{word}`", a(&path));
    let id = named(&place.route, "no_alternative");
    let mut rows = vec![match strange {
        Some(value) => GeneratedRow::negative(id, what, &place.route, word, false, Change::Put(value)),
        None => GeneratedRow::boundary(id, what, &place.route, word, Change::Remove)
            .without("a value of each type fits some branch"),
    }];
    for (number, branch) in (1..).zip(branches.iter().take(BRANCHES)) {
        let alone = alone(words, word, branch);
        let Some(seed) = seed(root, words, &alone) else {
            continue;
        };
        for row in broken(&alone) {
            let id = named(&place.route, &format!("alternative_{number}_{}", row.id));
            let of = if row.path.is_empty() {
                String::new()
            } else {
                format!(", with {}", row.what)
            };
            let what = format!("{} as branch {number} of `{word}` has it{of}", a(&path));
            let left_out = |reason: &str| {
                GeneratedRow::boundary(
                    id.clone(),
                    what.clone(),
                    &place.route,
                    row.keyword,
                    Change::Remove,
                )
                .without(reason)
            };
            let Some((change, route)) = row.change() else {
                rows.extend(row.left_out().map(left_out));
                continue;
            };
            let made = match (change, route) {
                (Change::Put(value), []) => Some(value.clone()),
                _ => change.apply(route, &seed),
            };
            rows.push(match made {
                None => left_out("the value of this branch has nothing there"),
                Some(made) if root.accepts(words, &made) => {
                    left_out("what breaks this branch fits the schema otherwise")
                }
                Some(made) => {
                    GeneratedRow::negative(id, what, &place.route, row.keyword, false, Change::Put(made))
                }
            });
        }
    }
    if rows.len() > ROWS {
        rows.truncate(ROWS);
        rows.push(combined(&place.route, word));
    }
    rows
}

/// One value of each branch.
pub(super) fn boundaries(root: &Root, place: &Place, words: &Words) -> Vec<GeneratedRow> {
    let Some((word, branches)) = &words.alternatives else {
        return Vec::new();
    };
    let path = place::path(&place.route);
    let rows = (1..).zip(branches.iter().take(BRANCHES)).map(|(number, branch)| {
        let id = named(&place.route, &format!("alternative_{number}"));
        let what = format!("{} as branch {number} of `{word}` has it", a(&path));
        let seed = seed(root, words, &alone(words, word, branch));
        let change = seed.clone().map_or(Change::Remove, Change::Put);
        let row = GeneratedRow::boundary(id, what, &place.route, word, change);
        match seed {
            Some(_) => row,
            None => row.without("no value of this branch is known"),
        }
    });
    rows.collect()
}

/// The schema of a place with one branch instead of all.
fn alone(words: &Words, word: &str, branch: &Value) -> Value {
    let mut alone: Map<String, Value> = Map::clone(words);
    alone.shift_remove(word);
    let mut part = Map::new();
    part.insert("allOf".to_owned(), json!([branch]));
    merge(&mut alone, &part);
    Value::Object(alone)
}

/// A value of a branch that the whole place takes.
fn seed(root: &Root, words: &Words, alone: &Value) -> Option<Value> {
    valid::value(root, alone).filter(|value| root.accepts(words, value))
}
