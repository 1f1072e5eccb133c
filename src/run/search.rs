//! Looks for something free, or for two things that meet, call by call, until a test can hold it alone.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;
use tokio::time::Instant;

use super::candidates::{Candidate, SharedAnswer};
use super::entry_state::SharedCell;
use super::executor::TestExecutor;
use super::expressions::{list, without_value};
use super::lease::{SlotPreference, Taken};
use super::pairs::{self, Answer};
use super::scope::Phase;
use super::span::Span;
use super::step_error::StepError;
use crate::expr::{Bound, Expression};
use crate::model::{Untested, is_sane, weight};
use crate::suite::{Otherwise, PairKind, SearchStep};

/// The most calls that one search makes.
const MOST_CALLS: usize = 400;

/// The most bytes of answers and candidates that one search keeps, about.
const MOST_KEPT: usize = 16 * 1024 * 1024;

/// So many free starts for each span that other tests hold are enough: what those hold is not why nothing suits.
const MUCH: usize = 4;

/// The last day, counted from today, of a search that looks as far as the provider contract asks for.
const FAR: i64 = 13;

/// The time for which a test with a peer waits for a slot.
const PEER_TIME_LIMIT: Duration = Duration::from_secs(15);

/// The values chosen on the way to an answer, and what can be taken there.
struct Look {
    chosen: Vec<(String, Arc<Bound>)>,
    /// The input and the output of the call. None for pairs, of which the two may come from two calls.
    call: Option<[Arc<Bound>; 2]>,
    /// The place of the candidate that is tried first; those after it follow, and at last those before it.
    first: usize,
    candidates: Arc<[Candidate]>,
}

impl Look {
    /// The value to which the step's id is bound when the candidate at this place is taken.
    fn bound(&self, at: usize) -> Arc<Bound> {
        let candidate = self.candidates[at].value();
        let chosen = self
            .chosen
            .iter()
            .map(|(name, value)| (name.as_str(), Arc::clone(value)));
        let own = match &self.call {
            Some([input, output]) => vec![
                ("candidate", Arc::clone(candidate)),
                ("input", Arc::clone(input)),
                ("output", Arc::clone(output)),
            ],
            None => pairs::parts(candidate),
        };
        Bound::parts(own.into_iter().chain(chosen))
    }
}

/// What came of looking once.
enum Sought {
    /// The test holds it.
    Took(Arc<Bound>),
    /// Nothing that suits is listed.
    Nothing {
        /// The end of a test that finds no more.
        error: StepError,
        /// The number of starts that are listed as free, whether they suit or not.
        listed: usize,
    },
}

impl Sought {
    /// What is listed can all not be taken: as good as nothing.
    fn unfit(error: StepError) -> Self {
        Self::Nothing { error, listed: 0 }
    }
}

/// Where a search looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// Where the suite says, and what was answered to other tests counts.
    Near,
    /// The same, but answers that list nothing are asked for anew where what others held may have been why.
    Again,
    /// On the days after those that the suite names, as many again. A provider need not say anything there, and nothing is wrong with
    /// whatever it says.
    Further,
}

/// One pass over everything that a search may ask.
struct Scan<'p> {
    search: &'p SearchStep,
    preference: SlotPreference,
    /// Where it looks.
    reach: Reach,
    /// The values chosen by the loops around the call.
    chosen: Vec<(String, Arc<Bound>)>,
    /// The answers without a candidate that suits.
    seen: Vec<Look>,
    /// The answers that are looked at together, for a pair.
    together: Option<Vec<Look>>,
    /// True if an answer had anything to take, be it part of a pair or not.
    found_any: bool,
    /// The number of starts that the answers list as free.
    listed: usize,
    /// The number of candidates that are enough: they are only looked at. None where the first that suits is taken.
    enough: Option<usize>,
    calls: usize,
    /// The bytes of what it keeps.
    kept: usize,
}

