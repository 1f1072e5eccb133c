//! The contracts and suites of a probe: those of the protocol, and those that were drafted of the server.

use std::sync::Arc;

use super::{AppError, Bundle};
use crate::capability::{Registry, RegistryFile};
use crate::diagnostic::Source;
use crate::dialect::Dialects;
use crate::draft::DraftFile;
use crate::suite::Suites;

/// The domain of the protocol.
pub(super) const DOMAIN: &str = "mcp";

/// The name on the wire of the tool that says messages of the protocol. It never goes to a server.
pub(super) const EXCHANGE: &str = "proofhouse/exchange";

/// The name on the wire of the tool that lists.
pub(super) const LISTING: &str = "proofhouse/listing";

/// What is known of a server, by which the tests of the protocol are chosen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts {
    /// It is reached over streamable HTTP.
    pub(super) http: bool,
    /// It listens on this machine.
    pub(super) loopback: bool,
    /// It speaks the stateless revision.
    pub(super) modern: bool,
    /// It knows the header with the revision, which came with 2025-06-18.
    pub(super) headers: bool,
    /// Nothing can be broken.
    pub(super) sandbox: bool,
}

/// Which servers a test of the protocol is for.
#[derive(Debug, Clone, Copy)]
enum For {
    All,
    Command,
    Http,
    Loopback,
    Headers,
    Session,
    Legacy,
    Modern,
    Sandbox,
}

impl For {
    fn takes(self, facts: Facts) -> bool {
        match self {
            Self::All => true,
            Self::Command => !facts.http,
            Self::Http => facts.http,
            Self::Loopback => facts.http && facts.loopback,
            Self::Headers => facts.http && facts.headers && !facts.modern,
            Self::Session => facts.http && !facts.modern,
            Self::Legacy => !facts.modern,
            Self::Modern => facts.modern,
            Self::Sandbox => facts.sandbox,
        }
    }
}

/// A test in the binary: its tool, its name, whom it is for, and its text.
macro_rules! test {
    ($tool:literal, $for:expr, $file:literal, $name:literal) => {
        (
            $for,
            concat!($tool, "/", $name),
            include_str!(concat!("protocol/tests/", $file, $name, ".yaml")),
        )
    };
}

const TESTS: &[(For, &str, &str)] = &[
    test!("exchange", For::Legacy, "legacy.", "negotiates_the_revision"),
    test!("exchange", For::Legacy, "legacy.", "declares_its_features"),
    test!("exchange", For::Modern, "modern.", "discovers"),
    test!("exchange", For::Modern, "modern.", "names_its_revisions"),
    test!("exchange", For::All, "", "ids_come_back"),
    test!("exchange", For::All, "", "refuses_unknown_methods"),
    test!("exchange", For::All, "", "refuses_unknown_tools"),
    test!("exchange", For::Command, "command.", "writes_only_messages"),
    test!("exchange", For::Loopback, "loopback.", "refuses_foreign_origins"),
    test!(
        "exchange",
        For::Headers,
        "headers.",
        "refuses_unknown_version_headers"
    ),
    test!("exchange", For::Session, "session.", "ends_its_sessions"),
    test!("exchange", For::Http, "http.", "refuses_malformed_messages"),
    test!("exchange", For::Sandbox, "sandbox.", "stays_alive"),
    test!("listing", For::All, "listing.", "lists_valid_schemas"),
    test!("listing", For::All, "listing.", "describes_objects"),
    test!("listing", For::All, "listing.", "lists_unique_names"),
    test!("listing", For::All, "listing.", "lists_plain_names"),
    test!("listing", For::All, "listing.", "lists_in_one_order"),
];

const CONTRACTS: [(&str, &str, &str); 6] = [
    (
        "exchange",
        "capability.yaml",
        include_str!("protocol/contracts/exchange.yaml"),
    ),
    (
        "exchange",
        "input.schema.json",
        include_str!("protocol/contracts/exchange.input.json"),
    ),
    (
        "exchange",
        "output.schema.json",
        include_str!("protocol/contracts/exchange.output.json"),
    ),
    (
        "listing",
        "capability.yaml",
        include_str!("protocol/contracts/listing.yaml"),
    ),
    (
        "listing",
        "input.schema.json",
        include_str!("protocol/contracts/listing.input.json"),
    ),
    (
        "listing",
        "output.schema.json",
        include_str!("protocol/contracts/listing.output.json"),
    ),
];

/// The contracts and suites of the protocol, as far as they are for this server, with those of a draft.
pub(super) fn bundle(draft: &[DraftFile], facts: Facts) -> Result<Bundle, AppError> {
    let contracts = CONTRACTS.iter().map(|(tool, file, text)| RegistryFile {
        name: format!("{DOMAIN}/{tool}/v0.1.0/{file}"),
        text: (*text).to_owned(),
    });
    let drafted = draft.iter().filter_map(|file| {
        Some(RegistryFile {
            name: file.path.strip_prefix("capabilities/")?.to_owned(),
            text: file.text.clone(),
        })
    });
    let files: Vec<_> = contracts.chain(drafted).collect();
    let registry = Registry::load_files(&files)?;
    let tests = TESTS.iter().filter(|(whom, ..)| whom.takes(facts));
    let tests = tests.map(|(_, name, text)| Source::new(format!("suites/{DOMAIN}/{name}.yaml"), *text));
    let drafted = draft
        .iter()
        .filter(|file| file.path.starts_with("suites/") && file.path.ends_with(".yaml"))
        .map(|file| Source::new(&file.path, file.text.as_str()));
    let sources: Vec<Arc<Source>> = tests.chain(drafted).collect();
    let suites = Suites::load(&sources, &registry)?;
    Ok(Bundle {
        registry: Arc::new(registry),
        suites: Arc::new(suites),
        dialects: Arc::new(Dialects::default()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_suite_of_the_protocol_loads_for_every_server() {
        for bits in 0..32_u8 {
            let bit = |number: u8| bits & (1 << number) != 0;
            let facts = Facts {
                http: bit(0),
                loopback: bit(1),
                modern: bit(2),
                headers: bit(3),
                sandbox: bit(4),
            };
            let bundle = bundle(&[], facts).unwrap_or_else(|error| panic!("{error}"));
            for test in bundle.suites.iter() {
                test.prepare().unwrap_or_else(|problem| panic!("{problem}"));
            }
            assert!(bundle.suites.iter().count() > 8);
        }
    }
}
