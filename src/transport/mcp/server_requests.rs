//! What a server asks its client for, and what it is told: roots, a word of a model, an input of the user.

use rmcp::model::ErrorCode;
use serde_json::{Map, Value, json};

use crate::transport::client_options::ServerRequests;

/// The code with which a client says that its user does not want to (MCP, "Sampling").
const REJECTED: i64 = -1;

/// The name of the extension for tasks.
const TASKS: &str = "io.modelcontextprotocol/tasks";

/// What a client with this policy says that it is able to do. A stateless server cannot be told that its question was declined where the
/// question has no answer for that, so it is not offered there.
pub(super) fn capabilities(policy: ServerRequests, stateless: bool) -> Value {
    let mut offered = Map::new();
    if policy != ServerRequests::Refuse {
        offered.insert("roots".to_owned(), json!({}));
        offered.insert("elicitation".to_owned(), json!({}));
        if !stateless || policy == ServerRequests::Accept {
            offered.insert("sampling".to_owned(), json!({}));
        }
    }
    if stateless {
        offered.insert("extensions".to_owned(), json!({ TASKS: {} }));
    }
    Value::Object(offered)
}

/// Our reply to a request of the server's own.
pub(in crate::transport) fn reply(policy: ServerRequests, id: &Value, method: &str, params: &Value) -> Value {
    match result(policy, method, params) {
        Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
        Err((code, message)) => json!({
            "jsonrpc": "2.0",
            "id": id,
            "error": { "code": code, "message": message },
        }),
    }
}

/// The result of what a server asks for, or the code and the words of the refusal.
pub(super) fn result(
    policy: ServerRequests,
    method: &str,
    params: &Value,
) -> Result<Value, (i64, &'static str)> {
    use ServerRequests::{Accept, Decline, Refuse};
    match (method, policy) {
        ("ping", _) => Ok(json!({})),
        ("roots/list", Decline) => Ok(json!({ "roots": [] })),
        ("roots/list", Accept) => Ok(json!({ "roots": working_folder() })),
        ("elicitation/create", Decline) => Ok(json!({ "action": "decline" })),
        ("elicitation/create", Accept) => Ok(filled_in(params)),
        ("sampling/createMessage", Decline) => Err((REJECTED, "the user rejected the request for sampling")),
        ("sampling/createMessage", Accept) => Ok(json!({
            "role": "assistant",
            "content": { "type": "text", "text": "This is a harness, not a model." },
            "model": "none",
            "stopReason": "endTurn",
        })),
        (_, Refuse) => Err((
            i64::from(ErrorCode::METHOD_NOT_FOUND.0),
            "this client offers nothing to servers",
        )),
        _ => Err((
            i64::from(ErrorCode::METHOD_NOT_FOUND.0),
            "this client does not offer that to servers",
        )),
    }
}

fn working_folder() -> Vec<Value> {
    let folder = std::env::current_dir().ok();
    let url = folder.and_then(|folder| reqwest::Url::from_directory_path(folder).ok());
    url.map(|url| json!({ "uri": url.as_str(), "name": "working folder" }))
        .into_iter()
        .collect()
}

/// The least input that fits a form. A form on a page of the web is nobody's to fill in here.
fn filled_in(params: &Value) -> Value {
    let schema = params.get("requestedSchema");
    if schema.is_none() && params.get("mode").and_then(Value::as_str) == Some("url") {
        return json!({ "action": "decline" });
    }
    let fields = schema
        .and_then(|schema| schema.get("properties"))
        .and_then(Value::as_object);
    let content: Map<String, Value> = fields
        .into_iter()
        .flatten()
        .map(|(name, field)| (name.clone(), least(field)))
        .collect();
    json!({ "action": "accept", "content": content })
}

