//! Inputs made from an input schema: negatives, which break one rule of it each, and boundaries, valid and yet extreme.
//!
//! It owns which rows there are, what each is called and how each is made from a valid input. Rows are known from the schema alone;
//! their values come about when a base is there. It refuses to hand out a value that it has not checked against the whole schema,
//! and to guess at what combines others (`if`, `not` …): a row says so instead, and what stands beside it is taken apart all the same.

mod alternatives;
mod answer_fields;
mod boundaries;
mod broken_value;
mod change;
mod exact;
mod merge;
mod negatives;
mod place;
mod root;
mod row;
mod rules;
mod valid;

pub use row::{GeneratedRow, NotMade};

use root::Root;
use serde_json::Value;

use super::Schema;

/// One row for each rule of the input schema that a caller can break, in the order of the schema; but for those of [`nulls`].
///
/// Where an object takes no fields but its own, each property of the answer is sent as one of its fields.
pub fn negatives(input: &Schema, answer: &Schema) -> Vec<GeneratedRow> {
    broken(input, Some(answer), false)
}

/// One row for each field that may be left out and may not be null: it is null. Many take that for a field that is left out.
pub fn nulls(schema: &Schema) -> Vec<GeneratedRow> {
    broken(schema, None, true)
}

/// One valid row for each field of the answer that a caller must not set, in each object of the input that takes any field.
///
/// A provider may ignore such a field, and must not honour it.
pub fn extras(input: &Schema, answer: &Schema) -> Vec<GeneratedRow> {
    row::with_own_ids(negatives::extras(&Root::of(&input.json), &Root::of(&answer.json)))
}

fn broken(schema: &Schema, answer: Option<&Schema>, absences: bool) -> Vec<GeneratedRow> {
    let answer = answer.map(|answer| Root::of(&answer.json));
    let mut rows = row::with_own_ids(negatives::of(&Root::of(&schema.json), answer.as_ref()));
    rows.retain(|row| row.is_absence == absences);
    rows
}

/// One row for each extreme that the schema allows, in the order of the schema.
pub fn boundaries(schema: &Schema) -> Vec<GeneratedRow> {
    row::with_own_ids(boundaries::of(&Root::of(&schema.json)))
}

/// A plain valid input with the fields that it needs; None where the schema gives no example from which one could be made.
pub fn valid_input(schema: &Schema) -> Option<Value> {
    let root = Root::of(&schema.json);
    valid::value(&root, root.schema()).filter(|input| schema.is_valid(input))
}

#[cfg(test)]
mod tests;
