//! The use case that proves the suites: every one of them against every fault of the reference provider, and against none.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use reference_provider::{Fault, Version};

use super::fault_catalogue::Catalogue;
use super::fault_tenants::Claimed;
use super::run::{PreparedRun, Record, RunRequest, plan_run};
use super::{AppError, Bundle, Source, fault_tenants, reference};
use crate::capability::Registry;
use crate::diagnostic::{self, near_miss};
use crate::event::{RunEvent, Selection};
use crate::matrix::{BUNDLED_EXCUSES, Excuses, KillMatrix, KnownFault, KnownTest, Trial};
use crate::model::BudgetLimits;
use crate::plan::NameFilter;
use crate::run::Stop;

/// Providers at once. They share this machine with the harness, so more would only wait for each other.
const JOBS: usize = 16;

/// Tests of one provider at once.
const LANES: usize = 4;

/// The longest that one call may take: none is slow, but a small machine may be busy.
const CALL_LIMIT: Duration = Duration::from_secs(30);

/// The parameters of a proof.
#[derive(Debug, Clone, Default)]
pub struct ProofRequest {
    /// Globs over the names of the faults; none takes every fault.
    pub faults: Vec<String>,
    /// The seed; None takes a random one.
    pub seed: Option<u64>,
}

/// The providers of a proof, and their tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// Every test, at the bundled tenants too.
    Whole,
    /// The tests of the tools that the faults break, at one version.
    OfTheFaults(Version),
}

/// A proof that is planned and has not begun.
pub struct PreparedProof {
    /// The run that it is made of.
    pub run: PreparedRun,
    registry: Arc<Registry>,
    tests: Vec<KnownTest>,
    faults: Vec<KnownFault>,
    excuses: Excuses,
    whole: bool,
}

/// Plans the run of all suites against the tenants with a fault, and against the correct ones: the bundled tenants, and the one
/// without a fault.
///
/// # Errors
///
/// No fault has such a name, the excuses are wrong, or the bundled provider does not start.
pub async fn prepare_proof(bundle: &Bundle, asked: &ProofRequest) -> Result<PreparedProof, AppError> {
    let selected = select_faults(&asked.faults)?;
    prepare(bundle, &selected, Catalogue::default(), asked.seed, Extent::Whole).await
}

/// Plans the run against the tenants with one of these faults, over a catalogue.
pub(super) async fn prepare(
    bundle: &Bundle,
    selected: &[Fault],
    catalogue: Catalogue,
    seed: Option<u64>,
    extent: Extent,
) -> Result<PreparedProof, AppError> {
    let (known, excuses) = known_faults(&bundle.registry)?;
    let mut servers = Vec::new();
    let mut providers = Vec::new();
    let mut selection = Selection::default();
    let claimed = match extent {
        Extent::Whole => {
            let (correct, bundled) = reference::start(&bundle.registry).await?;
            servers.push(Arc::new(correct));
            providers.extend(bundled);
            // Who asks for single faults is told of every test that meets them. For all faults together those are many tests that say
            // little: the tests of its own tool are about a fault.
            match selected.len() == known.len() {
                true => Claimed::OfItsTool,
                false => Claimed::All,
            }
        }
        Extent::OfTheFaults(_) => {
            let contracts = selected
                .iter()
                .flat_map(|fault| fault_tenants::broken_contracts(&bundle.registry, *fault));
            let ids: BTreeSet<_> = contracts.map(|contract| contract.id.to_string()).collect();
            selection.capabilities = ids.into_iter().collect();
            Claimed::OfItsFault
        }
    };
    let versions = match extent {
        Extent::Whole => Version::ALL.to_vec(),
        Extent::OfTheFaults(version) => vec![version],
    };
    let (faulty, with_faults) =
        fault_tenants::start(&bundle.registry, selected, catalogue, claimed, &versions).await?;
    servers.push(Arc::new(faulty));
    providers.extend(with_faults);
    let request = RunRequest {
        source: Source::Reference,
        selection,
        jobs: JOBS,
        lanes: LANES,
        per_host: None,
        seed,
        call_limit: CALL_LIMIT,
        provider_timeout: BudgetLimits::TIME,
        fail_fast: false,
        baseline: None,
        public_only: false,
        again: None,
    };
    let run = plan_run(bundle, &request, servers, providers, &|_| None).await?;
    Ok(PreparedProof {
        run,
        registry: Arc::clone(&bundle.registry),
        tests: bundle
            .suites
            .iter()
            .map(|test| KnownTest {
                id: test.id.clone(),
                verifies: test.verifies.clone(),
            })
            .collect(),
        whole: selected.len() == known.len(),
        faults: known
            .into_iter()
            .filter(|known| selected.iter().any(|fault| fault.name() == known.name))
            .collect(),
        excuses,
    })
}

