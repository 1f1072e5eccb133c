//! The envelope: exact bytes, their type, and the signatures over both (DSSE, `envelope.md` and `protocol.md`).

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::{Deserialize, Serialize};

use super::keys::PrivateKey;
use crate::capability::strict_json;

/// The payload type of an in-toto statement in an envelope.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// The largest envelope that is read, in bytes.
pub const LARGEST_ENVELOPE: usize = 4 * 1024 * 1024;

/// The most signatures of one envelope.
const MOST_SIGNATURES: usize = 16;

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// An error of a text that is no envelope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// Too many bytes.
    #[error("it has {0} bytes, {LARGEST_ENVELOPE} are read at most")]
    TooLarge(usize),
    /// No JSON, a key twice, or other fields than an envelope has.
    #[error("{0}")]
    Malformed(String),
    /// Neither of the two alphabets.
    #[error("`{0}` is no base64")]
    NoBase64(&'static str),
    /// No signature, or too many.
    #[error("it has {0} signatures, between 1 and {MOST_SIGNATURES} are expected")]
    Signatures(usize),
}

/// A signature, with the name of the key that is said to have made it. The name is a hint and proves nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// SHA-256 of the public key, in hex, as [`super::PublicKey::id`] gives it.
    pub keyid: String,
    /// The signature; None where it has not the length of one.
    pub sig: Option<[u8; 64]>,
}

/// Bytes with their type and signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The media type of the payload.
    pub payload_type: String,
    /// The payload, as it was signed.
    pub payload: Vec<u8>,
    /// The signatures.
    pub signatures: Vec<Signature>,
}

#[derive(Serialize, Deserialize)]
struct Wire {
    payload: String,
    #[serde(rename = "payloadType")]
    payload_type: String,
    signatures: Vec<WireSignature>,
}

#[derive(Serialize, Deserialize)]
struct WireSignature {
    #[serde(default)]
    keyid: String,
    sig: String,
}

/// The pre-authentication encoding of DSSE (`protocol.md`): the bytes to sign for a payload type and a body.
pub fn pae(payload_type: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), body.len()).into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

impl Envelope {
    /// An envelope around the bytes of a statement, without a signature yet.
    pub fn around(statement: Vec<u8>) -> Self {
        Self {
            payload_type: PAYLOAD_TYPE.to_owned(),
            payload: statement,
            signatures: Vec::new(),
        }
    }

    /// Adds a signature.
    pub fn sign(&mut self, key: &PrivateKey) {
        self.signatures.push(Signature {
            keyid: key.public().id(),
            sig: Some(key.sign(&self.signed_bytes())),
        });
    }

    /// The bytes that every signature signs.
    pub fn signed_bytes(&self) -> Vec<u8> {
        pae(&self.payload_type, &self.payload)
    }

    /// Reads an envelope. Fields that it does not know are passed over, as DSSE asks.
    ///
    /// # Errors
    ///
    /// The text is too large, is no JSON, has a key twice, or is no envelope.
    pub fn read(text: &str) -> Result<Self, EnvelopeError> {
        if text.len() > LARGEST_ENVELOPE {
            return Err(EnvelopeError::TooLarge(text.len()));
        }
        let malformed = |error: serde_json::Error| EnvelopeError::Malformed(error.to_string());
        let wire: Wire = serde_json::from_value(strict_json(text).map_err(malformed)?).map_err(malformed)?;
        if wire.signatures.is_empty() || wire.signatures.len() > MOST_SIGNATURES {
            return Err(EnvelopeError::Signatures(wire.signatures.len()));
        }
        let signatures = wire.signatures.into_iter().map(|signature| {
            let bytes = decoded(&signature.sig).ok_or(EnvelopeError::NoBase64("sig"))?;
            Ok(Signature {
                keyid: signature.keyid,
                sig: bytes.try_into().ok(),
            })
        });
        Ok(Self {
            payload: decoded(&wire.payload).ok_or(EnvelopeError::NoBase64("payload"))?,
            payload_type: wire.payload_type,
            signatures: signatures.collect::<Result<_, _>>()?,
        })
    }

