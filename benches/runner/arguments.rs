//! What is measured.

use clap::{Parser, ValueEnum};
use proofhouse::event::Selection;
use serde::{Deserialize, Serialize};

/// Holds the runner against a bare loop of the same calls.
#[derive(Debug, Parser)]
#[command(name = "runner")]
pub(crate) struct Arguments {
    /// How many providers.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 10, 200, 1000])]
    pub(crate) sizes: Vec<usize>,
    /// Which checks.
    #[arg(long, value_delimiter = ',', default_values = ["four", "all"])]
    pub(crate) checks: Vec<Checks>,
    /// How often each side takes its turn.
    #[arg(long, default_value_t = 5)]
    pub(crate) rounds: usize,
    /// How many cold starts of each side; 0 leaves them out.
    #[arg(long, default_value_t = 15)]
    pub(crate) cold: usize,
    /// How many providers the command proves when its memory is measured.
    #[arg(long, value_delimiter = ',', default_values_t = [1000, 10_000])]
    pub(crate) memory: Vec<usize>,
    /// How often its memory is measured; 0 leaves that out.
    #[arg(long, default_value_t = 1)]
    pub(crate) memory_rounds: usize,
    /// What a child process does.
    #[arg(long, hide = true)]
    pub(crate) child: Option<String>,
    /// Cargo says so.
    #[arg(long, hide = true)]
    bench: bool,
}

/// A choice of checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
pub(crate) enum Checks {
    /// Four tests of `booking.create_booking`.
    Four,
    /// All suites, without slow tests.
    All,
}

impl Checks {
    const FOUR: [&str; 4] = [
        "happy_path",
        "idempotency_window",
        "rejects_past_time",
        "rejects_unknown_service",
    ];

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Four => "four checks of booking.create_booking",
            Self::All => "all suites",
        }
    }

    /// As a use case takes it.
    pub(crate) fn selection(self) -> Selection {
        match self {
            Self::Four => Selection {
                capabilities: vec!["booking.create_booking".to_owned()],
                tests: Self::FOUR.map(str::to_owned).to_vec(),
                ..Selection::default()
            },
            Self::All => Selection::default(),
        }
    }

    /// As the command line takes it.
    pub(crate) fn options(self) -> Vec<String> {
        let Selection {
            capabilities, tests, ..
        } = self.selection();
        let capabilities = capabilities
            .into_iter()
            .map(|glob| ["--capability".to_owned(), glob]);
        let tests = tests.into_iter().map(|glob| ["--test".to_owned(), glob]);
        capabilities.chain(tests).flatten().collect()
    }
}
