//! The OpenAPI 3.1 document of the API. Its schemas are JSON Schema 2020-12.

use axum::extract::State as Given;
use axum::response::Response;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::{Map, Value, json};

use super::problem::ProblemView;
use super::respond::json;
use super::route::{BASE, Route, routes};
use crate::web::State;

pub(super) async fn show(Given(state): Given<State>) -> Response {
    json(state, |_| Ok(document())).await
}

/// The document.
pub(in crate::web) fn document() -> Value {
    let mut settings = SchemaSettings::draft2020_12().for_serialize();
    settings.definitions_path = "/components/schemas".into();
    settings.meta_schema = None;
    let mut generator = settings.into_generator();
    let problem = generator.subschema_for::<ProblemView>().to_value();
    let mut paths = Map::new();
    for route in routes() {
        let operation = operation(&route, &problem, &mut generator);
        let item = paths
            .entry(format!("{BASE}{}", route.path))
            .or_insert_with(|| json!({}));
        item[route.method] = operation;
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Proofhouse registry",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Contracts of tools that agents call, and the providers that are proven to comply with them. Fields of responses may be added, never removed or renamed.",
        },
        "paths": paths,
        "components": {
            "schemas": generator.take_definitions(true),
            "securitySchemes": { "publisher": { "type": "http", "scheme": "bearer" } },
        },
    })
}

fn operation(route: &Route, problem: &Value, generator: &mut SchemaGenerator) -> Value {
    let mut parameters: Vec<Value> = route
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
        .collect();
    if let Some(query) = route.query {
        let mut settings = SchemaSettings::draft2020_12().for_deserialize();
        settings.inline_subschemas = true;
        parameters.extend(of_query(query(&mut settings.into_generator()).to_value()));
    }
    let body = |kind: &str, schema: &Value| json!({ kind: { "schema": schema } });
    let answer = (route.answer)(generator).to_value();
    let refused =
        |words: &str| json!({ "description": words, "content": body("application/problem+json", problem) });
    let mut operation = json!({
        "operationId": route.name,
        "summary": route.summary,
        "parameters": parameters,
        "responses": {
            "200": { "description": route.summary, "content": body("application/json", &answer) },
            "400": refused("The request has an unknown or invalid parameter"),
            "404": refused("Something that the request names does not exist"),
        },
    });
    if let Some(taken) = route.body {
        let schema = taken(generator).to_value();
        operation["requestBody"] = json!({ "required": true, "content": body("application/json", &schema) });
    }
    if route.secured {
        operation["security"] = json!([{ "publisher": [] }]);
        for (status, words) in [
            ("401", "The token is missing, unknown or revoked"),
            (
                "409",
                "The piece does not begin at the end of the last one, or another run of this id is stored",
            ),
            (
                "413",
                "The run is too long, or the token has too many unfinished uploads",
            ),
            ("422", "The run is not accepted; `reasons` lists the reasons"),
            ("429", "Too many requests; `Retry-After` says how long to wait"),
        ] {
            operation["responses"][status] = refused(words);
        }
    }
    operation
}

/// The properties of an object as parameters of a query.
fn of_query(mut schema: Value) -> Vec<Value> {
    let required: Vec<Value> = schema["required"].as_array().cloned().unwrap_or_default();
    let Some(Value::Object(properties)) = schema.get_mut("properties").map(Value::take) else {
        return Vec::new();
    };
    properties
        .into_iter()
        .map(|(name, mut schema)| {
            let words = schema
                .as_object_mut()
                .and_then(|schema| schema.shift_remove("description"));
            json!({
                "name": name,
                "in": "query",
                "required": required.iter().any(|known| known == name.as_str()),
                "description": words,
                "schema": schema,
            })
        })
        .collect()
}