impl<'p> Scan<'p> {
    fn new(search: &'p SearchStep, preference: SlotPreference, reach: Reach) -> Self {
        Self {
            search,
            preference,
            reach,
            chosen: Vec::new(),
            seen: Vec::new(),
            together: None,
            found_any: false,
            listed: 0,
            enough: None,
            calls: 0,
            kept: 0,
        }
    }

    /// Returns true if there is nothing more to look at.
    fn has_enough(&self) -> bool {
        let seen = self.seen.iter().map(|look| look.candidates.len()).sum::<usize>();
        self.enough.is_some_and(|enough| seen >= enough)
    }
}

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

    /// Takes the soonest candidate, and for each time that the test was tried before the one after it; waits for whoever holds it. With a
    /// later one in its place the test would tell nothing.
    async fn soonest(&mut self, search: &SearchStep, reach: Reach) -> Result<Sought, StepError> {
        let mut scan = Scan::new(search, SlotPreference::Apart, reach);
        scan.enough = Some(self.tries() + 1);
        self.scan(&mut scan, 0).await?;
        let listed = scan
            .seen
            .iter()
            .flat_map(|look| (0..look.candidates.len()).map(move |at| (look, at)))
            .take(self.tries() + 1);
        let Some((look, at)) = listed.last() else {
            return Ok(self.nothing_free(&scan));
        };
        let candidate = &look.candidates[at];
        let late = "the soonest free slot was held by other tests for too long";
        let limit = self.entry().context().options().test_limit;
        let found = self
            .wait_for(limit, late, || {
                let taken = self
                    .take([candidate], SlotPreference::Apart)
                    .or_else(|_| self.take([candidate], SlotPreference::Any));
                match taken {
                    Ok(_) => Some(Ok(look.bound(at))),
                    Err(Taken::No) => Some(Err(StepError::Skip(Untested::NoWitness, late.to_owned()))),
                    Err(_) => None,
                }
            })
            .await;
        if matches!(found, Err(StepError::Skip(..))) {
            self.evidence_mut().note_crowded();
        }
        found.map(Sought::Took)
    }

    /// The end of a search that found nothing free.
    fn nothing_free(&self, scan: &Scan<'_>) -> Sought {
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

    /// What is inside some loops of the search: for pairs, all of it is looked at together at some point.
    async fn scan(&mut self, scan: &mut Scan<'_>, depth: usize) -> Result<Option<Arc<Bound>>, StepError> {
        match scan.search.pairs {
            Some(pairs) if pairs.turns == depth => self.look_for_pair(scan, depth).await,
            _ => self.turns(scan, depth).await,
        }
    }

    /// One loop of the search; the innermost calls the tool.
    async fn turns(&mut self, scan: &mut Scan<'_>, depth: usize) -> Result<Option<Arc<Bound>>, StepError> {
        let Some((name, items)) = scan.search.over.get(depth) else {
            let look = self.look(scan).await?;
            if let Some(looks) = &mut scan.together {
                looks.push(look);
                return Ok(None);
            }
            return Ok(self.take_one(scan, look));
        };
        let mut items = self.evaluate_list(items, "searches")?;
        if scan.reach == Reach::Further {
            further_days(&mut items);
        }
        self.entry().draw().days(scan.search, &mut items);
        for item in items {
            if scan.calls >= MOST_CALLS || scan.has_enough() {
                break;
            }
            if scan.kept > MOST_KEPT {
                let calls = scan.calls;
                self.notes_mut().add_once(format!(
                    "a search ended after {calls} calls: what the answers listed is more than {} MiB",
                    MOST_KEPT / 1024 / 1024
                ));
                break;
            }
            let item = Bound::json(item);
            let mut inner = self.scope().clone();
            inner.bind(name, Arc::clone(&item));
            scan.chosen.push((name.clone(), item));
            let mut inside = self.enter(inner);
            let found = Box::pin(inside.scan(scan, depth + 1)).await;
            drop(inside);
            scan.chosen.pop();
            if let Some(found) = found? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Looks at all turns of the inner loops together, and takes two candidates that meet in the way of the test's row.
    async fn look_for_pair(
        &mut self,
        scan: &mut Scan<'_>,
        depth: usize,
    ) -> Result<Option<Arc<Bound>>, StepError> {
        let row = self.scope().get("case").and_then(|case| case.as_json());
        let kind = row.and_then(|row| PairKind::deserialize(row.get("kind")?).ok());
        let Some(kind) = kind else {
            let why = "the suite looks for a pair, and no row says of which kind";
            return Err(StepError::Error(why.to_owned()));
        };
        scan.together = Some(Vec::new());
        let ended = self.turns(scan, depth).await;
        let looks = scan.together.take().unwrap_or_default();
        ended?;
        let answers: Vec<_> = looks
            .iter()
            .map(|look| Answer {
                chosen: &look.chosen,
                candidates: &look.candidates,
            })
            .collect();
        let pair = Look {
            chosen: scan.chosen.clone(),
            call: None,
            first: 0,
            candidates: pairs::pairs(kind, &answers, depth == scan.search.over.len()),
        };
        Ok(self.take_one(scan, pair))
    }

    /// Looks at one answer. What is wrong on the days after those that the suite names shows nothing.
    async fn look(&mut self, scan: &mut Scan<'_>) -> Result<Look, StepError> {
        let known = self.set_ups();
        match self.look_at(scan).await {
            Err(StepError::Fail { .. } | StepError::Blocked(_) | StepError::Error(_))
                if scan.reach == Reach::Further =>
            {
                self.restore_set_ups(known);
                Ok(Look {
                    chosen: scan.chosen.clone(),
                    call: None,
                    first: 0,
                    candidates: Arc::default(),
                })
            }
            looked => looked,
        }
    }

    /// Calls the tool once, unless another test of the provider has asked the same.
    async fn look_at(&mut self, scan: &mut Scan<'_>) -> Result<Look, StepError> {
        scan.calls += 1;
        let (entry, search) = (self.entry(), scan.search);
        let input = Arc::new(self.render(&search.input, search.tool.tool())?);
        // What is free by another setting of the clock is free then only.
        let key = format!(
            "{} {} {input}",
            entry.provider().clock().setting(),
            search.tool.tool()
        );
        let bound = Bound::json(Arc::clone(&input));
        // Where somebody else books, what was listed a moment ago is old.
        if entry.provider().has_others() {
            entry.forget_answers();
        }
        let (cell, mut answer) = self.shared_answer(search, &key, &input).await?;
        let mut candidates = self.candidates(search, &bound, &answer)?;
        // A booking that was taken back since may have moved what was listed, or hidden it.
        let leases = entry.provider().leases();
        let day = spans(candidates.iter());
        // What was used is taken again, where it was taken back: what has begun since is looked at too.
        let shaping = match scan.preference {
            SlotPreference::Fresh => answer.leases().clone(),
            SlotPreference::AnotherDay | SlotPreference::Apart | SlotPreference::Any => {
                leases.until_now(answer.leases().clone())
            }
        };
        let emptied =
            scan.reach == Reach::Again && candidates.is_empty() && leases.has_any_ended(answer.leases());
        let is_old =
            leases.has_ended_within(&day, &shaping) && !leases.others_work_within(&day, self.holder());
        if emptied || is_old {
            entry.forget_answer(&key, &cell);
            (_, answer) = self.shared_answer(search, &key, &input).await?;
            candidates = self.candidates(search, &bound, &answer)?;
        }
        scan.listed += answer.listed().starts().count();
        self.evidence_mut()
            .note_look(&search.tool, &input, answer.listed());
        // What nothing was picked from is not read again.
        let call = (!candidates.is_empty()).then(|| {
            let picked = candidates
                .iter()
                .filter_map(|candidate| candidate.value().as_json());
            let picked = picked.map(weight).fold(0, usize::saturating_add);
            scan.kept = scan.kept.saturating_add(picked).saturating_add(answer.weight());
            [bound, Arc::clone(answer.output())]
        });
        let look = Look {
            chosen: scan.chosen.clone(),
            call,
            first: self.entry().draw().first_of(search, &key, candidates.len()),
            candidates,
        };
        scan.found_any |= !look.candidates.is_empty();
        Ok(look)
    }

    /// Takes a candidate of a look that suits, where there is one.
    fn take_one(&self, scan: &mut Scan<'_>, look: Look) -> Option<Arc<Bound>> {
        if scan.enough.is_some() {
            scan.seen.push(look);
            return None;
        }
        let count = look.candidates.len();
        let drawn = look.candidates.iter().cycle().skip(look.first).take(count);
        if let Ok(at) = self.take(drawn, scan.preference) {
            return Some(look.bound((look.first + at) % count));
        }
        scan.seen.push(look);
        None
    }

    /// The answer to a call, made unless another test of the provider has made it.
    async fn shared_answer(
        &mut self,
        search: &SearchStep,
        key: &str,
        input: &Arc<Value>,
    ) -> Result<(SharedCell<SharedAnswer>, Arc<SharedAnswer>), StepError> {
        let cell = self.entry().answer(key);
        let answer = cell
            .get_or_try_init(|| async {
                match self.call_and_judge(search, input).await {
                    // Whoever asks next may still be answered.
                    Err(
                        error @ (StepError::Interrupted | StepError::Undecided { .. } | StepError::Error(_)),
                    ) => Err(error),
                    // What goes wrong at a peer is for the provider's own tests to meet and to report.
                    Err(error) if self.is_at_peer() || self.evidence().is_doubtful() => Err(error),
                    settled => Ok(settled),
                }
            })
            .await?
            .clone()?;
        Ok((cell, answer))
    }

    async fn call_and_judge(
        &mut self,
        search: &SearchStep,
        input: &Arc<Value>,
    ) -> Result<Arc<SharedAnswer>, StepError> {
        let leases = self.entry().provider().leases();
        let before = leases.snapshot();
        let answered = self.call_tool(&search.tool, input, false).await?;
        let held = leases.until_now(before);
        self.judge(&search.tool, &search.expect, None, &answered)?;
        let output = Bound::json(Arc::clone(answered.output()));
        let answer = SharedAnswer::new(output, held);
        self.entry().note_kept(answer.weight());
        Ok(Arc::new(answer))
    }

    /// The candidates that a search picks from an answer.
    fn candidates(
        &self,
        search: &SearchStep,
        input: &Arc<Bound>,
        answer: &SharedAnswer,
    ) -> Result<Arc<[Candidate]>, StepError> {
        let now = self.scope().now();
        answer.candidates(search, now, || self.pick(search, input, answer.output()))
    }

    fn pick(
        &self,
        search: &SearchStep,
        input: &Arc<Bound>,
        output: &Arc<Bound>,
    ) -> Result<Arc<[Candidate]>, StepError> {
        let mut bindings = self.scope().bindings().clone();
        bindings.bind("input", Arc::clone(input));
        bindings.bind("output", Arc::clone(output));
        let picked = search
            .pick
            .evaluate(&bindings)
            .map_err(|error| without_value(&error, search.pick.text()))?;
        let candidates = list(picked, &search.pick, "picks")?
            .into_iter()
            .filter_map(|candidate| {
                let value = Bound::json(candidate);
                bindings.bind("candidate", Arc::clone(&value));
                let instant = |end: &Expression| end.evaluate(&bindings).ok().as_ref().and_then(instant);
                let span = match &search.lease {
                    None => None,
                    // A candidate without a span of time cannot be held; the judge of the listing says so elsewhere.
                    Some((from, to)) => Some(Span::new(instant(from)?, instant(to)?)?),
                };
                Some(Candidate::new(value, span))
            });
        Ok(candidates.collect())
    }

    /// Takes one of the candidates, and holds its span of time. Returns its place among them.
    fn take<'o>(
        &self,
        candidates: impl IntoIterator<Item = &'o Candidate> + Clone,
        preference: SlotPreference,
    ) -> Result<usize, Taken> {
        // What needs no span of time is free for everyone.
        let mut free = candidates.clone().into_iter();
        if let Some(at) = free.position(|candidate| candidate.span().is_none()) {
            return Ok(at);
        }
        let leases = self.entry().provider().leases();
        match leases.take(&spans(candidates), self.holder(), preference) {
            Taken::Yes(at) => Ok(at),
            other => Err(other),
        }
    }

    /// Nothing is fresh: takes what was used before, on a day of its own, so that a test at a peer is in nobody's way. Whoever holds
    /// something at two providers gives up soon: tests that wait for each other there would wait for ever.
    async fn another_day(&mut self, seen: &[Look]) -> Result<Arc<Bound>, StepError> {
        let late = "too few free slots: other tests hold the others";
        let preference = SlotPreference::AnotherDay;
        let (leases, holder) = (self.entry().provider().leases(), self.holder());
        self.wait_for(PEER_TIME_LIMIT, late, || {
            let taken = seen.iter().find_map(|look| {
                let at = self.take(look.candidates.iter(), preference).ok()?;
                Some(Ok(look.bound(at)))
            });
            taken.or_else(|| {
                let mut days = seen.iter().map(|look| spans(look.candidates.iter()));
                let hope = days.any(|day| leases.hope_for(&day, holder, preference) == Taken::Wait);
                (!hope).then(|| Err(no_slot_left()))
            })
        })
        .await
    }

    /// Nothing is fresh: takes what was used before, or what another test releases.
    async fn second_choice(&mut self, seen: &[Look]) -> Result<Arc<Bound>, StepError> {
        let late = "too few free slots: the others were held by other tests for too long";
        let limit = self.entry().context().options().test_limit;
        let all = || seen.iter().flat_map(|look| look.candidates.iter());
        self.wait_for(limit, late, || {
            if let Ok(at) = self.take(all(), SlotPreference::Apart) {
                return Some(Ok(bound_at(seen, at)));
            }
            match self.take(all(), SlotPreference::Any) {
                Ok(at) => Some(Ok(bound_at(seen, at))),
                Err(Taken::No) => Some(Err(no_slot_left())),
                Err(_) => None,
            }
        })
        .await
    }
}

/// In the place of days counted from today, as many days after the last of them. Other lists, and those that do not reach far, hold
/// nothing then.
fn further_days(items: &mut Vec<Value>) {
    let days = items.iter().map(Value::as_i64).collect::<Option<Vec<_>>>();
    let Some(days) = days else { return };
    let last = days.iter().copied().max().unwrap_or_default();
    *items = match last >= FAR {
        true => (1..=last).map(|day| (last + day).into()).collect(),
        false => Vec::new(),
    };
}

/// The end of a test to which only what it holds itself is listed, or what nobody will give back.
fn no_slot_left() -> StepError {
    let why = "too few free slots: every one is held by this or another test";
    StepError::Skip(Untested::NoWitness, why.to_owned())
}

fn spans<'o>(candidates: impl IntoIterator<Item = &'o Candidate>) -> Vec<Span> {
    candidates.into_iter().filter_map(Candidate::span).collect()
}

/// The candidate at a place of all looks together.
fn bound_at(seen: &[Look], mut at: usize) -> Arc<Bound> {
    for look in seen {
        if at < look.candidates.len() {
            return look.bound(at);
        }
        at -= look.candidates.len();
    }
    Bound::json(Value::Null)
}

fn instant(value: &Value) -> Option<DateTime<Utc>> {
    let text = value.as_str()?;
    DateTime::parse_from_rfc3339(text)
        .ok()
        .map(|instant| instant.with_timezone(&Utc))
        .filter(|instant| is_sane(*instant))
}
