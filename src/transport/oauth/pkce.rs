//! A login that is under way: what the browser is sent to, and what must come back (RFC 7636, RFC 9207).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Url;
use sha2::{Digest as _, Sha256};

use super::address::same_issuer;
use super::error::OauthError;
use crate::model::Secret;

/// A login that waits for the browser.
#[derive(Debug, Clone)]
pub struct Pending {
    /// The address that a person opens.
    pub url: Url,
    pub(super) state: Secret,
    pub(super) verifier: Secret,
    pub(super) redirect: String,
    pub(super) issuer: String,
    /// True if the server always names itself in the answer.
    pub(super) names_itself: bool,
}

/// What a browser was sent back with.
#[derive(Debug, Clone)]
pub struct Callback {
    pub(super) code: Secret,
}

impl Pending {
    /// Reads what the browser was sent back with: the query of the callback.
    ///
    /// # Errors
    ///
    /// It belongs to another login, comes from another server, or says why there is none.
    pub fn answered(&self, query: &str) -> Result<Callback, OauthError> {
        let wrong = |text: &str| OauthError::Callback(text.to_owned());
        let url = Url::parse(&format!("http://127.0.0.1/?{query}"))
            .map_err(|_| wrong("the browser came back with what cannot be read"))?;
        let value = |name: &str| {
            let mut found = url.query_pairs().filter(|(known, _)| known == name);
            match (found.next(), found.next()) {
                (Some((_, value)), None) => Some(value.into_owned()),
                _ => None,
            }
        };
        if value("state").as_deref() != Some(self.state.expose()) {
            return Err(wrong(
                "the browser came back from another login (its `state` differs): nothing was taken from it",
            ));
        }
        match value("iss") {
            Some(issuer) if !same_issuer(&issuer, &self.issuer) => {
                return Err(wrong(
                    "the browser came back from another authorization server (its `iss` differs): nothing was taken from it",
                ));
            }
            None if self.names_itself => {
                return Err(wrong(
                    "the answer does not name its authorization server (`iss`), which it says that it does: nothing was taken from it",
                ));
            }
            _ => {}
        }
        if let Some(code) = value("error") {
            let description = value("error_description");
            return Err(OauthError::refused("the login", &code, description.as_deref()));
        }
        match value("code").filter(|code| !code.is_empty()) {
            Some(code) => Ok(Callback {
                code: Secret::new(code),
            }),
            None => Err(wrong("the browser came back without a code")),
        }
    }
}

/// A text that nobody guesses.
pub(super) fn random() -> Result<Secret, OauthError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| OauthError::Own(format!("no random bytes: {error}")))?;
    Ok(Secret::new(URL_SAFE_NO_PAD.encode(bytes)))
}

/// What a verifier is known by before it is shown (`S256`).
pub(super) fn challenge(verifier: &Secret) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.expose()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pending(names_itself: bool) -> Pending {
        Pending {
            url: Url::parse("https://as.example/authorize").unwrap(),
            state: Secret::new("st"),
            verifier: Secret::new("v"),
            redirect: "http://127.0.0.1:1/callback".to_owned(),
            issuer: "https://as.example".to_owned(),
            names_itself,
        }
    }

    #[test]
    fn only_the_answer_to_this_login_of_this_server_is_taken() {
        let own = "iss=https%3A%2F%2Fas.example";
        for (names_itself, query) in [
            (false, "code=c&state=st".to_owned()),
            (true, format!("code=c&state=st&{own}")),
        ] {
            let callback = pending(names_itself).answered(&query).unwrap();
            assert_eq!(callback.code.expose(), "c");
            assert!(!format!("{callback:?}").contains("\"c\""));
        }
        for (names_itself, query, told) in [
            (false, "code=c&state=other", "`state` differs"),
            (false, "code=c", "`state` differs"),
            (false, "code=c&state=st&state=st", "`state` differs"),
            (
                false,
                "code=c&state=st&iss=https%3A%2F%2Fevil.example",
                "`iss` differs",
            ),
            (true, "code=c&state=st", "does not name"),
            (false, "state=st", "without a code"),
            (
                false,
                "state=st&error=access_denied&error_description=No%0Ano",
                "access_denied (No)",
            ),
            // A refusal of another login says nothing.
            (false, "state=x&error=access_denied", "`state` differs"),
        ] {
            let error = pending(names_itself).answered(query).unwrap_err().to_string();
            assert!(error.contains(told), "{query}: {error}");
        }
    }

    #[test]
    fn the_challenge_is_that_of_the_specification() {
        let verifier = Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(
            challenge(&verifier),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
        assert_ne!(random().unwrap(), random().unwrap());
    }
}
