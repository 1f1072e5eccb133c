//! What a child process is asked for, and what it answers.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::arguments::Checks;

/// Providers at once, as `proofhouse run` has it.
pub(crate) const JOBS: usize = 64;

/// Tests of one provider at once, as `proofhouse run` has it.
pub(crate) const LANES: usize = 4;

/// What a child process does.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Job {
    /// Serves tenants until it is killed.
    Serve {
        /// How many.
        tenants: usize,
    },
    /// Proves the providers of a manifest.
    Subject {
        manifest: PathBuf,
        data: PathBuf,
        checks: Checks,
        turns: Turns,
    },
    /// Replays a script.
    Bare {
        script: PathBuf,
        url: String,
        providers: usize,
        turns: Turns,
    },
}

/// How often something is done within one process.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Turns {
    /// Without being counted, before the rest.
    pub(crate) warm_up: usize,
    pub(crate) counted: usize,
}

impl Turns {
    /// Once, from the start of the process.
    pub(crate) const COLD: Self = Self {
        warm_up: 0,
        counted: 1,
    };

    /// Enough to be told from noise.
    pub(crate) fn of(providers: usize) -> Self {
        match providers {
            0..10 => Self {
                warm_up: 2,
                counted: 40,
            },
            10..100 => Self {
                warm_up: 1,
                counted: 6,
            },
            _ => Self {
                warm_up: 0,
                counted: 1,
            },
        }
    }
}

/// What a child process measured.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct Measured {
    /// Seconds, over all counted turns.
    pub(crate) wall: f64,
    /// Seconds of its own threads, over all counted turns.
    pub(crate) cpu: f64,
    /// Calls, over all counted turns.
    pub(crate) calls: u64,
    /// Answers of another kind than the recorded ones.
    pub(crate) strange: u64,
    /// The most memory that it held, in KiB.
    pub(crate) peak: u64,
}
