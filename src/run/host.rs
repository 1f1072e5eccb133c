//! The load on one origin: how many tests may be at work on it at one time, over all entries that live there.
//!
//! A place is held for a whole test and not for a call: a test that had to wait between two calls would miss the times that it is about.
//! The number of places starts low, grows while answers stay quick, and falls when they do not.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// The number of places with which an origin starts.
const START: f64 = 4.0;

/// The most places of an origin whose answers are large.
const PLACES_FOR_LARGE: f64 = 2.0;

/// The rise of the mean time of an answer that is never taken for load.
const TOLERATED: Duration = Duration::from_millis(50);

/// The time of an answer that is near the limit of a call. It is taken for load at once where answers were quicker before.
const LATE: Duration = Duration::from_millis(2500);

/// The fewest answers of a tool from which its usual time is known, and the fewest of all tools from which a change is decided.
const ENOUGH: u32 = 4;

/// What a reply says of the load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// It was answered in its time, whatever the answer.
    Answered,
    /// It came too late, was lost or refused, or said that there are too many calls.
    Overloaded,
}

/// The usual time of a tool's answers, on a host that is not saturated.
#[derive(Debug, Default)]
struct Usual {
    sum: Duration,
    count: u32,
}

impl Usual {
    fn mean(&self) -> Option<Duration> {
        (self.count >= ENOUGH).then(|| self.sum / self.count)
    }
}

/// The answers since the last decision.
#[derive(Debug, Default)]
struct Window {
    count: u32,
    took: Duration,
    usual: Duration,
    by_tool: HashMap<String, Usual>,
}

#[derive(Debug)]
struct Load {
    limit: f64,
    most: f64,
    at_work: usize,
    /// True while one test has the origin alone.
    alone: bool,
    waiting: VecDeque<oneshot::Sender<Place>>,
    waiting_alone: VecDeque<oneshot::Sender<Place>>,
    usual: HashMap<String, Usual>,
    window: Window,
    has_slowed: bool,
    /// The instant of the last reduction. Calls that began before it were too many for the limit of then.
    reduced_at: Option<Instant>,
    /// The instant of the last change. Calls that began before it say nothing of the limit that holds since.
    changed_at: Option<Instant>,
}

impl Load {
    fn has_room(&self) -> bool {
        !self.alone && self.waiting_alone.is_empty() && (self.at_work as f64) < self.limit
    }

    fn reduce(&mut self, to: f64) {
        self.limit = to;
        self.has_slowed = true;
        self.reduced_at = Some(Instant::now());
        self.changed_at = self.reduced_at;
        self.window = Window::default();
    }

    /// Decides by the answers since the last decision, once there are enough of them.
    fn decide(&mut self) {
        let enough = (self.at_work as u32).max(ENOUGH);
        if self.window.count < enough {
            return;
        }
        let window = std::mem::take(&mut self.window);
        for (tool, seen) in window.by_tool {
            let quicker = seen.mean().zip(self.usual.get(&tool).and_then(Usual::mean));
            if quicker.is_some_and(|(seen, known)| seen < known) {
                self.usual.insert(tool, seen);
            }
        }
        let rise = window.took.saturating_sub(window.usual) / window.count;
        if window.took > window.usual * 2 && rise > TOLERATED {
            self.reduce((self.limit * 0.75).max(START.min(self.limit)));
        } else if self.at_work as f64 * 2.0 >= self.limit {
            // Places that nobody takes are no proof that more can be borne.
            let grown = if self.has_slowed {
                self.limit + (self.limit / 10.0).max(1.0)
            } else {
                self.limit * 2.0
            };
            self.limit = grown.min(self.most);
            self.changed_at = Some(Instant::now());
        }
    }
}

/// One origin.
#[derive(Debug)]
pub(super) struct Host(Mutex<Load>);

/// The right of a test to be at work on an origin, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    host: Arc<Host>,
    count: usize,
    alone: bool,
}

impl Host {
    /// An origin of which nothing is known. There are never more than `most` places on it.
    pub(super) fn new(most: Option<usize>) -> Self {
        let most = most.map_or(f64::INFINITY, |most| most.max(1) as f64);
        Self(Mutex::new(Load {
            limit: START.min(most),
            most,
            at_work: 0,
            alone: false,
            waiting: VecDeque::new(),
            waiting_alone: VecDeque::new(),
            usual: HashMap::new(),
            window: Window::default(),
            has_slowed: false,
            reduced_at: None,
            changed_at: None,
        }))
    }

