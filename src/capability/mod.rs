//! Contracts: what each tool promises, as published on disk.
//!
//! [`Registry`] reads them, [`Capability`] is one of them at one version, [`Schema`] judges inputs and answers, [`lint()`]
//! finds what is well formed and yet unwise, [`diff`] tells what a later version changes, [`negatives()`] and [`boundaries()`] make
//! inputs from a schema. A published version is immutable: the lock file holds its digest. No I/O but the reading of the registry's
//! folder, and nothing here knows a domain.

#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::indexing_slicing,
        clippy::string_slice,
        reason = "what comes from outside must not make it panic"
    )
)]

mod address;
mod consistency;
mod contract;
pub mod diff;
mod difference;
mod digest;
mod edition;
mod file;
mod folder;
mod formats;
mod generate;
mod json_text;
mod keywords;
mod knowledge;
mod layout;
mod lint;
mod load;
mod lock;
mod reader;
mod references;
mod registry;
#[cfg(test)]
mod sample;
mod schema;
mod synonyms;
mod violation;

pub use contract::{
    Annotations, Capability, Example, IDEMPOTENT_RULE, INPUT_SCHEMA_RULE, Invariant, OUTPUT_SCHEMA_RULE,
    Promise, READ_ONLY_RULE, Reversibility, Rule, RuleKind, Ruling, Undo, UndoValue,
};
pub use difference::{Difference, differences};
pub use edition::{PublishedEdition, edition_path, edition_schema, edition_text, is_edition_name};
pub use file::capability_schema;
pub use folder::{LOCK_FILE, RegistryFile};
pub use generate::{GeneratedRow, NotMade, boundaries, extras, negatives, nulls, valid_input};
pub use json_text::strict_json;
pub use knowledge::Knowledge;
pub use lint::{LintFinding, Severity, TestNames, Verified, lint, lint_editions};
pub use registry::Registry;
pub use schema::{Schema, invalid_schema};
pub use violation::Violation;
