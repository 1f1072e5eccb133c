//! Why a use case could not be done, sorted by what the user can do about it.

use std::error::Error;

use super::MergeError;
use crate::diagnostic::{Hint, Problem, Problems};
use crate::model::IdError;
use crate::plan::PatternError;
use crate::report::ReportError;
use crate::run::RunError;
use crate::store::StoreError;
use crate::summary::FoldError;
use crate::transport::{ConnectError, MissingVariable};

/// What the user can do about an error. The exit code follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What was asked for makes no sense.
    Usage,
    /// A contract, a suite, a manifest or a baseline is wrong.
    Files,
    /// Something could not be kept or read back.
    Record,
    /// The harness itself is at fault.
    Bug,
}

/// Why a use case could not be done.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// Mistakes in files that people wrote.
    #[error("{0}")]
    Files(Problems),
    /// A file that cannot be read.
    #[error("cannot read {path}: {reason}")]
    Unreadable {
        /// The file or folder.
        path: String,
        /// Why not.
        reason: String,
    },
    /// A file that cannot be written.
    #[error("cannot write {path}: {reason}")]
    Unwritable {
        /// The file.
        path: String,
        /// Why not.
        reason: String,
    },
    /// A report that broke off in its file.
    #[error("{path} is not whole: {reason}")]
    Unsaved {
        /// The file.
        path: String,
        /// Why not.
        reason: String,
    },
    /// Something that was named is not there.
    #[error("{what}")]
    Unknown {
        /// What is not there.
        what: String,
        /// What may have been meant.
        hint: Option<String>,
    },
    /// Another registry that cannot be asked, or does not do what it is asked for.
    #[error("{what}")]
    Registry {
        /// What went wrong, with the registry's address.
        what: String,
        /// What may be done.
        hint: Option<String>,
    },
    /// A glob that cannot be read.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// Nothing is left to run.
    #[error("there is nothing to run: {0}")]
    NothingSelected(String),
    /// A provider's entry that cannot be used.
    #[error("{provider}: {reason}")]
    Entry {
        /// The provider.
        provider: String,
        /// What is wrong.
        reason: String,
        /// What may be done.
        hint: Option<String>,
    },
    /// The store.
    #[error("{}", in_full(.0))]
    Store(#[from] StoreError),
    /// A report that could not be written.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// The executor.
    #[error(transparent)]
    Run(#[from] RunError),
    /// Parts that make no whole.
    #[error(transparent)]
    Merge(#[from] MergeError),
    /// The events of a run contradict each other.
    #[error("the events of the run contradict each other: {0}")]
    Contradiction(FoldError),
    /// Something that cannot be, for this reason.
    #[error("{0}")]
    Bug(String),
    /// The bundled provider did not start.
    #[error("the bundled reference provider did not start: {0}")]
    Reference(#[from] reference_provider::Error),
    /// The bundled provider's catalogue cannot be read.
    #[error("the bundled reference provider's tenants cannot be read: {0}")]
    Tenants(#[from] reference_provider::LoadError),
    /// A bundled tenant whose name is no id.
    #[error("a tenant of the bundled reference provider has no id: {0}")]
    TenantId(#[from] IdError),
    /// The connections could not be made ready.
    #[error(transparent)]
    Pool(#[from] ConnectError),
}

impl AppError {
    /// What the user can do about it.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Unknown { .. } | Self::Pattern(_) | Self::NothingSelected(_) | Self::Unwritable { .. } => {
                Kind::Usage
            }
            Self::Store(error) if error.kind.is_of_asking() => Kind::Usage,
            Self::Merge(error) => error.kind(),
            Self::Files(_) | Self::Unreadable { .. } | Self::Entry { .. } => Kind::Files,
            Self::Store(_) | Self::Report(_) | Self::Unsaved { .. } | Self::Registry { .. } => Kind::Record,
            Self::Run(_)
            | Self::Contradiction(_)
            | Self::Bug(_)
            | Self::Reference(_)
            | Self::Tenants(_)
            | Self::TenantId(_)
            | Self::Pool(_) => Kind::Bug,
        }
    }

    /// Mistakes that can be drawn with their places, where the error has any.
    pub fn problems(&self) -> Option<&Problems> {
        match self {
            Self::Files(problems) => Some(problems),
            _ => None,
        }
    }

    /// A report that could not be written to its file, with the cause at the bottom of the error.
    pub fn unsaved(path: &std::path::Path, error: &ReportError) -> Self {
        let mut cause: &dyn std::error::Error = error;
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

impl Hint for AppError {
    fn hints(&self) -> Vec<String> {
        match self {
            Self::Unknown { hint, .. } | Self::Entry { hint, .. } | Self::Registry { hint, .. } => {
                hint.iter().cloned().collect()
            }
            Self::Store(error) => error.hints(),
            Self::Merge(error) => error.hints(),
            Self::NothingSelected(_) => {
                vec!["`proofhouse suites list` shows every test".to_owned()]
            }
            Self::Run(_) | Self::Contradiction(_) | Self::Pool(_) => {
                vec!["this is a bug of the harness, not of a provider".to_owned()]
            }
            _ => Vec::new(),
        }
    }
}

/// An error with everything that led to it, on one line.
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
