//! Credentials: taken from the environment once, put into one header, and shown as the name of their variable.

use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};

use super::error::ConnectError;
use crate::model::{AuthSource, Secret};

/// A credential, ready to be sent. It does not print.
#[derive(Debug, Clone)]
pub struct Auth {
    scheme: Scheme,
    env: String,
    secret: Secret,
}

#[derive(Debug, Clone)]
enum Scheme {
    Bearer,
    Basic,
    Header(String),
}

/// The environment variable that holds a credential is not there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable `{name}`, which holds the credential, is not set or is empty")]
pub struct MissingVariable {
    /// The variable.
    pub name: String,
}

impl Auth {
    /// Takes the credential from the environment, which `lookup` reads.
    ///
    /// # Errors
    ///
    /// The variable is not set, or is empty.
    pub fn resolve(
        source: &AuthSource,
        lookup: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, MissingVariable> {
        let env = source.env().to_owned();
        let secret = lookup(&env)
            .filter(|value| !value.is_empty())
            .ok_or_else(|| MissingVariable { name: env.clone() })?;
        let scheme = match source {
            AuthSource::Bearer { .. } => Scheme::Bearer,
            AuthSource::Basic { .. } => Scheme::Basic,
            AuthSource::Header { header, .. } => Scheme::Header(header.clone()),
        };
        Ok(Self {
            scheme,
            env,
            secret: Secret::new(secret),
        })
    }

    /// The header that carries it.
    pub(super) fn header(&self, client: &reqwest::Client) -> Result<(HeaderName, HeaderValue), ConnectError> {
        let unfit = || ConnectError::Credential {
            env: self.env.clone(),
        };
        let secret = self.secret.expose();
        let (name, value) = match &self.scheme {
            Scheme::Bearer => (
                AUTHORIZATION,
                format!("Bearer {secret}").try_into().map_err(|_| unfit())?,
            ),
            Scheme::Basic => (AUTHORIZATION, basic(client, secret).ok_or_else(unfit)?),
            Scheme::Header(name) => (
                name.parse()
                    .map_err(|_| ConnectError::HeaderName { name: name.clone() })?,
                secret.parse().map_err(|_| unfit())?,
            ),
        };
        let mut value: HeaderValue = value;
        value.set_sensitive(true);
        Ok((name, value))
    }

    /// The header as a record shows it.
    pub(super) fn shown(&self) -> (String, String) {
        match &self.scheme {
            Scheme::Bearer => ("authorization".to_owned(), format!("Bearer ${}", self.env)),
            Scheme::Basic => ("authorization".to_owned(), format!("Basic ${}", self.env)),
            Scheme::Header(name) => (name.to_ascii_lowercase(), format!("${}", self.env)),
        }
    }

    /// Every text that would give it away: itself, its parts, and the form in which it is sent.
    pub(super) fn secrets(&self, sent: &HeaderValue) -> Vec<Secret> {
        let mut texts = vec![self.secret.expose().to_owned()];
        if let Scheme::Basic = self.scheme {
            texts.extend(
                self.secret
                    .expose()
                    .split_once(':')
                    .map(|(_, password)| password.to_owned()),
            );
            let sent = String::from_utf8_lossy(sent.as_bytes());
            texts.extend(sent.split_once(' ').map(|(_, encoded)| encoded.to_owned()));
        }
        texts.into_iter().map(Secret::new).collect()
    }
}

/// `user:password` as the header wants it; without a colon the whole text is the user.
fn basic(client: &reqwest::Client, pair: &str) -> Option<HeaderValue> {
    let (user, password) = pair.split_once(':').unwrap_or((pair, ""));
    // Only the header of this request is used: it spares an encoder of our own.
    let request = client
        .get("http://localhost/")
        .basic_auth(user, Some(password))
        .build()
        .ok()?;
    request.headers().get(AUTHORIZATION).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client() -> reqwest::Client {
        crate::transport::install_crypto();
        reqwest::Client::builder()
            .tls_certs_only([])
            .no_proxy()
            .build()
            .unwrap()
    }

    fn resolved(source: &AuthSource, value: &str) -> Auth {
        Auth::resolve(source, &|name| (name == "TOKEN").then(|| value.to_owned())).unwrap()
    }

    #[test]
    fn each_form_becomes_its_header_and_is_shown_by_the_name_of_its_variable() {
        let env = || "TOKEN".to_owned();
        let rows = [
            (
                AuthSource::Bearer { env: env() },
                "authorization",
                "Bearer ada:pw",
                "Bearer $TOKEN",
            ),
            (
                AuthSource::Basic { env: env() },
                "authorization",
                "Basic YWRhOnB3",
                "Basic $TOKEN",
            ),
            (
                AuthSource::Header {
                    header: "X-Api-Key".to_owned(),
                    env: env(),
                },
                "x-api-key",
                "ada:pw",
                "$TOKEN",
            ),
        ];
        for (source, name, value, shown) in rows {
            let auth = resolved(&source, "ada:pw");
            let (sent_name, sent) = auth.header(&client()).unwrap();
            assert_eq!((sent_name.as_str(), sent.to_str().unwrap()), (name, value));
            assert!(sent.is_sensitive());
            assert_eq!(auth.shown(), (name.to_owned(), shown.to_owned()));
            assert!(!format!("{auth:?}").contains("ada"), "the credential prints");
        }
    }

    #[test]
    fn a_variable_that_is_missing_or_empty_is_named() {
        let source = AuthSource::Bearer {
            env: "TOKEN".to_owned(),
        };
        for value in [None, Some(String::new())] {
            let error = Auth::resolve(&source, &|_| value.clone()).unwrap_err();
            assert_eq!(error.name, "TOKEN");
        }
    }

    #[test]
    fn a_credential_that_no_header_can_carry_is_an_error_that_does_not_show_it() {
        let auth = resolved(
            &AuthSource::Bearer {
                env: "TOKEN".to_owned(),
            },
            "two\nlines",
        );
        let error = auth.header(&client()).unwrap_err().to_string();
        assert_eq!(
            error,
            "the value of the environment variable `TOKEN` cannot stand in a header"
        );
    }

    #[test]
    fn the_password_and_the_encoded_pair_are_secrets_too() {
        let auth = resolved(
            &AuthSource::Basic {
                env: "TOKEN".to_owned(),
            },
            "ada:pass\"word",
        );
        let (_, sent) = auth.header(&client()).unwrap();
        let redactor = crate::model::Redactor::new(auth.secrets(&sent));
        let text = format!(
            "pass\"word {} {{\"p\":\"pass\\\"word\"}}",
            &sent.to_str().unwrap()["Basic ".len()..]
        );
        assert_eq!(
            redactor.redact(text),
            "[redacted] [redacted] {\"p\":\"[redacted]\"}"
        );
    }
}