    /// Waits until one more test may be at work.
    pub(super) async fn enter(self: &Arc<Self>) -> Place {
        self.queue(false).await
    }

    /// Waits until no test is at work, and keeps all others away while the place is held.
    pub(super) async fn enter_alone(self: &Arc<Self>) -> Place {
        self.queue(true).await
    }

    /// Takes more places at once, whatever there is, for calls that a test makes at one time: waiting for them while it holds one would
    /// have tests wait for each other for ever.
    pub(super) fn burst(self: &Arc<Self>, count: usize) -> Place {
        self.0.lock().at_work += count;
        self.place(count, false)
    }

    async fn queue(self: &Arc<Self>, alone: bool) -> Place {
        let (sender, receiver) = oneshot::channel();
        {
            let mut load = self.0.lock();
            match alone {
                true => load.waiting_alone.push_back(sender),
                false => load.waiting.push_back(sender),
            }
        }
        self.admit();
        // The sender is dropped with the host alone, which this call keeps alive.
        receiver.await.unwrap_or_else(|_| self.burst(1))
    }

    fn place(self: &Arc<Self>, count: usize, alone: bool) -> Place {
        let host = Arc::clone(self);
        Place { host, count, alone }
    }

    /// Gives free places to those that wait, in the order in which they came.
    fn admit(self: &Arc<Self>) {
        // Places of those that wait no more; they are given back when the lock is free.
        let mut unwanted = Vec::new();
        let mut load = self.0.lock();
        if !load.alone
            && load.at_work == 0
            && let Some(first) = load.waiting_alone.pop_front()
        {
            load.at_work += 1;
            load.alone = true;
            unwanted.extend(first.send(self.place(1, true)).err());
        }
        while load.has_room() {
            let Some(first) = load.waiting.pop_front() else {
                break;
            };
            load.at_work += 1;
            unwanted.extend(first.send(self.place(1, false)).err());
        }
        drop(load);
        drop(unwanted);
    }

    /// Notes an answer that is large in memory. A test keeps its answers until it ends, so few tests get such at one time.
    pub(super) fn note_large(&self) {
        let mut load = self.0.lock();
        load.most = load.most.min(PLACES_FOR_LARGE);
        load.limit = load.limit.min(PLACES_FOR_LARGE);
    }

