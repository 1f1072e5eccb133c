//! Looks for something free, or for two things that meet, call by call, until a test can hold it alone.
//!
//! A search passes over everything that it may ask, first for what nobody has used, then for less; it looks again when another test has
//! given something back, and at last further ahead. Its loops, its looks and its choice are in the `scan` files beside this one.

use std::sync::Arc;

use tokio::time::Instant;

use super::executor::TestExecutor;
use super::lease::SlotPreference;
use super::scan::{Reach, Scan};
use super::scan_take::{PEER_TIME_LIMIT, Sought};
use super::scope::Phase;
use super::step_error::StepError;
use crate::expr::Bound;
use crate::model::Untested;
use crate::suite::{Otherwise, SearchStep};

/// So many free starts for each span that other tests hold are enough: what those hold is not why nothing suits.
const MUCH: usize = 4;

impl TestExecutor<'_> {
    /// Looks for something free. That is discovery, wherever it stands: its calls are not counted, and a wrong answer to one of them is a
    /// failure of the tool that gave it.
    pub(super) async fn search(&mut self, search: &SearchStep) -> Result<Arc<Bound>, StepError> {
        let inner = self.scope().in_phase(Phase::SetUp);
        self.enter(inner).discover(search).await
    }

    /// Looks until something is taken. Where little is listed, other tests may have booked what suits: it is looked for again whenever
    /// one of them has given something back.
    async fn discover(&mut self, search: &SearchStep) -> Result<Arc<Bound>, StepError> {
        let leases = self.entry().provider().leases();
        let limit = match self.is_with_peer() {
            true => PEER_TIME_LIMIT,
            false => self.entry().context().options().test_limit,
        };
        let deadline = Instant::now() + limit;
        let mut reach = Reach::Near;
        loop {
            let (releases, held) = (leases.releases(), leases.held_by_others(self.holder()));
            let (nothing, listed) = match self.discover_once(search, reach).await? {
                Sought::Took(bound) => return Ok(bound),
                Sought::Nothing { error, listed } => (error, listed),
            };
            // The answers that are known may be older than what was given back since.
            let is_old = reach == Reach::Near && releases > 0 && listed <= MUCH;
            reach = Reach::Again;
            if is_old {
                continue;
            }
            if listed <= MUCH
                && !search.soonest
                && let Sought::Took(bound) = self.discover_once(search, Reach::Further).await?
            {
                return Ok(bound);
            }
            if listed > held * MUCH || !self.wait_for_release(releases, deadline).await? {
                return Err(nothing);
            }
        }
    }

    /// Calls the tool of a search with one input after the other. Takes the first candidate that is fresh; failing that, the first on a
    /// day of its own; failing that, the first that can be had.
    async fn discover_once(&mut self, search: &SearchStep, reach: Reach) -> Result<Sought, StepError> {
        let with_peer = self.is_with_peer();
        if search.soonest && search.pairs.is_none() && !with_peer {
            return self.soonest(search, reach).await;
        }
        let mut seen = Vec::new();
        for preference in [SlotPreference::Fresh, SlotPreference::AnotherDay] {
            let mut scan = Scan::new(search, preference, reach);
            if let Some(bound) = self.scan(&mut scan, 0).await? {
                return Ok(Sought::Took(bound));
            }
            if scan.seen.iter().all(|look| look.candidates.is_empty()) {
                return Ok(self.nothing_free(&scan));
            }
            seen = scan.seen;
        }
        let found = if with_peer {
            self.another_day(&seen).await
        } else {
            self.second_choice(&seen).await
        };
        if matches!(found, Err(StepError::Skip(..))) {
            self.evidence_mut().note_crowded();
        }
        match (found, search.pairs) {
            (Ok(bound), _) => Ok(Sought::Took(bound)),
            // A pair of this kind exists, so a test that passes without it would pass by luck.
            (Err(StepError::Skip(_, why)), Some(_)) => Ok(Sought::unfit(StepError::Blocked(why))),
            (Err(error @ StepError::Skip(..)), None) => Ok(Sought::unfit(error)),
            (Err(error), _) => Err(error),
        }
    }

    /// Returns true if the test holds something at two providers.
    fn is_with_peer(&self) -> bool {
        self.is_at_peer() || self.peer().is_some()
    }

    /// The end of a search that found nothing free.
    pub(super) fn nothing_free(&self, scan: &Scan<'_>) -> Sought {
        Sought::Nothing {
            error: self.without(scan),
            listed: scan.listed,
        }
    }

    /// The end of a test without what a search found nowhere.
    fn without(&self, scan: &Scan<'_>) -> StepError {
        let search = scan.search;
        let name = search.tool.tool();
        if !self.entry().tools().may_call(name) {
            return StepError::Skip(
                Untested::NotOffered,
                format!("the provider does not offer {name}"),
            );
        }
        // Where there are slots, and no two of them can tell right from wrong, nothing is wrong with the provider's data.
        let no_witness = search.pairs.is_some() && scan.found_any;
        match search.otherwise {
            Otherwise::Blocked if !no_witness => StepError::Blocked(search.none.clone()),
            _ => StepError::Skip(Untested::NoWitness, search.none.clone()),
        }
    }
}
