//! From the templates of a step to the request that goes out. It owns the escaping of paths, queries and forms.

use serde_json::Value;

use super::step::{Content, StepRequest, without_nulls};
use crate::expr::{Bindings, EvalError, Template};
use crate::model::encoded;
use crate::transport::{Body, Decided, Request};

/// Makes the request of a step. `common` are the headers of every request.
pub(super) fn build_request(
    request: &StepRequest,
    common: &[(String, Template)],
    bindings: &Bindings,
) -> Result<Request, EvalError> {
    match request {
        StepRequest::Tool { name, arguments } => Ok(Request::Tool {
            name: text(name.render(bindings)?),
            arguments: without_nulls(arguments.render(bindings)?),
        }),
        StepRequest::Http {
            method,
            path,
            query,
            headers,
            body,
        } => {
            let mut path = path.render_text(bindings, &encoded)?;
            let pairs = pairs(query, bindings)?;
            if !pairs.is_empty() {
                path = format!("{path}?{pairs}");
            }
            let mut sent = Vec::new();
            for (name, value) in common.iter().chain(headers) {
                let value = value.render(bindings)?;
                if !value.is_null() {
                    sent.push((name.clone(), text(value)));
                }
            }
            Ok(Request::Http {
                method: method.clone(),
                path,
                headers: sent,
                body: match body {
                    Content::Nothing => None,
                    Content::Json(json) => Some(Body::Json(without_nulls(json.render(bindings)?))),
                    Content::Form(fields) => Some(Body::Form(self::pairs(fields, bindings)?)),
                },
            })
        }
    }
}

/// A request in one line, for traces.
pub(super) fn shown(request: &Request) -> (String, Value) {
    match request {
        Request::Tool { name, arguments } => (name.clone(), arguments.clone()),
        Request::Http {
            method, path, body, ..
        } => {
            let sent = match body {
                Some(Body::Json(json)) => json.clone(),
                Some(Body::Form(form)) => Value::String(form.clone()),
                None => Value::Null,
            };
            (format!("{method} {path}"), sent)
        }
    }
}

/// Returns true if a request may make something new.
pub(super) fn creates(request: &Request) -> bool {
    match request {
        Request::Tool { .. } => true,
        Request::Http { method, .. } => matches!(method.as_str(), "POST" | "PUT"),
    }
}

/// A request that decides, with its key of idempotency: a header or a field that says so in its name.
pub(super) fn decided(request: &Request) -> Decided {
    let says_so = |name: &str| name.to_lowercase().contains("idempotency");
    let field = |value: &Value| {
        let fields = value.as_object()?;
        let found = fields.iter().find(|(name, _)| says_so(name));
        found.map(|(_, value)| text(value.clone()))
    };
    let key = match request {
        Request::Tool { arguments, .. } => field(arguments),
        Request::Http { headers, body, .. } => {
            let header = headers.iter().find(|(name, _)| says_so(name));
            header.map(|(_, value)| value.clone()).or_else(|| match body {
                Some(Body::Json(json)) => field(json),
                Some(Body::Form(_)) | None => None,
            })
        }
    };
    Decided {
        request: format!("{request:?}"),
        key,
    }
}

fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

/// Names and values as a query or a form holds them: a list stands for its name several times, null for not at all.
fn pairs(fields: &[(String, Template)], bindings: &Bindings) -> Result<String, EvalError> {
    let mut pairs = Vec::new();
    for (name, value) in fields {
        let values = match value.render(bindings)? {
            Value::Null => Vec::new(),
            Value::Array(items) => items,
            other => vec![other],
        };
        for value in values {
            pairs.push(format!("{}={}", encoded(name), encoded(&text(value))));
        }
    }
    Ok(pairs.join("&"))
}
