//! The operations of an OpenAPI 3 document as tools: what goes in from its parameters and its body, what comes out from its first success.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::tool::{Hints, Tool};

/// The methods of operations, and whether one only reads.
const METHODS: [(&str, bool); 7] = [
    ("get", true),
    ("head", true),
    ("options", true),
    ("post", false),
    ("put", false),
    ("patch", false),
    ("delete", false),
];

/// Where the schemas of a document stand.
const SCHEMAS: &str = "#/components/schemas/";

/// The deepest that references are followed.
const DEEPEST: usize = 64;

/// The tools that the operations of a document are.
///
/// # Errors
///
/// It is no OpenAPI 3 document, in words.
pub fn operations_of(document: &Value) -> Result<Vec<Tool>, String> {
    let version = document
        .get("openapi")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if !version.starts_with("3.") {
        return Err(match document.get("swagger") {
            Some(_) => "it is Swagger 2; convert it to OpenAPI 3 first".to_owned(),
            None => "it has no `openapi: 3.x`".to_owned(),
        });
    }
    let paths = document.get("paths").and_then(Value::as_object);
    let paths = paths.ok_or("it has no `paths`")?;
    let mut tools = Vec::new();
    for (path, item) in paths {
        for (method, reads) in METHODS {
            if let Some(operation) = item.get(method).filter(|operation| operation.is_object()) {
                let operation = Operation {
                    document,
                    item,
                    operation,
                };
                tools.push(operation.tool(path, method, reads));
            }
        }
    }
    Ok(tools)
}

struct Operation<'d> {
    document: &'d Value,
    item: &'d Value,
    operation: &'d Value,
}

impl Operation<'_> {
    fn tool(&self, path: &str, method: &str, reads: bool) -> Tool {
        let text = |name: &str| {
            let text = self.operation.get(name).and_then(Value::as_str);
            text.map(str::trim)
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
        };
        let place = format!("{} {path}", method.to_ascii_uppercase());
        let said = text("description").or_else(|| text("summary"));
        Tool {
            name: text("operationId").unwrap_or_else(|| format!("{method}_{path}")),
            title: text("summary"),
            description: Some(match said {
                Some(said) => format!("{said}\n\nOver HTTP: `{place}`."),
                None => format!("`{place}` over HTTP."),
            }),
            input: self.input(),
            output: self.output(),
            hints: Hints {
                read_only: reads,
                idempotent: reads || matches!(method, "put" | "delete"),
                open_world: false,
            },
        }
    }

    /// An object with the parameters by their names, and with the body under `body`.
    fn input(&self) -> Value {
        let mut properties = Map::new();
        let mut required = Vec::new();
        let of = |node: &Value| node.get("parameters").and_then(Value::as_array).cloned();
        // What stands at the operation replaces what stands at its path.
        let parameters = [of(self.item), of(self.operation)];
        for parameter in parameters.into_iter().flatten().flatten() {
            let parameter = self.resolved(&parameter);
            let Some(name) = parameter.get("name").and_then(Value::as_str) else {
                continue;
            };
            let content = parameter.pointer("/content/application~1json/schema");
            let schema = parameter.get("schema").or(content).cloned();
            let mut schema = schema.unwrap_or_else(|| json!({}));
            if let (Some(words), Some(fields)) = (parameter.get("description"), schema.as_object_mut()) {
                fields.entry("description").or_insert_with(|| words.clone());
            }
            properties.insert(name.to_owned(), schema);
            required.retain(|known| known != name);
            if parameter.get("required") == Some(&Value::Bool(true)) {
                required.push(name.to_owned());
            }
        }
        let body = self.operation.get("requestBody").map(|body| self.resolved(body));
        if let Some(body) = &body
            && let Some(schema) = json_schema(body)
        {
            properties.insert("body".to_owned(), schema);
            if body.get("required") == Some(&Value::Bool(true)) {
                required.push("body".to_owned());
            }
        }
        let mut input = json!({ "type": "object", "properties": properties });
        if let (Value::Object(fields), false) = (&mut input, required.is_empty()) {
            fields.insert("required".to_owned(), json!(required));
        }
        self.whole(input)
    }

    /// The JSON of the first success.
    fn output(&self) -> Option<Value> {
        let responses = self.operation.get("responses")?.as_object()?;
        let mut successes: Vec<_> = responses
            .iter()
            .filter(|(status, _)| status.starts_with('2'))
            .collect();
        successes.sort_by_key(|(status, _)| *status);
        let (_, response) = successes.first()?;
        json_schema(&self.resolved(response)).map(|schema| self.whole(schema))
    }

    /// What a reference leads to, as far as it leads within the document.
    fn resolved(&self, node: &Value) -> Value {
        let mut node = node;
        for _ in 0..DEEPEST {
            let target = node.get("$ref").and_then(Value::as_str);
            match target.and_then(|target| self.document.pointer(target.strip_prefix('#')?)) {
                Some(next) => node = next,
                None => break,
            }
        }
        node.clone()
    }

    /// A schema that stands alone: what it refers to stands under `$defs`, and what only OpenAPI 3.0 says is said as JSON Schema says it.
    fn whole(&self, mut schema: Value) -> Value {
        let mut named = BTreeSet::new();
        rewritten(&mut schema, &mut named, 0);
        let mut defs = Map::new();
        while let Some(name) = named.pop_first() {
            if defs.contains_key(&name) {
                continue;
            }
            let found = self.document.pointer(&format!("/components/schemas/{name}"));
            let mut found = found.cloned().unwrap_or_else(|| json!({}));
            let mut more = BTreeSet::new();
            rewritten(&mut found, &mut more, 0);
            defs.insert(name, found);
            named.extend(more.into_iter().filter(|name| !defs.contains_key(name)));
        }
        if let (Value::Object(fields), false) = (&mut schema, defs.is_empty()) {
            fields.insert("$defs".to_owned(), Value::Object(defs));
        }
        schema
    }
}

