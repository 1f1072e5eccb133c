//! From the templates of a step to the request that goes out. It owns the escaping of paths, queries and forms.

use serde_json::Value;

use super::step::{Content, StepRequest, without_nulls};
use crate::expr::{Bindings, EvalError, Template};
use crate::transport::{Body, Request};

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
            let mut path = path.render_text(bindings, &escaped)?;
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
            pairs.push(format!("{}={}", escaped(name), escaped(&text(value))));
        }
    }
    Ok(pairs.join("&"))
}

/// A text with everything percent-encoded that has a meaning in a URL. Segments that lead upwards are taken apart too.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'~' | b'.' => out.push(char::from(byte)),
            other => {
                const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
                out.push('%');
                out.push(char::from(DIGITS[usize::from(other >> 4)]));
                out.push(char::from(DIGITS[usize::from(other & 15)]));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn what_has_a_meaning_in_a_url_is_encoded() {
        assert_eq!(escaped("a/b?c=d&é+ %"), "a%2Fb%3Fc%3Dd%26%C3%A9%2B%20%25");
        assert_eq!(escaped("bkg_01-x.y~z"), "bkg_01-x.y~z");
    }
}