/// The least value of a field: its default, its first choice, else something small of its type.
fn least(field: &Value) -> Value {
    let first = |choices: &Value| choices.as_array()?.first().cloned();
    if let Some(default) = field.get("default") {
        return default.clone();
    }
    if let Some(choice) = field.get("enum").and_then(first) {
        return choice;
    }
    let titled = field.get("oneOf").or_else(|| field.get("anyOf")).and_then(first);
    if let Some(constant) = titled.as_ref().and_then(|choice| choice.get("const")) {
        return constant.clone();
    }
    match field.get("type").and_then(Value::as_str) {
        Some("boolean") => json!(false),
        Some("integer" | "number") => field.get("minimum").cloned().unwrap_or_else(|| json!(0)),
        Some("array") => match field.get("minItems").and_then(Value::as_u64) {
            Some(1..) => json!([field.get("items").map_or(Value::Null, least)]),
            _ => json!([]),
        },
        _ => text(field),
    }
}

fn text(field: &Value) -> Value {
    let text = match field.get("format").and_then(Value::as_str) {
        Some("email") => "someone@example.com",
        Some("uri") => "https://example.com/",
        Some("date") => "2030-01-01",
        Some("date-time") => "2030-01-01T00:00:00Z",
        _ => "something",
    };
    let at_most = field.get("maxLength").and_then(Value::as_u64).unwrap_or(u64::MAX);
    let at_least = field
        .get("minLength")
        .and_then(Value::as_u64)
        .unwrap_or(0)
        .min(1_000);
    let mut text: String = text
        .chars()
        .take(usize::try_from(at_most).unwrap_or(usize::MAX))
        .collect();
    let missing = usize::try_from(at_least)
        .unwrap_or(0)
        .saturating_sub(text.chars().count());
    text.extend(std::iter::repeat_n('x', missing));
    Value::String(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_policy_offers_and_answers_what_it_says() {
        use ServerRequests::{Accept, Decline, Refuse};
        assert_eq!(capabilities(Refuse, false), json!({}));
        assert_eq!(
            capabilities(Decline, false),
            json!({ "roots": {}, "elicitation": {}, "sampling": {} })
        );
        assert!(capabilities(Decline, true).get("sampling").is_none());
        assert!(capabilities(Accept, true).get("sampling").is_some());
        let asked = |policy, method| result(policy, method, &Value::Null);
        assert_eq!(asked(Refuse, "ping"), Ok(json!({})));
        assert_eq!(asked(Decline, "roots/list"), Ok(json!({ "roots": [] })));
        assert_eq!(
            asked(Decline, "elicitation/create"),
            Ok(json!({ "action": "decline" }))
        );
        assert_eq!(asked(Decline, "sampling/createMessage").unwrap_err().0, -1);
        assert_eq!(asked(Refuse, "roots/list").unwrap_err().0, -32601);
        assert_eq!(asked(Accept, "tasks/get").unwrap_err().0, -32601);
        let roots = asked(Accept, "roots/list").unwrap();
        assert!(roots["roots"][0]["uri"].as_str().unwrap().starts_with("file:///"));
    }

    #[test]
    fn a_form_is_filled_in_with_what_fits_it() {
        let form = json!({ "requestedSchema": { "type": "object", "properties": {
            "name": { "type": "string", "minLength": 12 },
            "short": { "type": "string", "maxLength": 4 },
            "mail": { "type": "string", "format": "email" },
            "colour": { "type": "string", "enum": ["red", "blue"] },
            "size": { "type": "string", "oneOf": [{ "const": "s", "title": "Small" }] },
            "age": { "type": "integer", "minimum": 18 },
            "sure": { "type": "boolean", "default": true },
            "days": { "type": "array", "minItems": 1, "items": { "enum": ["mon"] } },
        } } });
        assert_eq!(
            result(ServerRequests::Accept, "elicitation/create", &form).unwrap(),
            json!({ "action": "accept", "content": { "name": "somethingxxx", "short": "some", "mail": "someone@example.com",
                "colour": "red", "size": "s", "age": 18, "sure": true, "days": ["mon"] } })
        );
        let page = json!({ "mode": "url", "url": "https://a.example" });
        assert_eq!(
            result(ServerRequests::Accept, "elicitation/create", &page).unwrap(),
            json!({ "action": "decline" })
        );
    }
}
