//! The power of the suites: how often each fault is killed, over catalogues and seeds.

use indexmap::IndexMap;

use super::Finding;
use super::types::{Fate, KillMatrix, KnownFault};
use crate::model::CapabilityRef;

/// The runs of one contract over one catalogue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PowerCell {
    /// The runs that killed the fault.
    pub killed: u32,
    /// All runs.
    pub total: u32,
    /// What a tenant with the fault answers in another way than a correct one, found without the suites.
    pub shown: Option<String>,
    /// What became of the tests of the rule in the first run that missed the fault, of those that told nothing.
    pub silent: Vec<String>,
}

/// A fault, and how often it was killed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PowerRow {
    /// The fault.
    pub fault: KnownFault,
    /// The reason why no test kills it, if it is excused.
    pub excuse: Option<String>,
    /// By catalogue and contract.
    pub cells: IndexMap<(String, CapabilityRef), PowerCell>,
}

impl PowerRow {
    /// The runs that killed it, over all catalogues.
    pub fn killed(&self) -> u32 {
        self.cells.values().map(|cell| cell.killed).sum()
    }

    /// All runs.
    pub fn total(&self) -> u32 {
        self.cells.values().map(|cell| cell.total).sum()
    }

    /// The catalogues over which a run missed it although it can be seen there.
    pub fn missed(&self) -> Vec<&str> {
        self.catalogues(PowerCell::is_missed)
    }

    /// The catalogues over which nothing has shown it: no run of the suites, and no comparison.
    pub fn unseen(&self) -> Vec<&str> {
        self.catalogues(|cell| cell.killed == 0 && cell.shown.is_none())
    }

    fn catalogues(&self, are: impl Fn(&PowerCell) -> bool) -> Vec<&str> {
        let cells = self.cells.iter().filter(|(_, cell)| are(cell));
        let mut names: Vec<_> = cells.map(|((catalogue, _), _)| catalogue.as_str()).collect();
        names.dedup();
        names
    }
}

impl PowerCell {
    /// Returns true if a run missed what can be seen: another run killed the fault, or a comparison shows it.
    fn is_missed(&self) -> bool {
        self.killed < self.total && (self.killed > 0 || self.shown.is_some())
    }
}

/// A fault that a run missed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    /// The fault.
    pub fault: String,
    /// The catalogue.
    pub catalogue: String,
    /// The contract whose tests missed it.
    pub capability: CapabilityRef,
}

/// How often each fault was killed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Power {
    /// True if not every catalogue takes part for every fault.
    sample: bool,
    rows: IndexMap<String, PowerRow>,
    accused: Vec<Finding>,
}

impl Power {
    /// Nothing is counted yet. In a sample, a fault that nobody sees may be one that its catalogue cannot show.
    pub fn new(sample: bool) -> Self {
        Self {
            sample,
            ..Self::default()
        }
    }

    /// Returns true if not every catalogue took part for every fault.
    pub fn is_sample(&self) -> bool {
        self.sample
    }

    /// Counts a run over a catalogue for one of its faults, for each contract that the fault breaks.
    pub fn add(&mut self, catalogue: &str, fault: &str, contracts: &[CapabilityRef], matrix: &KillMatrix) {
        let Some(row) = matrix.faults.iter().find(|row| row.fault.name == fault) else {
            return;
        };
        let known = self.rows.entry(fault.to_owned()).or_insert_with(|| PowerRow {
            fault: row.fault.clone(),
            excuse: None,
            cells: IndexMap::new(),
        });
        if let Fate::Excused(reason) = &row.fate {
            known.excuse = Some(reason.clone());
        }
        for contract in contracts {
            let mut kills = row.by.iter().chain(&row.also);
            let cell = known
                .cells
                .entry((catalogue.to_owned(), contract.clone()))
                .or_default();
            let killed = kills.any(|kill| kill.test.capability == *contract);
            if !killed && cell.silent.is_empty() {
                let silent = row.silent.iter().filter(|test| test.test.capability == *contract);
                cell.silent = silent.map(ToString::to_string).collect();
            }
            cell.killed += u32::from(killed);
            cell.total += 1;
        }
    }

    /// Keeps the accusations of correct providers in a run over a catalogue.
    pub fn accuse(&mut self, catalogue: &str, matrix: &KillMatrix) {
        let accused = matrix.findings.iter().filter_map(|finding| match finding {
            Finding::Accused {
                provider,
                test,
                outcome,
                message,
            } => Some(Finding::Accused {
                provider: provider.clone(),
                test: test.clone(),
                outcome: *outcome,
                message: format!("over {catalogue}: {message}"),
            }),
            _ => None,
        });
        self.accused.extend(accused);
    }

    /// The faults that a run missed, with the catalogue and the contract. Excused ones are left out.
    pub fn missed(&self) -> Vec<Miss> {
        let rows = self.rows.values().filter(|row| row.excuse.is_none());
        let cells = rows.flat_map(|row| row.cells.iter().map(move |(over, cell)| (row, over, cell)));
        cells
            .filter(|(_, _, cell)| cell.killed < cell.total)
            .map(|(row, (catalogue, capability), _)| Miss {
                fault: row.fault.name.clone(),
                catalogue: catalogue.clone(),
                capability: capability.clone(),
            })
            .collect()
    }

    /// Keeps that a comparison shows a fault.
    pub fn shows(&mut self, miss: &Miss, difference: String) {
        let row = self.rows.get_mut(&miss.fault);
        let over = (miss.catalogue.clone(), miss.capability.clone());
        if let Some(cell) = row.and_then(|row| row.cells.get_mut(&over)) {
            cell.shown = Some(difference);
        }
    }

