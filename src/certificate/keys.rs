//! Ed25519 keys, in the files that other tools read: PKCS#8 for the private one, `SubjectPublicKeyInfo` for the public one, both as PEM
//! (RFC 8410, RFC 7468).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

use crate::model::hex;

/// The DER bytes before the 32 bytes of the seed (RFC 8410, section 7).
const PRIVATE_PREFIX: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// The DER bytes before the 32 bytes of the public key (RFC 8410, section 4).
const PUBLIC_PREFIX: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

const PRIVATE_LABEL: &str = "PRIVATE KEY";
const PUBLIC_LABEL: &str = "PUBLIC KEY";

/// An error of a key that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The text is not what it should be.
    #[error("not a PEM file of one {0}")]
    NotPem(&'static str),
    /// It holds something else than an Ed25519 key.
    #[error("not an Ed25519 key")]
    OtherKind,
    /// The 32 bytes are no point of the curve, or a weak one.
    #[error("no usable Ed25519 public key")]
    NoPoint,
}

/// A private key. It never prints.
pub struct PrivateKey(SigningKey);

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey(…)")
    }
}

impl PrivateKey {
    /// The key of a seed, which has to be random.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// Reads a PKCS#8 PEM file.
    ///
    /// # Errors
    ///
    /// It is no such file, or holds a key of another kind.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let der = unwrap_pem(text, PRIVATE_LABEL)?;
        let seed = der
            .strip_prefix(&PRIVATE_PREFIX)
            .and_then(|seed| <&[u8; 32]>::try_from(seed).ok())
            .ok_or(KeyError::OtherKind)?;
        Ok(Self::from_seed(seed))
    }

    /// The PKCS#8 PEM file of the key: a secret.
    pub fn to_pem(&self) -> String {
        wrap_pem(PRIVATE_LABEL, &[&PRIVATE_PREFIX[..], &self.0.to_bytes()].concat())
    }

    /// The key with which others verify.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// Signs bytes.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

/// A public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// The key of 32 bytes.
    ///
    /// # Errors
    ///
    /// They are no point of the curve, or one of small order, under which anything verifies.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        match VerifyingKey::from_bytes(bytes) {
            Ok(key) if !key.is_weak() => Ok(Self(key)),
            _ => Err(KeyError::NoPoint),
        }
    }

    /// Reads a PEM file of a `SubjectPublicKeyInfo`.
    ///
    /// # Errors
    ///
    /// It is no such file, or holds a key of another kind.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let der = unwrap_pem(text, PUBLIC_LABEL)?;
        let bytes = der
            .strip_prefix(&PUBLIC_PREFIX)
            .and_then(|bytes| <&[u8; 32]>::try_from(bytes).ok())
            .ok_or(KeyError::OtherKind)?;
        Self::from_bytes(bytes)
    }

    /// The PEM file of the key.
    pub fn to_pem(&self) -> String {
        wrap_pem(PUBLIC_LABEL, &self.der())
    }

    /// The 32 bytes of the key (RFC 8032).
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// SHA-256 of the DER form, in hex: the name of the key in signatures.
    pub fn id(&self) -> String {
        hex(&Sha256::digest(self.der()))
    }

    /// Returns true if this key made the signature over these bytes. Strict (RFC 8032): another encoding of a valid signature is refused.
    pub fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(signature);
        self.0.verify_strict(message, &signature).is_ok()
    }

    fn der(&self) -> Vec<u8> {
        [&PUBLIC_PREFIX[..], self.0.as_bytes()].concat()
    }
}

fn wrap_pem(label: &str, der: &[u8]) -> String {
    // Both kinds fit into one line of 64 characters.
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        STANDARD.encode(der)
    )
}

fn unwrap_pem(text: &str, label: &'static str) -> Result<Vec<u8>, KeyError> {
    let body = text
        .trim()
        .strip_prefix(&format!("-----BEGIN {label}-----"))
        .and_then(|rest| rest.strip_suffix(&format!("-----END {label}-----")))
        .ok_or(KeyError::NotPem(label))?;
    let digits: String = body.split_whitespace().collect();
    STANDARD.decode(digits).map_err(|_| KeyError::NotPem(label))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first test vector of RFC 8032, section 7.1.
    fn vector() -> PrivateKey {
        let seed: [u8; 32] = [
            0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4,
            0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
        ];
        PrivateKey::from_seed(&seed)
    }

    #[test]
    fn the_vector_of_the_rfc_has_its_public_key_and_its_name() {
        let public = vector().public();
        assert_eq!(
            hex(public.0.as_bytes()),
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
        );
        assert_eq!(
            public.id(),
            "06e3fd8fda29bb60ab59557de61edb0aecdb231134be30e75b455f8e1b792fa9"
        );
    }

    #[test]
    fn keys_read_back_as_they_are_written_and_the_private_one_never_prints() {
        let key = vector();
        let read = PrivateKey::from_pem(&key.to_pem()).unwrap();
        assert_eq!(read.public(), key.public());
        assert_eq!(PublicKey::from_pem(&key.public().to_pem()), Ok(key.public()));
        assert_eq!(format!("{key:?}"), "PrivateKey(…)");
        assert_eq!(
            PrivateKey::from_pem(&key.public().to_pem()).unwrap_err(),
            KeyError::NotPem(PRIVATE_LABEL)
        );
        assert_eq!(
            PublicKey::from_pem("-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----"),
            Err(KeyError::OtherKind)
        );
    }

    #[test]
    fn a_key_of_small_order_is_refused() {
        let mut identity = [0; 32];
        identity[0] = 1;
        assert_eq!(PublicKey::from_bytes(&identity), Err(KeyError::NoPoint));
    }
}
