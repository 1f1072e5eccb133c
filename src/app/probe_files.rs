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

/// The name on the wire of the tool that tries what guards a server.
pub(super) const GUARD: &str = "proofhouse/guard";

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
    /// It is called with a token, or lets nobody in without one.
    pub(super) gated: bool,
    /// It lets nobody in, so only its guard can be tried.
    pub(super) locked: bool,
}

/// Which servers a test of the protocol is for.
#[derive(Debug, Clone, Copy)]
enum For {
    /// Also those that let nobody in.
    Always,
    All,
    Command,
    Http,
    Loopback,
    Headers,
    Session,
    Legacy,
    Modern,
    ModernHttp,
    Sandbox,
    Gated,
}

impl For {
    fn takes(self, facts: Facts) -> bool {
        if facts.locked {
            return matches!(self, Self::Always | Self::Gated);
        }
        match self {
            Self::Always | Self::All => true,
            Self::Command => !facts.http,
            Self::Http => facts.http,
            Self::Loopback => facts.http && facts.loopback,
            Self::Headers => facts.http && facts.headers && !facts.modern,
            Self::Session => facts.http && !facts.modern,
            Self::Legacy => !facts.modern,
            Self::Modern => facts.modern,
            Self::ModernHttp => facts.modern && facts.http,
            Self::Sandbox => facts.sandbox,
            Self::Gated => facts.gated,
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
    test!("exchange", For::Modern, "modern.", "declares_its_features"),
    test!(
        "exchange",
        For::ModernHttp,
        "modern_http.",
        "refuses_unknown_methods_by_status"
    ),
    test!(
        "exchange",
        For::ModernHttp,
        "modern_http.",
        "holds_headers_to_bodies"
    ),
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
    test!("exchange", For::Sandbox, "sandbox.", "answers_deep_messages"),
    test!("guard", For::Gated, "guard.", "refuses_without_a_token"),
    test!("guard", For::Gated, "guard.", "says_where_tokens_come_from"),
    test!("guard", For::Gated, "guard.", "names_itself"),
    test!("guard", For::Gated, "guard.", "refuses_other_tokens"),
    test!("guard", For::Gated, "guard.", "survives_broken_tokens"),
    test!("listing", For::Always, "listing.", "lists_valid_schemas"),
    test!("listing", For::All, "listing.", "describes_objects"),
    test!("listing", For::All, "listing.", "lists_unique_names"),
    test!("listing", For::All, "listing.", "lists_plain_names"),
    test!("listing", For::All, "listing.", "lists_in_one_order"),
];

/// A contract in the binary: whom it is for, its tool, and its files with their texts.
macro_rules! contract {
    ($for:expr, $tool:literal) => {
        (
            $for,
            $tool,
            [
                (
                    "capability.yaml",
                    include_str!(concat!("protocol/contracts/", $tool, ".yaml")),
                ),
                (
                    "input.schema.json",
                    include_str!(concat!("protocol/contracts/", $tool, ".input.json")),
                ),
                (
                    "output.schema.json",
                    include_str!(concat!("protocol/contracts/", $tool, ".output.json")),
                ),
            ],
        )
    };
}

/// Whom a contract is for, its tool, and its files with their texts.
type Contract = (For, &'static str, [(&'static str, &'static str); 3]);

const CONTRACTS: [Contract; 3] = [
    contract!(For::All, "exchange"),
    contract!(For::Always, "listing"),
    contract!(For::Gated, "guard"),
];

/// The contracts and suites of the protocol, as far as they are for this server, with those of a draft.
pub(super) fn bundle(draft: &[DraftFile], facts: Facts) -> Result<Bundle, AppError> {
    let contracts = CONTRACTS
        .iter()
        .filter(|(whom, ..)| whom.takes(facts))
        .flat_map(|(_, tool, files)| {
            files.iter().map(move |(file, text)| RegistryFile {
                name: format!("{DOMAIN}/{tool}/v0.1.0/{file}"),
                text: (*text).to_owned(),
            })
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
        for bits in 0..128_u8 {
            let bit = |number: u8| bits & (1 << number) != 0;
            let facts = Facts {
                http: bit(0),
                loopback: bit(1),
                modern: bit(2),
                headers: bit(3),
                sandbox: bit(4),
                gated: bit(5),
                locked: bit(6),
            };
            let bundle = bundle(&[], facts).unwrap_or_else(|error| panic!("{error}"));
            for test in bundle.suites.iter() {
                test.prepare().unwrap_or_else(|problem| panic!("{problem}"));
            }
            assert!(facts.locked || bundle.suites.iter().count() > 8);
        }
    }
}
