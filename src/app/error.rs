//! Errors of use cases: one variant for each cause, with its words. The hints are in `error_hints`.
//!
//! A wrong answer of a provider is data, never an error.

use std::error::Error;
use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};

use super::kind::Kind;
use super::merge::MergeError;
use crate::diagnostic::{Problem, Problems};
use crate::model::{CapabilityRef, IdError, ProviderId, RunId};
use crate::plan::PatternError;
use crate::report::ReportError;
use crate::run::RunError;
use crate::store::StoreError;
use crate::summary::FoldError;
use crate::transparency::LogError;
use crate::transport::{ConnectError, MissingVariable};

/// The reason why a use case failed.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// Mistakes in files of the user.
    #[error("{0}")]
    Files(Problems),
    /// A file cannot be read.
    #[error("cannot read {path}: {reason}")]
    Unreadable {
        /// The file or folder.
        path: String,
        /// The reason.
        reason: String,
    },
    /// A file cannot be written.
    #[error("cannot write {path}: {reason}")]
    Unwritable {
        /// The file.
        path: String,
        /// The reason.
        reason: String,
    },
    /// The plan of a run is asked for in a format of reports.
    #[error("a plan has no format `{format}`")]
    NoPlanFormat {
        /// The format.
        format: &'static str,
    },
    /// A report was not written completely to its file.
    #[error("{path} is not whole: {reason}")]
    Unsaved {
        /// The file.
        path: String,
        /// The reason.
        reason: String,
    },
    /// No capability of this name is published.
    #[error("no capability `{name}` is published")]
    UnknownCapability {
        /// The name as it was given.
        name: String,
        /// A published name that is close to it.
        suggestion: Option<String>,
    },
    /// An answer to a question, or a flag, is missing or wrong.
    #[error("{0}")]
    Usage(String),
    /// No test has this name.
    #[error("there is no test `{name}`")]
    UnknownTest {
        /// The name as it was given.
        name: String,
        /// A name that is close to it.
        suggestion: Option<String>,
    },
    /// A certificate is requested for a capability that the bundle does not publish.
    #[error("no capability `{0}` is published")]
    UncertifiableCapability(CapabilityRef),
    /// Two contracts to compare belong to different capabilities.
    #[error("`{before}` and `{after}` are no versions of one capability")]
    UnrelatedVersions {
        /// The earlier contract.
        before: CapabilityRef,
        /// The later contract.
        after: CapabilityRef,
    },
    /// The bundled contracts cannot be locked, because they are locked already.
    #[error("the bundled contracts are locked already")]
    BundledContractsLocked,
    /// A text names no edition.
    #[error("`{0}` names no edition")]
    EditionName(String),
    /// The tests of a contract have changed since an edition that is not older.
    #[error("edition {name} of {capability} is published, and the tests of today are others")]
    EditionExists {
        /// The contract.
        capability: CapabilityRef,
        /// The edition.
        name: String,
    },
    /// No provider of the manifest matches a glob.
    #[error("no provider matches `{glob}`")]
    NoProviderMatches {
        /// The glob.
        glob: String,
        /// The id of a provider that is close to it.
        suggestion: Option<String>,
    },
    /// The manifest, or the reference provider, has no entry of this name.
    #[error("there is no {what} `{name}`")]
    UnknownEntry {
        /// The kind of entry: `provider` or `tenant`.
        what: &'static str,
        /// The name as it was given.
        name: String,
        /// The name of an entry that is close to it.
        suggestion: Option<String>,
        /// The names of all entries.
        known: Vec<String>,
    },
    /// Neither the provider nor the registry has a tool of this name.
    #[error("neither {provider} nor the registry knows a tool `{tool}`")]
    UnknownTool {
        /// The provider, as the user named it.
        provider: String,
        /// The name of the tool.
        tool: String,
        /// The name of a tool that is close to it.
        suggestion: Option<String>,
    },
    /// No dialect of this name is bundled.
    #[error("no dialect named `{name}` is known")]
    UnknownDialect {
        /// The name.
        name: String,
        /// The name of a dialect that is close to it.
        suggestion: Option<String>,
    },
    /// No fault of the reference provider matches a glob.
    #[error("no fault is named `{glob}`")]
    UnknownFault {
        /// The glob.
        glob: String,
        /// The name of a fault that is close to it.
        suggestion: Option<String>,
    },
    /// A plan has fewer tests than the parts into which it is to be dealt.
    #[error("{planned} tests cannot be dealt into {parts} parts")]
    TooManyParts {
        /// The number of planned tests.
        planned: usize,
        /// The number of parts.
        parts: usize,
    },
    /// The data folder has no store of runs.
    #[error("no runs are kept in {}", .folder.display())]
    NoRunsKept {
        /// The data folder.
        folder: PathBuf,
    },
    /// A run of one store is another one in the store that it is copied to.
    #[error("run {run} is another one there")]
    CopyDiffers {
        /// The run.
        run: RunId,
    },
    /// A part to merge is not a file, and there is no store to look it up in.
    #[error("`{name}` is no file, and no runs are kept")]
    UnknownPart {
        /// The part as it was given.
        name: String,
    },
    /// A registry certifies its own runs only.
    #[error("run {run} was published by {publisher}: only a run of one's own is certified")]
    CertifyPublished {
        /// The run.
        run: RunId,
        /// The name of its publisher.
        publisher: String,
    },
    /// A registry cleans up after its own runs only.
    #[error("run {run} was published by {publisher}: only they can take back what it left")]
    CleanUpPublished {
        /// The run.
        run: RunId,
        /// The name of its publisher.
        publisher: String,
    },
    /// The token of a publisher would be sent where others may read it.
    #[error("{url} is neither https nor this machine: the token would be sent where others may read it")]
    OpenChannel {
        /// The URL of the registry.
        url: String,
    },
    /// A run that was merged from files is taken back where its parts were run.
    #[error(
        "run {run} was merged from files, and a file may name any command and any address: nothing is taken back"
    )]
    CleanUpFiles {
        /// The run.
        run: RunId,
    },
    /// The run has several providers, and the request for a certificate names none.
    #[error("the run has {count} providers: `--provider` names the one that is meant")]
    AmbiguousProvider {
        /// The number of providers.
        count: usize,
        /// One of them.
        example: Option<ProviderId>,
    },
    /// The provider claims several capabilities, and the request for a certificate names none.
    #[error("{provider} claims {count} capabilities: `--capability` names the one that is meant")]
    AmbiguousCapability {
        /// The provider.
        provider: ProviderId,
        /// The number of capabilities.
        count: usize,
        /// One of them.
        example: Option<CapabilityRef>,
    },
    /// A certificate to countersign has a provider or a capability that cannot be parsed.
    #[error("the certificate names what cannot be: {0}")]
    CertificateId(IdError),
    /// A certificate to countersign is verified first, and that needs a trust file.
    #[error("`--countersign` needs `--trust`: a registry verifies a certificate before it vouches for it")]
    CountersignWithoutTrust,
    /// A token is to be valid for too long, or for no time.
    #[error("a token is valid for at most {days} days")]
    TokenValidity {
        /// The longest time.
        days: i64,
    },
    /// The data folder has no log.
    #[error("there is no log in {}", .0.display())]
    NoLog(PathBuf),
    /// A revocation names nothing that can be revoked.
    #[error(
        "a key is revoked by its id, 64 hexadecimal digits, and a run by its id, as `proofhouse runs list` prints it"
    )]
    RevokedId,
    /// The log failed.
    #[error(transparent)]
    Log(#[from] LogError),
    /// No token that holds has this id.
    #[error("there is no token `{id}` that holds")]
    UnknownToken {
        /// The id.
        id: String,
    },
    /// The environment variable with the publisher's token is not set.
    #[error(transparent)]
    MissingToken(MissingVariable),
    /// The address of a registry that cannot be used.
    #[error(transparent)]
    RegistryAddress(ConnectError),
    /// The site cannot listen on an address.
    #[error("cannot listen on {host}:{port}: {error}")]
    CannotListen {
        /// The host.
        host: String,
        /// The port.
        port: u16,
        /// The error of the operating system.
        error: io::Error,
    },
    /// Another registry cannot be reached, or refuses a request.
    #[error("{what}")]
    Registry {
        /// The error, with the address of the registry.
        what: String,
        /// A hint for the user.
        hint: Option<String>,
    },
    /// A glob is invalid.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// The selection leaves no test to run.
    #[error("there is nothing to run: {0}")]
    NothingSelected(String),
    /// An entry of the manifest cannot be used.
    #[error("{provider}: {reason}")]
    Entry {
        /// The provider.
        provider: String,
        /// The error.
        reason: String,
        /// A hint for the user.
        hint: Option<String>,
    },
    /// The store failed.
    #[error("{}", in_full(.0))]
    Store(#[from] StoreError),
    /// A report cannot be written.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// The executor failed.
    #[error(transparent)]
    Run(#[from] RunError),
    /// Parts cannot be merged.
    #[error(transparent)]
    Merge(#[from] MergeError),
    /// The events of a run contradict each other.
    #[error("the events of the run contradict each other: {0}")]
    Contradiction(FoldError),
    /// The harness is in a state that should be impossible.
    #[error("{0}")]
    Bug(String),
    /// The bundled reference provider did not start.
    #[error("the bundled reference provider did not start: {0}")]
    Reference(#[from] reference_provider::Error),
    /// The tenants of the bundled reference provider cannot be read.
    #[error("the bundled reference provider's tenants cannot be read: {0}")]
    Tenants(#[from] reference_provider::LoadError),
    /// The name of a bundled tenant is not a valid id.
    #[error("a tenant of the bundled reference provider has no id: {0}")]
    TenantId(#[from] IdError),
    /// The connection pool cannot be set up, or there is no way to the address that was given.
    #[error(transparent)]
    Pool(#[from] ConnectError),
}

impl AppError {
    /// The kind of the error, by what the user can do about it.
    pub fn kind(&self) -> Kind {
        match self {
            Self::UnknownCapability { .. }
            | Self::Usage(_)
            | Self::UnknownTest { .. }
            | Self::UncertifiableCapability(_)
            | Self::UnrelatedVersions { .. }
            | Self::BundledContractsLocked
            | Self::EditionName(_)
            | Self::EditionExists { .. }
            | Self::NoProviderMatches { .. }
            | Self::UnknownEntry { .. }
            | Self::UnknownTool { .. }
            | Self::UnknownDialect { .. }
            | Self::UnknownFault { .. }
            | Self::TooManyParts { .. }
            | Self::NoRunsKept { .. }
            | Self::CopyDiffers { .. }
            | Self::UnknownPart { .. }
            | Self::CertifyPublished { .. }
            | Self::CleanUpPublished { .. }
            | Self::CleanUpFiles { .. }
            | Self::OpenChannel { .. }
            | Self::AmbiguousProvider { .. }
            | Self::AmbiguousCapability { .. }
            | Self::CertificateId(_)
            | Self::CountersignWithoutTrust
            | Self::NoLog(_)
            | Self::RevokedId
            | Self::UnknownToken { .. }
            | Self::TokenValidity { .. }
            | Self::MissingToken(_)
            | Self::RegistryAddress(_)
            | Self::CannotListen { .. }
            | Self::Pattern(_)
            | Self::NothingSelected(_)
            | Self::NoPlanFormat { .. }
            | Self::Unwritable { .. } => Kind::Usage,
            Self::Store(error) if error.kind.is_of_asking() => Kind::Usage,
            Self::Merge(error) => error.kind(),
            Self::Files(_) | Self::Unreadable { .. } | Self::Entry { .. } => Kind::Files,
            Self::Log(LogError::Exists(_) | LogError::OtherKey(_) | LogError::Key(_)) => Kind::Usage,
            Self::Log(_)
            | Self::Store(_)
            | Self::Report(_)
            | Self::Unsaved { .. }
            | Self::Registry { .. } => Kind::Record,
            Self::Run(_)
            | Self::Contradiction(_)
            | Self::Bug(_)
            | Self::Reference(_)
            | Self::Tenants(_)
            | Self::TenantId(_)
            | Self::Pool(ConnectError::Client { .. }) => Kind::Bug,
            // Whatever else is wrong with an address or a credential is wrong as it was given.
            Self::Pool(_) => Kind::Usage,
        }
    }

    /// Mistakes in files that can be shown with their source, if the error has any.
    pub fn problems(&self) -> Option<&Problems> {
        match self {
            Self::Files(problems) => Some(problems),
            _ => None,
        }
    }

    /// A file or folder that cannot be read.
    pub(super) fn unreadable(path: &Path, reason: &dyn Display) -> Self {
        Self::Unreadable {
            path: path.display().to_string(),
            reason: reason.to_string(),
        }
    }

    /// A file or folder that cannot be written.
    pub fn unwritable(path: &Path, reason: &dyn Display) -> Self {
        Self::Unwritable {
            path: path.display().to_string(),
            reason: reason.to_string(),
        }
    }

    /// A report that could not be written to its file, with the cause at the bottom of the error.
    pub fn unsaved(path: &Path, error: &ReportError) -> Self {
        let mut cause: &dyn Error = error;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        Self::Unsaved {
            path: path.display().to_string(),
            reason: cause.to_string(),
        }
    }

    pub(super) fn missing_variable(provider: &str, error: &MissingVariable) -> Self {
        Self::Entry {
            provider: provider.to_owned(),
            reason: error.to_string(),
            hint: Some(format!("export {}=…", error.name)),
        }
    }
}

/// An error with all its causes, on one line.
fn in_full(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        // Some libraries repeat their cause in their own words.
        if !text.ends_with(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}

impl From<Problems> for AppError {
    fn from(problems: Problems) -> Self {
        Self::Files(problems)
    }
}

impl From<Problem> for AppError {
    fn from(problem: Problem) -> Self {
        Self::Files(problem.into())
    }
}
