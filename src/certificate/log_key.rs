//! The keys of transparency logs, in the text form of C2SP `signed-note`: `NAME+ID+KEY`.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::keys::PublicKey;
use crate::model::hex;

/// The type of an Ed25519 signature.
const ED25519: u8 = 1;

/// The most bytes of a name.
const LONGEST_NAME: usize = 200;

/// An error of the key of a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogKeyError {
    /// The text is not of its form.
    #[error("`{0}` is no key of a log: `NAME+ID+KEY` is expected, as `proofhouse log new` prints it")]
    Key(String),
    /// The name has spaces or a plus sign, or is empty.
    #[error("`{0}` is no name of a log: a name such as `registry.example/log` is expected")]
    Name(String),
}

/// The name and the public key of a log. Its text is the form in which other tools give such keys: `NAME+ID+KEY`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogKey {
    name: String,
    key: PublicKey,
}

impl LogKey {
    /// The key of a log.
    ///
    /// # Errors
    ///
    /// The name is empty or has a space, a plus sign or a control character.
    pub fn new(name: &str, key: PublicKey) -> Result<Self, LogKeyError> {
        let wrong = |c: char| c.is_whitespace() || c.is_control() || c == '+';
        if name.is_empty() || name.len() > LONGEST_NAME || name.contains(wrong) {
            return Err(LogKeyError::Name(name.to_owned()));
        }
        Ok(Self {
            name: name.to_owned(),
            key,
        })
    }

    /// The name of the log, which is the origin of its checkpoints.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The public key.
    pub fn public(&self) -> &PublicKey {
        &self.key
    }

    /// The first bytes of the hash of the name and the key, by which signatures name the key.
    pub fn id(&self) -> [u8; 4] {
        let hash = Sha256::new()
            .chain_update(&self.name)
            .chain_update([b'\n', ED25519])
            .chain_update(self.key.as_bytes())
            .finalize();
        let mut id = [0; 4];
        id.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
        id
    }
}

impl fmt::Display for LogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[ED25519][..], self.key.as_bytes()].concat();
        write!(f, "{}+{}+{}", self.name, hex(&self.id()), STANDARD.encode(key))
    }
}

impl FromStr for LogKey {
    type Err = LogKeyError;

    fn from_str(text: &str) -> Result<Self, LogKeyError> {
        let wrong = || LogKeyError::Key(text.to_owned());
        let mut parts = text.trim().splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(wrong());
        };
        let bytes = STANDARD.decode(key).map_err(|_| wrong())?;
        let key: &[u8; 32] = bytes
            .strip_prefix(&[ED25519])
            .and_then(|key| key.try_into().ok())
            .ok_or_else(wrong)?;
        let key = Self::new(name, PublicKey::from_bytes(key).map_err(|_| wrong())?)?;
        if hex(&key.id()) == id.to_ascii_lowercase() {
            Ok(key)
        } else {
            Err(wrong())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key in the documentation of the package `golang.org/x/mod/sumdb/note`.
    const KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

    #[test]
    fn the_key_of_another_program_reads_back_and_one_with_another_id_or_name_is_none() {
        assert_eq!(KEY.parse::<LogKey>().unwrap().to_string(), KEY);
        for wrong in [
            "",
            "PeterNeumann",
            &KEY.replace("c74f20a3", "c74f20a4"),
            &KEY.replace("Peter", "Peter "),
            &KEY.replace("+ARpc", "+AApc"),
        ] {
            assert!(wrong.parse::<LogKey>().is_err(), "{wrong}");
        }
    }
}