fn json_schema(of: &Value) -> Option<Value> {
    let content = of.get("content")?.as_object()?;
    let json = content.iter().find(|(kind, _)| {
        let kind = kind.split(';').next().unwrap_or_default().trim();
        kind == "application/json" || kind.ends_with("+json")
    });
    json?.1.get("schema").cloned()
}

/// Rewrites references and the words of OpenAPI 3.0, and notes the schemas that are referred to.
fn rewritten(schema: &mut Value, named: &mut BTreeSet<String>, depth: usize) {
    if depth > DEEPEST {
        return;
    }
    match schema {
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| rewritten(item, named, depth.saturating_add(1))),
        Value::Object(fields) => {
            let target = fields.get("$ref").and_then(Value::as_str);
            if let Some(name) = target.and_then(|target| target.strip_prefix(SCHEMAS)) {
                let name = name.to_owned();
                fields.insert("$ref".to_owned(), Value::from(format!("#/$defs/{name}")));
                named.insert(name);
            }
            if fields.shift_remove("nullable") == Some(Value::Bool(true))
                && let Some(Value::String(kind)) = fields.get("type").cloned()
            {
                fields.insert("type".to_owned(), json!([kind, "null"]));
            }
            for (word, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
                if let Some(Value::Bool(is_set)) = fields.get(word).cloned() {
                    fields.shift_remove(word);
                    if let (true, Some(limit)) = (is_set, fields.shift_remove(bound)) {
                        fields.insert(word.to_owned(), limit);
                    }
                }
            }
            for (_, field) in fields.iter_mut() {
                rewritten(field, named, depth.saturating_add(1));
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_become_tools_with_schemas_that_stand_alone() {
        let document = json!({
            "openapi": "3.0.3",
            "paths": { "/pets/{id}": {
                "parameters": [{ "name": "id", "in": "path", "required": true, "schema": { "type": "integer", "minimum": 0, "exclusiveMinimum": true } }],
                "get": { "operationId": "getPet", "summary": "One pet.", "responses": { "200": { "content": {
                    "application/json": { "schema": { "$ref": "#/components/schemas/Pet" } } } } } },
                "put": { "requestBody": { "$ref": "#/components/requestBodies/Pet" }, "responses": { "204": {} } } } },
            "components": {
                "requestBodies": { "Pet": { "required": true, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Pet" } } } } },
                "schemas": {
                    "Pet": { "type": "object", "properties": { "owner": { "$ref": "#/components/schemas/Owner" }, "mate": { "$ref": "#/components/schemas/Pet" } } },
                    "Owner": { "type": "string", "nullable": true } } },
        });
        let tools = operations_of(&document).unwrap();
        let [get, put] = tools.as_slice() else {
            panic!("{tools:#?}")
        };
        assert_eq!((get.name.as_str(), get.hints.read_only), ("getPet", true));
        assert_eq!(get.input["required"], json!(["id"]));
        assert_eq!(
            get.input["properties"]["id"],
            json!({ "type": "integer", "exclusiveMinimum": 0 })
        );
        let output = get.output.as_ref().unwrap();
        assert_eq!(output["$ref"], "#/$defs/Pet");
        assert_eq!(output["$defs"]["Owner"], json!({ "type": ["string", "null"] }));
        assert_eq!(
            output["$defs"]["Pet"]["properties"]["mate"]["$ref"],
            "#/$defs/Pet"
        );
        assert_eq!(put.input["required"], json!(["id", "body"]));
        assert_eq!(
            (put.hints.read_only, put.hints.idempotent, &put.output),
            (false, true, &None)
        );
        for tool in &tools {
            let wrong = super::super::tool::read(&tool.input).err();
            assert_eq!(wrong, None, "{}", tool.input);
        }
    }

    #[test]
    fn what_is_no_openapi_3_is_refused_in_words() {
        for (document, words) in [
            (json!({ "swagger": "2.0", "paths": {} }), "Swagger 2"),
            (json!({ "tools": [] }), "openapi"),
            (json!({ "openapi": "3.1.0" }), "paths"),
        ] {
            assert!(operations_of(&document).unwrap_err().contains(words));
        }
    }
}
