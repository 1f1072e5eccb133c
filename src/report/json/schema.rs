//! The JSON Schema of a type, as a document of its own.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

/// The JSON Schema of what is written as `T`.
pub(in crate::report) fn schema_of<T: JsonSchema>() -> Value {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let Value::Object(mut made) = generator.into_root_schema_for::<T>().to_value() else {
        return Value::Bool(true);
    };
    // The title and the description come before the properties.
    let mut schema = serde_json::Map::new();
    for key in ["$schema", "title", "description"] {
        schema.extend(made.shift_remove(key).map(|value| (key.to_owned(), value)));
    }
    schema.extend(made);
    Value::Object(schema)
}
