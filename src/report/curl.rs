//! The line for a shell that repeats a call.

use serde_json::Value;

use super::text::safe_json;
use crate::event::ProviderRecord;
use crate::model::{AuthSource, Endpoint, Exchange};

/// A `curl` command that repeats a call to a provider over HTTP.
///
/// The credential stays a reference to its environment
/// variable, and only where it is the variable that the provider's entry names: a provider must not be able to make anyone
/// send another one. None for the other bindings, whose calls need a session. Of a call through a dialect it repeats the last request.
pub fn curl_line(provider: &ProviderRecord, exchange: &Exchange) -> Option<String> {
    if !matches!(provider.endpoint, Endpoint::Http { .. }) {
        return None;
    }
    let sent = Sent::of(exchange)?;
    let mut line = format!("curl -sS -i {}{}", sent.method, quote(&sent.url));
    let mut has_type = false;
    let mut has_credential = false;
    for (name, value) in sent.headers {
        has_type |= name.eq_ignore_ascii_case("content-type");
        let credential = provider.auth.as_ref().and_then(|auth| credential(auth, name));
        has_credential |= credential.is_some();
        line.push(' ');
        line.push_str(&credential.unwrap_or_else(|| format!("-H {}", quote(&format!("{name}: {value}")))));
    }
    if let (Some(auth), false) = (&provider.auth, has_credential) {
        let name = match auth {
            AuthSource::Header { header, .. } => header,
            AuthSource::Bearer { .. }
            | AuthSource::Basic { .. }
            | AuthSource::Oauth(_)
            | AuthSource::Login => "Authorization",
        };
        line.push(' ');
        line.push_str(&credential(auth, name)?);
    }
    if let Some(body) = sent.body {
        if !has_type && !sent.is_form {
            line.push_str(" -H 'Content-Type: application/json'");
        }
        line.push_str(" --data-raw ");
        line.push_str(&quote(&body));
    }
    Some(line)
}

/// What a line has to send.
struct Sent<'e> {
    /// `-X METHOD ` where it does not go without saying.
    method: String,
    url: String,
    headers: &'e [(String, String)],
    body: Option<String>,
    is_form: bool,
}

impl<'e> Sent<'e> {
    /// The request of a call; of a call through a dialect the last one that was sent. None where a dialect sent nothing.
    fn of(exchange: &'e Exchange) -> Option<Self> {
        if !exchange.by_dialect {
            return Some(Self {
                method: String::new(),
                url: exchange.target.clone(),
                headers: &exchange.request_headers,
                body: Some(safe_json(&exchange.input)),
                is_form: false,
            });
        }
        let step = exchange.steps.iter().rev().find(|step| !step.kept)?;
        let (method, path) = step.request.split_once(' ')?;
        let base = exchange.target.trim_end_matches('/');
        Some(Self {
            method: format!("-X {method} "),
            url: format!("{base}/{}", path.trim_start_matches('/')),
            headers: &step.request_headers,
            body: match &step.sent {
                Value::Null => None,
                Value::String(form) => Some(form.clone()),
                json => Some(safe_json(json)),
            },
            is_form: step.sent.is_string(),
        })
    }
}

/// The argument with the credential, if `header` is the one that carries it.
fn credential(auth: &AuthSource, header: &str) -> Option<String> {
    let env = match auth {
        // Nobody has the token in a variable: whoever repeats the call fetches one.
        AuthSource::Oauth(_) | AuthSource::Login => "ACCESS_TOKEN",
        _ => auth.env()?,
    };
    if !is_variable(env) {
        return None;
    }
    match auth {
        AuthSource::Bearer { .. } | AuthSource::Oauth(_) | AuthSource::Login
            if header.eq_ignore_ascii_case("authorization") =>
        {
            Some(format!("-H 'Authorization: Bearer '\"${env}\""))
        }
        AuthSource::Basic { .. } if header.eq_ignore_ascii_case("authorization") => {
            Some(format!("-u \"${env}\""))
        }
        AuthSource::Header { header: own, .. } if header.eq_ignore_ascii_case(own) => {
            Some(format!("-H {}\"${env}\"", quote(&format!("{own}: "))))
        }
        AuthSource::Bearer { .. }
        | AuthSource::Basic { .. }
        | AuthSource::Header { .. }
        | AuthSource::Oauth(_)
        | AuthSource::Login => None,
    }
}

fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Quotes a text as one word of a POSIX shell.
pub(super) fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use serde_json::json;

    use super::*;

    fn provider(auth: Option<AuthSource>) -> ProviderRecord {
        ProviderRecord {
            id: "a:b".parse().unwrap(),
            name: None,
            about: crate::model::About::default(),
            endpoint: Endpoint::Http {
                url: "http://127.0.0.1:4700".to_owned(),
            },
            dialect: None,
            auth,
            claims: Vec::new(),
        }
    }

    fn exchange(headers: &[(&str, &str)], input: Value) -> Exchange {
        Exchange {
            tool: "create_booking".to_owned(),
            target: "http://127.0.0.1:4700/tools/create_booking".to_owned(),
            request_headers: headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            input,
            ..Exchange::default()
        }
    }

    /// The arguments as a shell hands them over.
    fn arguments(line: &str) -> Vec<String> {
        let script = format!("printf '%s\\0' {}", line.strip_prefix("curl ").unwrap());
        let output = Command::new("sh")
            .args(["-c", &script])
            .env("TOKEN", "s3 cr'et")
            .env("OTHER", "leak")
            .output()
            .unwrap();
        assert!(output.status.success(), "{line}");
        let text = String::from_utf8(output.stdout).unwrap();
        text.split_terminator('\0').map(str::to_owned).collect()
    }

    #[test]
    fn a_shell_hands_over_exactly_what_was_sent() {
        let input = json!({ "notes": "it's \"$HOME\" `id` $(id) \\ \n \u{1b}\u{202e} ünï", "n": 1 });
        let auth = AuthSource::Bearer {
            env: "TOKEN".to_owned(),
        };
        let headers = [
            ("content-type", "application/json"),
            ("authorization", "Bearer $TOKEN"),
            ("x-session", "$OTHER'`id`"),
        ];
        let line = curl_line(&provider(Some(auth)), &exchange(&headers, input.clone())).unwrap();
        assert!(!line.contains('\u{1b}') && !line.contains('\n'), "{line}");
        let arguments = arguments(&line);
        let (body, rest) = arguments.split_last().unwrap();
        assert_eq!(serde_json::from_str::<Value>(body).unwrap(), input);
        assert_eq!(
            rest,
            [
                "-sS",
                "-i",
                "http://127.0.0.1:4700/tools/create_booking",
                "-H",
                "content-type: application/json",
                "-H",
                "Authorization: Bearer s3 cr'et",
                "-H",
                "x-session: $OTHER'`id`",
                "--data-raw",
            ]
        );
    }

    #[test]
    fn each_kind_of_credential_stays_a_reference() {
        let line = |auth| curl_line(&provider(Some(auth)), &exchange(&[], json!({}))).unwrap();
        let (env, header) = ("TOKEN".to_owned(), "X-Api-Key".to_owned());
        let lines = [
            line(AuthSource::Basic { env: env.clone() }),
            line(AuthSource::Header { header, env }),
        ];
        insta::assert_snapshot!(lines.join("\n"), @r#"
        curl -sS -i 'http://127.0.0.1:4700/tools/create_booking' -u "$TOKEN" -H 'Content-Type: application/json' --data-raw '{}'
        curl -sS -i 'http://127.0.0.1:4700/tools/create_booking' -H 'X-Api-Key: '"$TOKEN" -H 'Content-Type: application/json' --data-raw '{}'
        "#);
        assert_eq!(arguments(&lines[1])[4], "X-Api-Key: s3 cr'et");
        let hostile = AuthSource::Bearer {
            env: "X\";id;\"".to_owned(),
        };
        assert_eq!(
            curl_line(&provider(Some(hostile)), &exchange(&[], json!({}))),
            None
        );
    }

    #[test]
    fn a_call_that_needs_a_session_has_no_line() {
        let mut provider = provider(None);
        provider.endpoint = Endpoint::Mcp {
            url: "http://127.0.0.1:4700/mcp".to_owned(),
        };
        assert_eq!(curl_line(&provider, &exchange(&[], json!({}))), None);
    }
}
