//! The power of the suites: how often each fault is killed, over catalogues and seeds.

use indexmap::IndexMap;

use super::types::{Fate, KillMatrix};

/// How often a fault was killed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PowerRow {
    /// By catalogue: the runs that killed it, and all runs.
    pub runs: IndexMap<String, (u32, u32)>,
}

impl PowerRow {
    /// The runs that killed it, over all catalogues.
    pub fn killed(&self) -> u32 {
        self.runs.values().map(|(killed, _)| killed).sum()
    }

    /// All runs.
    pub fn total(&self) -> u32 {
        self.runs.values().map(|(_, total)| total).sum()
    }

    /// The catalogues that show the fault, where a run missed it all the same.
    pub fn missed(&self) -> impl Iterator<Item = &str> {
        let missed = self
            .runs
            .iter()
            .filter(|(_, (killed, total))| (1..*total).contains(killed));
        missed.map(|(catalogue, _)| catalogue.as_str())
    }

    /// The catalogues over which no run killed it.
    pub fn unseen(&self) -> impl Iterator<Item = &str> {
        let unseen = self.runs.iter().filter(|(_, (killed, _))| *killed == 0);
        unseen.map(|(catalogue, _)| catalogue.as_str())
    }
}

/// How often each fault was killed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Power {
    rows: IndexMap<String, PowerRow>,
}

impl Power {
    /// Counts the matrix of one run over a catalogue.
    pub fn add(&mut self, catalogue: &str, matrix: &KillMatrix) {
        for row in &matrix.faults {
            let known = self.rows.entry(row.fault.name.clone()).or_default();
            let (killed, total) = known.runs.entry(catalogue.to_owned()).or_default();
            *killed += u32::from(row.fate == Fate::Killed);
            *total += 1;
        }
    }

    /// The faults, the weakest last.
    pub fn weakest_last(&self) -> Vec<(&str, &PowerRow)> {
        let mut rows: Vec<_> = self.rows.iter().map(|(name, row)| (name.as_str(), row)).collect();
        rows.sort_by_key(|(_, row)| std::cmp::Reverse(row.killed()));
        rows
    }

    /// True if no run missed a fault that another run over the same catalogue killed.
    pub fn is_green(&self) -> bool {
        self.rows.values().all(|row| row.missed().next().is_none())
    }
}
