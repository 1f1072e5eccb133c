//! Credentials: taken from the environment once, put into one header, and shown as the name of their variable. Tokens of an authorization
//! server come later, and are shown as what they are.

use std::sync::Arc;

use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};

use super::error::ConnectError;
use super::oauth::{Client, Proof, SigningKey, Way};
use crate::login;
use crate::model::{AuthSource, ClientProof, Secret};

/// A credential, ready to be sent. It does not print.
#[derive(Debug, Clone)]
pub struct Auth(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Fixed(Fixed),
    Token(Way),
}

/// A credential that is always the same.
#[derive(Debug, Clone)]
struct Fixed {
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

/// The environment variable that holds a credential is of no use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable `{name}`, which holds the credential, {reason}")]
pub struct MissingVariable {
    /// The variable.
    pub name: String,
    /// What is wrong with it.
    pub reason: String,
}

impl MissingVariable {
    fn unset(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            reason: "is not set or is empty".to_owned(),
        }
    }
}

impl Auth {
    /// Takes the credential from the environment, which `lookup` reads.
    ///
    /// # Errors
    ///
    /// The variable is not set, is empty, or holds no key where it should.
    pub fn resolve(
        source: &AuthSource,
        lookup: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, MissingVariable> {
        let value = |env: &str| {
            let value = lookup(env).filter(|value| !value.is_empty());
            value.ok_or_else(|| MissingVariable::unset(env))
        };
        let scheme = match source {
            AuthSource::Bearer { .. } => Scheme::Bearer,
            AuthSource::Basic { .. } => Scheme::Basic,
            AuthSource::Header { header, .. } => Scheme::Header(header.clone()),
            AuthSource::Oauth(source) => {
                let text = value(source.proof.env())?;
                let proof = match &source.proof {
                    ClientProof::SecretEnv(_) => Proof::secret(Secret::new(text), None),
                    ClientProof::PrivateKeyEnv(env) => {
                        let key = SigningKey::from_pem(&text).map_err(|error| MissingVariable {
                            name: env.clone(),
                            reason: format!("is of no use: {error}"),
                        })?;
                        Proof::Key(Arc::new(key))
                    }
                };
                let client = Client::new(source.client_id.clone(), proof);
                let source = source.clone();
                return Ok(Self(Kind::Token(Way::Client { client, source })));
            }
            AuthSource::Login => {
                let folder = login::folder(lookup).ok_or_else(|| MissingVariable::unset("HOME"))?;
                return Ok(Self(Kind::Token(Way::Login(folder))));
            }
        };
        let env = source.env().unwrap_or_default().to_owned();
        let secret = Secret::new(value(&env)?);
        Ok(Self(Kind::Fixed(Fixed { scheme, env, secret })))
    }

    /// How its token is got, where it is one of an authorization server.
    pub(super) fn way(&self) -> Option<&Way> {
        match &self.0 {
            Kind::Fixed(_) => None,
            Kind::Token(way) => Some(way),
        }
    }

    /// The header that carries it; None where a token does, which comes later.
    pub(super) fn header(
        &self,
        client: &reqwest::Client,
    ) -> Result<Option<(HeaderName, HeaderValue)>, ConnectError> {
        match &self.0 {
            Kind::Fixed(fixed) => fixed.header(client).map(Some),
            Kind::Token(_) => Ok(None),
        }
    }

    /// The header as a record shows it.
    pub(super) fn shown(&self) -> (String, String) {
        match &self.0 {
            Kind::Fixed(fixed) => fixed.shown(),
            Kind::Token(_) => ("authorization".to_owned(), "Bearer $ACCESS_TOKEN".to_owned()),
        }
    }

    /// The secret by which a token is got, where there is one.
    pub(super) fn client_secret(&self) -> Option<Secret> {
        match &self.0 {
            Kind::Token(Way::Client { client, .. }) => client.secret().cloned(),
            Kind::Token(Way::Login(_)) | Kind::Fixed(_) => None,
        }
    }

    /// Every text that would give it away, as far as it is known by now.
    pub(super) fn secrets(&self, sent: &HeaderValue) -> Vec<Secret> {
        match &self.0 {
            Kind::Fixed(fixed) => fixed.secrets(sent),
            Kind::Token(_) => Vec::new(),
        }
    }
}

impl Fixed {
    /// The header that carries it.
    fn header(&self, client: &reqwest::Client) -> Result<(HeaderName, HeaderValue), ConnectError> {
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
    fn shown(&self) -> (String, String) {
        match &self.scheme {
            Scheme::Bearer => ("authorization".to_owned(), format!("Bearer ${}", self.env)),
            Scheme::Basic => ("authorization".to_owned(), format!("Basic ${}", self.env)),
            Scheme::Header(name) => (name.to_ascii_lowercase(), format!("${}", self.env)),
        }
    }

    /// Every text that would give it away: itself, its parts, and the form in which it is sent.
    fn secrets(&self, sent: &HeaderValue) -> Vec<Secret> {
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
            let (sent_name, sent) = auth.header(&client()).unwrap().unwrap();
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
        let (_, sent) = auth.header(&client()).unwrap().unwrap();
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