    /// The envelope as a file.
    pub fn to_json(&self) -> String {
        let wire = Wire {
            payload: STANDARD.encode(&self.payload),
            payload_type: self.payload_type.clone(),
            signatures: self
                .signatures
                .iter()
                .map(|signature| WireSignature {
                    keyid: signature.keyid.clone(),
                    sig: STANDARD.encode(signature.sig.as_ref().map_or(&[][..], |sig| &sig[..])),
                })
                .collect(),
        };
        // Strings only: this cannot fail.
        serde_json::to_string_pretty(&wire).unwrap_or_default() + "\n"
    }
}

/// Both alphabets are read (DSSE, `envelope.md`).
fn decoded(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)).ok()
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;
    use crate::model::hex;

    #[test]
    fn what_is_signed_is_what_dsse_says() {
        assert_eq!(
            pae("http://example.com/HelloWorld", b"hello world"),
            b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
        );
    }

    #[test]
    fn a_known_statement_has_its_known_signature() {
        let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
        let bytes: Vec<u8> = (0..32)
            .map(|at| u8::from_str_radix(&seed[2 * at..2 * at + 2], 16).unwrap())
            .collect();
        let key = PrivateKey::from_seed(&bytes.try_into().unwrap());
        let body = format!(
            r#"{{"_type":"https://in-toto.io/Statement/v1","subject":[{{"name":"p","digest":{{"sha256":"{}"}}}}],"predicateType":"https://in-toto.io/attestation/test-result/v0.1","predicate":{{"result":"PASSED","configuration":[{{"name":"s","digest":{{"sha256":"{}"}}}}],"passedTests":["happy_path"],"warnedTests":[],"failedTests":[]}}}}"#,
            "0".repeat(64),
            "1".repeat(64)
        );
        let mut envelope = Envelope::around(body.into_bytes());
        assert_eq!(
            hex(&Sha256::digest(envelope.signed_bytes())),
            "df61b2f8af750e8d7dd76bb246b24a74ddffd8df9237b431e3a836f1a6f4a2a6"
        );
        envelope.sign(&key);
        assert!(envelope.to_json().contains(
            "JNcvZRI00io3tEcZbjM+zhDgPmCZcDe2VQLBBqfInB8YwegvkczxiWCJV+hBSFmaibj9wMtiwJy32MhgnGpUBQ=="
        ));
        assert_eq!(Envelope::read(&envelope.to_json()), Ok(envelope));
    }

    #[test]
    fn both_alphabets_and_unknown_fields_are_read_and_a_key_twice_is_not() {
        let read = |text: &str| Envelope::read(text);
        let whole = |payload: &str| {
            format!(r#"{{"payload":"{payload}","payloadType":"t","signatures":[{{"sig":"AA=="}}],"x":1}}"#)
        };
        assert_eq!(read(&whole("-_8=")).unwrap().payload, [0xfb, 0xff]);
        assert_eq!(read(&whole("+/8")).unwrap().payload, [0xfb, 0xff]);
        assert_eq!(read(&whole("?")), Err(EnvelopeError::NoBase64("payload")));
        let twice = r#"{"payload":"AA==","payload":"AQ==","payloadType":"t","signatures":[{"sig":""}]}"#;
        assert!(read(twice).unwrap_err().to_string().contains("stands twice"));
        let unsigned = r#"{"payload":"AA==","payloadType":"t","signatures":[]}"#;
        assert_eq!(read(unsigned), Err(EnvelopeError::Signatures(0)));
        let large = " ".repeat(LARGEST_ENVELOPE + 1);
        assert_eq!(read(&large), Err(EnvelopeError::TooLarge(LARGEST_ENVELOPE + 1)));
    }
}
