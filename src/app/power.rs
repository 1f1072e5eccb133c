//! The use case that measures the power of the suites: how often they fail each fault, over catalogues and seeds.

use reference_provider::{Fault, Version};

use super::fault_catalogue::Catalogue;
use super::fault_tenants::{PEER_CLAIMS, broken_contracts};
use super::prove::{Extent, PreparedProof, known_faults, prepare, select_faults};
use super::reference::claims;
use super::{AppError, Bundle, fault_comparison};
use crate::matrix::{Excuses, KillMatrix, Miss, Power};

/// The number of runs over each catalogue.
const SEEDS: u64 = 3;

/// Faults in one run. Each is a platform with two tenants, so this bounds memory.
const FAULTS_AT_ONCE: usize = 24;

/// The parameters of a measurement.
#[derive(Debug, Clone, Default)]
pub struct PowerRequest {
    /// Globs over the names of the faults; none takes every fault.
    pub faults: Vec<String>,
    /// The first seed.
    pub seed: u64,
    /// The catalogues; none takes every one.
    pub catalogues: Vec<Catalogue>,
    /// Run each fault once, over one catalogue that the seed chooses.
    pub sample: bool,
}

/// A measurement, run by run.
pub struct Measurement<'b> {
    bundle: &'b Bundle,
    runs: Vec<PlannedRun>,
    power: Power,
    excuses: Excuses,
    seed: u64,
}

/// One run of a measurement.
#[derive(Debug, Clone)]
pub struct PlannedRun {
    /// The catalogue.
    pub catalogue: Catalogue,
    /// The seed.
    pub seed: u64,
    /// The version at which the tenants are asked. Each has tenants of its own: what a fault has left behind at one would keep the tests
    /// of the other from what they need.
    pub version: Version,
    /// The faults.
    pub faults: Vec<Fault>,
}

impl<'b> Measurement<'b> {
    /// Plans the runs.
    ///
    /// # Errors
    ///
    /// No fault has such a name, or the excuses are wrong.
    pub fn plan(bundle: &'b Bundle, asked: &PowerRequest) -> Result<Self, AppError> {
        let mut faults = select_faults(&asked.faults)?;
        // A run asks the tests of its tools alone, so faults of one tool belong together. What the peers claim comes last: peers
        // are proven only in runs of those tools.
        faults.sort_by_key(|fault| {
            let tool = fault.breaks().tool;
            (PEER_CLAIMS.contains(&tool), tool)
        });
        let catalogues = match asked.catalogues.is_empty() {
            true => Catalogue::ALL.to_vec(),
            false => asked.catalogues.clone(),
        };
        let mut runs = Vec::new();
        for (at, catalogue) in catalogues.iter().enumerate() {
            let turn = |place: usize| {
                let turned = (place as u64).wrapping_add(asked.seed) % catalogues.len() as u64;
                turned == at as u64
            };
            let (seeds, mine) = match asked.sample {
                true => {
                    let mine = faults.iter().enumerate().filter(|(place, _)| turn(*place));
                    (1, mine.map(|(_, fault)| *fault).collect())
                }
                false => (SEEDS, faults.clone()),
            };
            for seed in (0..seeds).map(|more| asked.seed.wrapping_add(more)) {
                for version in Version::ALL {
                    let claimed = claims(&bundle.registry, version);
                    let shows = |fault: &&Fault| {
                        let broken = broken_contracts(&bundle.registry, **fault);
                        broken.iter().any(|contract| claimed.contains(contract))
                    };
                    let mine: Vec<Fault> = mine.iter().filter(shows).copied().collect();
                    let own = mine.partition_point(|fault| !PEER_CLAIMS.contains(&fault.breaks().tool));
                    let (own, of_peers) = mine.split_at(own);
                    let batches = own.chunks(FAULTS_AT_ONCE).chain(of_peers.chunks(FAULTS_AT_ONCE));
                    runs.extend(batches.map(|faults| PlannedRun {
                        catalogue: *catalogue,
                        seed,
                        version,
                        faults: faults.to_vec(),
                    }));
                }
            }
        }
        Ok(Self {
            bundle,
            runs,
            excuses: known_faults(&bundle.registry)?.1,
            power: Power::new(asked.sample || !asked.catalogues.is_empty()),
            seed: asked.seed,
        })
    }

    /// The runs, in order.
    pub fn runs(&self) -> Vec<PlannedRun> {
        self.runs.clone()
    }

    /// Plans one of the runs.
    ///
    /// # Errors
    ///
    /// The tenants do not start.
    pub async fn prepare(&self, run: &PlannedRun) -> Result<PreparedProof, AppError> {
        let extent = Extent::OfTheFaults(run.version);
        prepare(self.bundle, &run.faults, run.catalogue, Some(run.seed), extent).await
    }

    /// Counts the end of a run.
    pub fn add(&mut self, run: &PlannedRun, matrix: &KillMatrix) {
        let claimed = claims(&self.bundle.registry, run.version);
        for fault in &run.faults {
            let mut contracts = broken_contracts(&self.bundle.registry, *fault);
            contracts.retain(|contract| {
                claimed.contains(contract) && !self.excuses.allows(fault.name(), contract)
            });
            self.power
                .add(run.catalogue.name(), fault.name(), &contracts, matrix);
        }
        self.power.accuse(run.catalogue.name(), matrix);
    }

    /// The faults that runs missed, by catalogue and contract.
    pub fn missed(&self) -> Vec<Miss> {
        self.power.missed()
    }

    /// Asks the tenant with a fault that was missed and a correct one the same, and keeps what they answer differently.
    ///
    /// # Errors
    ///
    /// The tenants do not start.
    pub async fn compare(&mut self, miss: &Miss) -> Result<(), AppError> {
        let fault = Fault::ALL.iter().find(|fault| fault.name() == miss.fault);
        let (Some(fault), Some(catalogue)) = (fault, Catalogue::named(&miss.catalogue)) else {
            return Ok(());
        };
        let difference = fault_comparison::difference(
            &self.bundle.registry,
            *fault,
            catalogue,
            &miss.capability,
            self.seed,
        )
        .await?;
        if let Some(difference) = difference {
            self.power.shows(miss, difference);
        }
        Ok(())
    }

    /// All that was measured.
    pub fn end(self) -> Power {
        self.power
    }
}