impl PreparedProof {
    /// Runs it. `watch` sees every event. None when it was stopped before its end, which proves nothing.
    ///
    /// # Errors
    ///
    /// A bug of the harness.
    pub async fn run(
        self,
        stop: &Stop,
        watch: impl FnMut(&RunEvent),
    ) -> Result<Option<KillMatrix>, AppError> {
        let run = self.run.without_calls();
        let ended = run.run(Record::Nowhere, stop, watch).await?;
        if ended.summary.incomplete() {
            return Ok(None);
        }
        let trial = Trial {
            registry: &self.registry,
            tests: &self.tests,
            faults: &self.faults,
            excuses: &self.excuses,
            whole: self.whole,
        };
        Ok(Some(KillMatrix::of(trial, &ended.summary)))
    }
}

/// Every fault, and the excuses.
pub(super) fn known_faults(registry: &Registry) -> Result<(Vec<KnownFault>, Excuses), AppError> {
    let known = Fault::ALL
        .iter()
        .map(|fault| known_fault(*fault))
        .collect::<Result<Vec<_>, _>>()?;
    let source = diagnostic::Source::new("src/matrix/excuses.yaml", BUNDLED_EXCUSES);
    let excuses = Excuses::read_for(&source, &known, registry)?;
    Ok((known, excuses))
}

fn known_fault(fault: Fault) -> Result<KnownFault, AppError> {
    let breaks = fault.breaks();
    Ok(KnownFault {
        name: fault.name().to_owned(),
        does: fault.description().to_owned(),
        tool: breaks.tool.to_owned(),
        rule: breaks.rule.to_owned(),
        provider: fault_tenants::provider_with(fault)?,
    })
}

/// The faults whose names match; a glob that matches none is a slip.
pub(super) fn select_faults(globs: &[String]) -> Result<Vec<Fault>, AppError> {
    for glob in globs {
        let one = NameFilter::new(std::slice::from_ref(glob))?;
        if !Fault::ALL.iter().any(|fault| one.takes(fault.name())) {
            let names = Fault::ALL.iter().map(|fault| fault.name());
            return Err(AppError::UnknownFault {
                glob: glob.clone(),
                suggestion: near_miss(glob, names).map(str::to_owned),
            });
        }
    }
    let all = NameFilter::new(globs)?;
    Ok(Fault::ALL
        .iter()
        .copied()
        .filter(|fault| all.takes(fault.name()))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_excuse_speaks_of_a_bundled_contract_and_those_of_others_are_passed_over() {
        let bundle = Bundle::load(None).unwrap();
        let faults: Vec<_> = Fault::ALL
            .iter()
            .map(|fault| known_fault(*fault).unwrap())
            .collect();
        let source = diagnostic::Source::new("excuses.yaml", BUNDLED_EXCUSES);
        let read = Excuses::read(&source, &faults, &bundle.registry);
        assert!(read.is_ok(), "{read:?}");
        let own = Registry::default();
        assert!(Excuses::read(&source, &faults, &own).is_err());
        let read = Excuses::read_for(&source, &faults, &own);
        assert!(read.is_ok(), "{read:?}");
        let slip = BUNDLED_EXCUSES.replacen(
            "rules:",
            "rules:\n  booking.create_booking@0.1.0/no-such-rule: none",
            1,
        );
        let slip = diagnostic::Source::new("excuses.yaml", slip);
        assert!(Excuses::read_for(&slip, &faults, &bundle.registry).is_err());
    }
}