    /// Learns from the reply of a tool, which took so long.
    pub(super) fn learn(self: &Arc<Self>, tool: &str, took: Duration, sign: Sign) {
        {
            let mut load = self.0.lock();
            let before = |at: Instant| Instant::now().checked_sub(took).is_none_or(|began| began < at);
            if load.reduced_at.is_some_and(before) {
                return;
            }
            let usual = load.usual.get(tool).and_then(Usual::mean);
            let late = took > LATE && usual.is_some_and(|usual| took > usual * 2);
            if sign == Sign::Overloaded || late {
                let half = (load.limit / 2.0).max(1.0);
                load.reduce(half);
                return;
            }
            if load.changed_at.is_some_and(before) {
                return;
            }
            let known = load.usual.entry(tool.to_owned()).or_default();
            if known.count < ENOUGH {
                known.sum += took;
                known.count += 1;
            }
            let window = &mut load.window;
            window.count += 1;
            window.took += took;
            window.usual += usual.unwrap_or(took);
            let seen = window.by_tool.entry(tool.to_owned()).or_default();
            seen.sum += took;
            seen.count += 1;
            load.decide();
        }
        self.admit();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        {
            let mut load = self.host.0.lock();
            load.at_work = load.at_work.saturating_sub(self.count);
            load.alone &= !self.alone;
        }
        self.host.admit();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Semaphore;

    use super::*;

    /// The longest answer of a server with so many workers, and the most calls at one time, while lanes make calls over the places of
    /// a host.
    async fn work(
        workers: usize,
        takes: Duration,
        most: Option<usize>,
        lanes: usize,
    ) -> (Duration, usize, Duration) {
        let host = Arc::new(Host::new(most));
        let server = Arc::new(Semaphore::new(workers));
        let (now, peak) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let start = Instant::now();
        let lanes: Vec<_> = (0..lanes)
            .map(|_| {
                let (host, server) = (Arc::clone(&host), Arc::clone(&server));
                let (now, peak) = (Arc::clone(&now), Arc::clone(&peak));
                tokio::spawn(async move {
                    let mut longest = Duration::ZERO;
                    for _ in 0..20 {
                        let _place = host.enter().await;
                        peak.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        let began = Instant::now();
                        let worker = server.acquire().await.unwrap();
                        tokio::time::sleep(takes).await;
                        drop(worker);
                        let took = began.elapsed();
                        now.fetch_sub(1, Ordering::SeqCst);
                        longest = longest.max(took);
                        host.learn("tool", took, Sign::Answered);
                    }
                    longest
                })
            })
            .collect();
        let mut longest = Duration::ZERO;
        for lane in lanes {
            longest = longest.max(lane.await.unwrap());
        }
        (longest, peak.load(Ordering::SeqCst), start.elapsed())
    }

    const TAKES: Duration = Duration::from_millis(400);

    #[tokio::test(start_paused = true)]
    async fn a_slow_host_is_kept_from_answering_late() {
        for workers in [1, 2, 8] {
            let (longest, peak, took) = work(workers, TAKES, None, 74 * 4).await;
            assert!(
                longest < Duration::from_secs(5),
                "{workers}: {longest:?}, {peak} at once"
            );
            let least = TAKES * (74 * 4 * 20) / u32::try_from(workers).unwrap();
            assert!(took < least * 5 / 4, "{workers}: its workers were idle, {took:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_that_bears_everything_is_not_slowed() {
        let (_, peak, took) = work(1000, TAKES, None, 256).await;
        assert!(peak > 200 && took < TAKES * 30, "{peak} at once, {took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn there_are_never_more_places_than_the_bound() {
        for most in [1, 3, 10] {
            let (_, peak, _) = work(1000, TAKES, Some(most), 50).await;
            assert_eq!(peak, most);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn large_answers_leave_few_places() {
        let host = Arc::new(Host::new(None));
        host.note_large();
        for _ in 0..100 {
            let _place = host.enter().await;
            host.learn("tool", Duration::from_millis(1), Sign::Answered);
        }
        assert!((limit(&host) - PLACES_FOR_LARGE).abs() < f64::EPSILON);
    }

    fn limit(host: &Arc<Host>) -> f64 {
        host.0.lock().limit
    }

    #[tokio::test(start_paused = true)]
    async fn overload_halves_the_places_once_for_all_calls_that_were_under_way() {
        let host = Arc::new(Host::new(None));
        assert!((limit(&host) - START).abs() < f64::EPSILON);
        tokio::time::advance(Duration::from_secs(60)).await;
        let second = Duration::from_secs(1);
        for _ in 0..4 {
            host.learn("tool", second, Sign::Overloaded);
        }
        assert!((limit(&host) - 2.0).abs() < f64::EPSILON);
        tokio::time::advance(second * 2).await;
        for _ in 0..4 {
            host.learn("tool", second, Sign::Overloaded);
            tokio::time::advance(second * 2).await;
        }
        assert!(
            (limit(&host) - 1.0).abs() < f64::EPSILON,
            "one place is always left"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_test_alone_waits_for_all_others_and_keeps_them_away() {
        let host = Arc::new(Host::new(None));
        let (first, second) = (host.enter().await, host.enter().await);
        let alone = tokio::spawn({
            let host = Arc::clone(&host);
            async move { host.enter_alone().await }
        });
        tokio::task::yield_now().await;
        let third = tokio::spawn({
            let host = Arc::clone(&host);
            async move { host.enter().await }
        });
        tokio::task::yield_now().await;
        drop(first);
        tokio::task::yield_now().await;
        assert!(!alone.is_finished() && !third.is_finished());
        drop(second);
        let alone = alone.await.unwrap();
        tokio::task::yield_now().await;
        assert!(!third.is_finished(), "nobody enters while one is alone");
        drop(alone);
        third.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_never_waits_and_holds_its_places() {
        let host = Arc::new(Host::new(Some(1)));
        let place = host.enter().await;
        let burst = host.burst(7);
        drop(place);
        let next = tokio::spawn({
            let host = Arc::clone(&host);
            async move { host.enter().await }
        });
        tokio::task::yield_now().await;
        assert!(!next.is_finished());
        drop(burst);
        next.await.unwrap();
    }
}
