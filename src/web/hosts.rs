//! The hosts by whose names the site may be asked.

/// The names by which a site on a loopback address may be asked.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// The hosts by whose names the site may be asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Hosts {
    /// Any: the site listens on other addresses than those of this machine, and does not know its names.
    #[default]
    Any,
    /// Those of a loopback address, and the names that a proxy in front of it passes on.
    Local(Vec<String>),
}

impl Hosts {
    pub(super) fn accept(&self, host: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Local(named) => {
                let names = LOOPBACK.into_iter().chain(named.iter().map(String::as_str));
                names.into_iter().any(|name| name.eq_ignore_ascii_case(host))
            }
        }
    }
}
