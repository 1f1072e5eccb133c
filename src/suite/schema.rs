//! The JSON Schemas of the files of a suite, for editors.

use serde_json::Value;

use super::raw::{RawExpectation, RawFixture, RawTables, RawTest};

/// The JSON Schema of a test file, `proofhouse.test/1`.
pub fn test_schema() -> Value {
    schemars::schema_for!(RawTest).to_value()
}

/// The JSON Schema of a fixture file, `proofhouse.fixture/1`.
pub fn fixture_schema() -> Value {
    schemars::schema_for!(RawFixture).to_value()
}

/// The JSON Schema of a file with a shared expectation, `proofhouse.expectation/1`.
pub fn expectation_schema() -> Value {
    schemars::schema_for!(RawExpectation).to_value()
}

/// The JSON Schema of a file that asks for tables made from an input schema, `proofhouse.tables/1`.
pub fn tables_schema() -> Value {
    schemars::schema_for!(RawTables).to_value()
}