    /// The faults, the weakest last.
    pub fn weakest_last(&self) -> Vec<&PowerRow> {
        let mut rows: Vec<_> = self.rows.values().collect();
        // By rate: killed / total, compared without a fraction.
        rows.sort_by(|left, right| {
            let of = |row: &PowerRow, other: &PowerRow| u64::from(row.killed()) * u64::from(other.total());
            of(right, left).cmp(&of(left, right))
        });
        rows
    }

    /// The findings: what can be seen and was missed, what nothing kills, and who was accused wrongly.
    pub fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for row in self.rows.values().filter(|row| row.excuse.is_none()) {
            if row.killed() == 0 && !self.sample {
                findings.push(Finding::Survivor {
                    fault: row.fault.name.clone(),
                    errors: 0,
                });
            }
            for ((catalogue, capability), cell) in row.cells.iter().filter(|(_, cell)| cell.is_missed()) {
                findings.push(Finding::Missed {
                    fault: row.fault.name.clone(),
                    catalogue: catalogue.clone(),
                    capability: capability.clone(),
                    missed: cell.total - cell.killed,
                    total: cell.total,
                    shown: cell.shown.clone(),
                    silent: cell.silent.clone(),
                });
            }
        }
        findings.extend(self.accused.iter().cloned());
        findings
    }

    /// True if there are no findings.
    pub fn is_green(&self) -> bool {
        self.findings().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::{FaultRow, Kill, Silent};
    use crate::model::{Level, Outcome};

    fn contract() -> CapabilityRef {
        "parcels.order_pickup@0.1.0".parse().unwrap()
    }

    /// The matrix of a run that killed these faults and missed the others.
    fn matrix(faults: &[(&str, bool)]) -> KillMatrix {
        let row = |(name, killed): &(&str, bool)| FaultRow {
            fault: KnownFault {
                name: (*name).to_owned(),
                does: "is wrong".to_owned(),
                tool: "order_pickup".to_owned(),
                rule: "future-day".to_owned(),
                provider: "wrong:one".parse().unwrap(),
            },
            fate: if *killed { Fate::Killed } else { Fate::Survived },
            by: killed
                .then(|| Kill {
                    test: "parcels.order_pickup@0.1.0/rejects_past_day".parse().unwrap(),
                    level: Level::Must,
                    set_up: false,
                    message: String::new(),
                })
                .into_iter()
                .collect(),
            also: Vec::new(),
            errors: 0,
            silent: (!killed)
                .then(|| Silent {
                    test: "parcels.order_pickup@0.1.0/rejects_past_day".parse().unwrap(),
                    outcome: Outcome::Blocked,
                    message: "no hour is free".to_owned(),
                })
                .into_iter()
                .collect(),
        };
        KillMatrix {
            whole: false,
            faults: faults.iter().map(row).collect(),
            rules: Vec::new(),
            correct: Vec::new(),
            findings: Vec::new(),
        }
    }

    fn power(sample: bool, runs: &[(&str, &[(&str, bool)])]) -> Power {
        let mut power = Power::new(sample);
        for (catalogue, faults) in runs {
            for (fault, _) in *faults {
                power.add(catalogue, fault, &[contract()], &matrix(faults));
            }
        }
        power
    }

    fn told(power: &Power) -> Vec<String> {
        power.findings().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_fault_that_one_run_kills_and_another_misses_over_the_same_catalogue_is_a_finding() {
        let power = power(false, &[("grid", &[("a", true)]), ("grid", &[("a", false)])]);
        assert_eq!(power.missed().len(), 1);
        assert_eq!(
            told(&power),
            [
                "`parcels.order_pickup@0.1.0` missed the fault `a` over grid in 1 of 2 runs, and another run killed it (`rejects_past_day` ended in blocked: no hour is free)"
            ]
        );
    }

    #[test]
    fn a_fault_that_a_catalogue_cannot_show_is_none_unless_nothing_ever_kills_it() {
        let mut seen = power(false, &[("grid", &[("a", true)]), ("one", &[("a", false)])]);
        assert!(seen.is_green());
        assert_eq!(seen.weakest_last()[0].unseen(), ["one"]);
        let miss = seen.missed().remove(0);
        seen.shows(&miss, "create_booking answers otherwise".to_owned());
        assert_eq!(
            told(&seen),
            [
                "`parcels.order_pickup@0.1.0` missed the fault `a` over one in 1 of 1 runs, and it can be seen: create_booking answers otherwise (`rejects_past_day` ended in blocked: no hour is free)"
            ]
        );
        let never = [("one", [("a", false)].as_slice())];
        assert_eq!(told(&power(false, &never)), ["no test kills the fault `a`"]);
        assert!(power(true, &never).is_green());
    }

    #[test]
    fn the_weakest_fault_comes_last_by_its_rate() {
        let power = power(
            false,
            &[
                ("grid", &[("weak", true), ("strong", true)]),
                ("grid", &[("weak", false), ("strong", true)]),
            ],
        );
        let names: Vec<_> = power.weakest_last().iter().map(|row| &row.fault.name).collect();
        assert_eq!(names, ["strong", "weak"]);
    }

    #[test]
    fn a_correct_provider_that_is_accused_is_a_finding_with_its_catalogue() {
        let mut power = Power::new(false);
        power.accuse(
            "grid",
            &KillMatrix {
                findings: vec![Finding::Accused {
                    provider: "right:one".parse().unwrap(),
                    test: "parcels.order_pickup@0.1.0/rejects_past_day".parse().unwrap(),
                    outcome: Outcome::Fail,
                    message: "it was".to_owned(),
                }],
                ..matrix(&[])
            },
        );
        assert!(
            told(&power)[0].ends_with("over grid: it was"),
            "{:?}",
            told(&power)
        );
    }
}
