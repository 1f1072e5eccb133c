//! Tests that are nothing but a table made from an input schema, from the file that asks for them by a line each.
//!
//! It owns their names, levels, titles and steps. What it makes is compiled like any other test.

use std::sync::Arc;

use super::raw::{RawGenerate, RawRows, RawTable, RawTables, RawTest, TestFormat};
use super::raw_step::{RawCheck, RawExpect, RawStep};
use super::repeats;
use crate::diagnostic::{Node, Problem, Source, Spot};
use crate::model::Level;

/// The row that is left out of every table of invalid inputs where the tool takes an `agent_vendor`, and the reason.
const NAME_OF_THE_AGENT: (&str, &str) = (
    "agent_vendor_wrong_type",
    "who an agent says that it is binds nobody, and many read no further",
);

/// One of the three tests.
struct Kind {
    test: &'static str,
    rows: RawRows,
    level: Level,
    title: &'static str,
    /// True if the inputs are to be refused.
    refused: bool,
}

const REJECTS_INVALID_INPUT: Kind = Kind {
    test: "rejects_invalid_input",
    rows: RawRows::Negatives,
    level: Level::Must,
    title: "An input that breaks one rule of the input schema is refused",
    refused: true,
};
const REJECTS_NULL_FIELDS: Kind = Kind {
    test: "rejects_null_fields",
    rows: RawRows::Nulls,
    level: Level::Should,
    title: "Null is refused where the input schema lets a field be left out and does not let it be null",
    refused: true,
};
const ACCEPTS_BOUNDARIES: Kind = Kind {
    test: "accepts_boundaries",
    rows: RawRows::Boundaries,
    level: Level::Must,
    title: "An input at an extreme of what the input schema allows is accepted",
    refused: false,
};

const IGNORES_FIELDS_OF_CALLERS: Kind = Kind {
    test: "ignores_fields_of_callers",
    rows: RawRows::Extras,
    level: Level::Must,
    title: "A field of the answer that a caller sends is ignored, or refused",
    refused: false,
};

/// The tests that a file asks for.
///
/// # Errors
///
/// It asks for none.
pub(super) fn tests(source: &Arc<Source>, mut raw: RawTables) -> Result<Vec<RawTest>, Problem> {
    let asked = [
        (REJECTS_INVALID_INPUT, raw.rejects_invalid_input.take()),
        (REJECTS_NULL_FIELDS, raw.rejects_null_fields.take()),
        (IGNORES_FIELDS_OF_CALLERS, raw.ignores_fields_of_callers.take()),
        (ACCEPTS_BOUNDARIES, raw.accepts_boundaries.take()),
    ];
    let mut tests: Vec<_> = asked
        .into_iter()
        .filter_map(|(kind, table)| Some(test(&kind, table?, &raw)))
        .collect();
    if let Some(asked) = &raw.repeats {
        tests.extend(repeats::tests(asked, &raw));
    }
    if tests.is_empty() {
        let wrong = Problem::at(source, raw.capability.span(source), "the file asks for no table");
        return Err(wrong.hint(
            "the tables are rejects_invalid_input, rejects_null_fields, ignores_fields_of_callers, accepts_boundaries and repeats",
        ));
    }
    Ok(tests)
}

fn test(kind: &Kind, table: RawTable, file: &RawTables) -> RawTest {
    // A mistake in what the file does not write out is shown at the version for which it is one, or at the capability.
    let place = table.versions.first().unwrap_or(&file.capability);
    let spot = |text: &str| place.with_value(text.to_owned());
    let from = table.from.unwrap_or_else(|| file.from.clone());
    let verifies = match table.verifies.is_empty() {
        true => vec![spot("input-schema")],
        false => table.verifies,
    };
    let step = RawStep {
        id: Some(spot("answered")),
        call: Some(file.capability.with_value(tool(&file.capability).to_owned())),
        input: Some(from.with_text("${ case.input }")),
        sending: Some(from.with_text("${ case.what }")),
        invalid_input: kind.refused,
        expect: Some(table.expect.unwrap_or_else(|| expected(kind, &spot, &from))),
        ..RawStep::default()
    };
    RawTest {
        format: TestFormat::V1,
        test: spot(kind.test),
        renamed_from: Vec::new(),
        capability: file.capability.clone(),
        title: table.title.unwrap_or_else(|| kind.title.to_owned()),
        level: kind.level,
        essential: table.essential,
        optional: None,
        must_since: None,
        verifies,
        uses: table.uses.unwrap_or_else(|| file.uses.clone()),
        tries: Vec::new(),
        use_each: table.use_each.unwrap_or_else(|| file.use_each.clone()),
        peer: None,
        exclusive: file.exclusive,
        slow: None,
        cases: Vec::new(),
        kinds: Vec::new(),
        steps: vec![step],
        after: table.after,
        generate: Some(RawGenerate {
            rows: kind.rows,
            tool: None,
            except: table.except,
            except_where_known: match kind.rows {
                RawRows::Negatives => vec![NAME_OF_THE_AGENT],
                RawRows::Nulls | RawRows::Extras | RawRows::Boundaries => Vec::new(),
            },
            from,
        }),
        versions: table.versions,
    }
}

/// The expectation of an answer where the file names none.
fn expected(kind: &Kind, spot: &dyn Fn(&str) -> Spot<String>, near: &Node) -> RawExpect {
    if kind.rows != RawRows::Extras {
        return RawExpect {
            ok: Some(!kind.refused),
            ..RawExpect::default()
        };
    }
    // The provider may refuse the field all the same.
    let comes_back = RawCheck {
        check: spot("is_error || get(output, case.path, null) != get(case.input, case.path, null)"),
        otherwise: near.with_text("the answer has ${ case.what }, as it was sent"),
        rule: None,
        when: None,
    };
    RawExpect {
        that: vec![comes_back],
        ..RawExpect::default()
    }
}

/// The tool of `domain.tool`.
fn tool(capability: &Spot<String>) -> &str {
    let text = capability.value.as_str();
    text.split_once('.').map_or(text, |(_, tool)| tool)
}
