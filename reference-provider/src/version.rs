//! The versions of the contracts that are served. Each has every tool; what was published once is the same at both.
//!
//! All of them are flavors of one provider: the same tenants, the same bookings, the same rules. An address serves one
//! version; a tool asks for it only where its answers differ.

use std::fmt;
use std::str::FromStr;

/// A version of the contracts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// The first, gaps and all.
    V0_1_0,
    /// The second: closed answers, pages.
    V0_2_0,
}

/// A version that is not served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownVersion {
    /// The text that was given.
    pub text: String,
}

impl fmt::Display for UnknownVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = Version::ALL.map(Version::name).join(" and ");
        write!(f, "{:?} is not served; the versions are {known}", self.text)
    }
}

impl std::error::Error for UnknownVersion {}

impl Version {
    /// All of them, the oldest first.
    pub const ALL: [Self; 2] = [Self::V0_1_0, Self::V0_2_0];

    /// Its number: `0.2.0`.
    pub fn name(self) -> &'static str {
        match self {
            Self::V0_1_0 => "0.1.0",
            Self::V0_2_0 => "0.2.0",
        }
    }

    /// The path after the address of a tenant: nothing for the first version, `/v0.2.0` for the second.
    pub fn path(self) -> &'static str {
        match self {
            Self::V0_1_0 => "",
            Self::V0_2_0 => "/v0.2.0",
        }
    }
}

impl FromStr for Version {
    type Err = UnknownVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = text.trim_start_matches('v');
        let found = Self::ALL.into_iter().find(|version| version.name() == number);
        found.ok_or_else(|| UnknownVersion {
            text: text.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_found_by_its_number() {
        for version in Version::ALL {
            assert_eq!(version.name().parse(), Ok(version));
            assert_eq!(format!("v{}", version.name()).parse(), Ok(version));
        }
        let message = "0.3.0".parse::<Version>().unwrap_err().to_string();
        assert_eq!(
            message,
            "\"0.3.0\" is not served; the versions are 0.1.0 and 0.2.0"
        );
    }
}
