//! The signed statement with which a client proves itself by its private key (RFC 7523).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    Ed25519KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use serde_json::json;

use super::error::OauthError;
use crate::model::hex;

/// The time for which a statement holds.
const VALID: TimeDelta = TimeDelta::minutes(2);

/// A private key. It does not print.
pub(in crate::transport) struct SigningKey(Kind);

enum Kind {
    Ecdsa(&'static str, EcdsaKeyPair),
    Rsa(RsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.algorithm())
    }
}

impl SigningKey {
    /// Reads a key in PEM: PKCS #8, of P-256, P-384, RSA or Ed25519, or PKCS #1 of RSA. Line breaks may be written as `\n`, as some
    /// environments need it.
    pub(in crate::transport) fn from_pem(text: &str) -> Result<Self, OauthError> {
        let text = text.replace("\\n", "\n");
        let (label, der) = unwrapped(&text).ok_or_else(|| {
            OauthError::Key("is not PEM: it has no line `-----BEGIN PRIVATE KEY-----`".to_owned())
        })?;
        let kind = match label.as_str() {
            "PRIVATE KEY" => pkcs8(&der),
            "RSA PRIVATE KEY" => RsaKeyPair::from_der(&der).ok().map(Kind::Rsa),
            "EC PRIVATE KEY" => {
                let hint = "is in the form SEC 1: `openssl pkcs8 -topk8 -nocrypt` makes PKCS #8 of it";
                return Err(OauthError::Key(hint.to_owned()));
            }
            "ENCRYPTED PRIVATE KEY" => {
                return Err(OauthError::Key(
                    "is encrypted, and no password is asked for".to_owned(),
                ));
            }
            _ => None,
        };
        kind.map(Self).ok_or_else(|| {
            OauthError::Key(
                "is none of P-256, P-384, RSA (2048 bits at least) and Ed25519 in PKCS #8".to_owned(),
            )
        })
    }

    /// The name of what it signs by (RFC 7518, RFC 8037).
    pub(super) fn algorithm(&self) -> &'static str {
        match &self.0 {
            Kind::Ecdsa(name, _) => name,
            Kind::Rsa(_) => "RS256",
            Kind::Ed25519(_) => "EdDSA",
        }
    }

    /// A statement that it is `client` who asks `audience`.
    pub(super) fn assertion(
        &self,
        client: &str,
        audience: &str,
        now: DateTime<Utc>,
    ) -> Result<String, OauthError> {
        let mut id = [0; 16];
        getrandom::fill(&mut id).map_err(|error| OauthError::Own(error.to_string()))?;
        let header = json!({ "alg": self.algorithm(), "typ": "JWT" });
        let until = now.checked_add_signed(VALID).unwrap_or(now);
        let claims = json!({
            "iss": client, "sub": client, "aud": audience,
            "jti": hex(&id), "iat": now.timestamp(), "exp": until.timestamp(),
        });
        let encode = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", encode(&header), encode(&claims));
        let signature = self.sign(signed.as_bytes())?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, OauthError> {
        let failed = || OauthError::Key("cannot sign".to_owned());
        let random = SystemRandom::new();
        match &self.0 {
            Kind::Ecdsa(_, key) => {
                let signature = key.sign(&random, message).map_err(|_| failed())?;
                Ok(signature.as_ref().to_vec())
            }
            Kind::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .map_err(|_| failed())?;
                Ok(signature)
            }
            Kind::Ed25519(key) => Ok(key.sign(message).as_ref().to_vec()),
        }
    }
}

fn pkcs8(der: &[u8]) -> Option<Kind> {
    let random = SystemRandom::new();
    let curve = |name: &'static str, algorithm: &'static EcdsaSigningAlgorithm| {
        let key = EcdsaKeyPair::from_pkcs8(algorithm, der, &random).ok()?;
        Some(Kind::Ecdsa(name, key))
    };
    curve("ES256", &ECDSA_P256_SHA256_FIXED_SIGNING)
        .or_else(|| curve("ES384", &ECDSA_P384_SHA384_FIXED_SIGNING))
        .or_else(|| RsaKeyPair::from_pkcs8(der).ok().map(Kind::Rsa))
        .or_else(|| {
            Ed25519KeyPair::from_pkcs8_maybe_unchecked(der)
                .ok()
                .map(Kind::Ed25519)
        })
}

/// The label and the bytes of the first block of PEM.
fn unwrapped(text: &str) -> Option<(String, Vec<u8>)> {
    let (_, rest) = text.split_once("-----BEGIN ")?;
    let (label, rest) = rest.split_once("-----")?;
    let (body, _) = rest.split_once("-----END ")?;
    let body: String = body.split_whitespace().collect();
    Some((label.to_owned(), STANDARD.decode(body).ok()?))
}

#[cfg(test)]
mod tests {
    use ring::signature::{ECDSA_P256_SHA256_FIXED, KeyPair as _, UnparsedPublicKey};
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_statement_holds_for_its_audience_and_is_signed_by_the_key() {
        let document =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
        let pem = format!(
            "-----BEGIN PRIVATE KEY-----\\n{}\\n-----END PRIVATE KEY-----\\n",
            STANDARD.encode(document.as_ref())
        );
        let key = SigningKey::from_pem(&pem).unwrap();
        assert_eq!(format!("{key:?}"), "SigningKey(ES256)");
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let text = key.assertion("ci", "https://as.example", now).unwrap();
        let parts: Vec<_> = text.split('.').collect();
        let json =
            |part: &str| -> Value { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap() };
        assert_eq!(json(parts[0])["alg"], "ES256");
        let claims = json(parts[1]);
        assert_eq!(
            (&claims["iss"], &claims["sub"], &claims["aud"], &claims["exp"]),
            (
                &json!("ci"),
                &json!("ci"),
                &json!("https://as.example"),
                &json!(1_800_000_120)
            )
        );
        let Kind::Ecdsa(_, pair) = &key.0 else {
            panic!("a curve")
        };
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, pair.public_key().as_ref());
        let signed = format!("{}.{}", parts[0], parts[1]);
        let signature = URL_SAFE_NO_PAD.decode(parts[2]).unwrap();
        public.verify(signed.as_bytes(), &signature).unwrap();
        let other = key.assertion("ci", "https://as.example", now).unwrap();
        assert_ne!(text, other, "each has an id of its own");
    }

    #[test]
    fn what_is_no_key_is_named_without_showing_it() {
        for (text, told) in [
            ("hunter22", "is not PEM"),
            (
                "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
                "none of",
            ),
            (
                "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----",
                "openssl pkcs8",
            ),
            (
                "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----",
                "encrypted",
            ),
        ] {
            let error = SigningKey::from_pem(text).unwrap_err().to_string();
            assert!(error.contains(told) && !error.contains("hunter22"), "{error}");
        }
    }
}
