//! Both sides in turn, over some numbers of providers.

use std::path::{Path, PathBuf};

use crate::arguments::{Arguments, Checks};
use crate::child;
use crate::figures::Figures;
use crate::hurl::{Hurl, Took};
use crate::job::{Job, Measured, Turns};
use crate::serve::Server;

/// What both sides work with.
pub(crate) struct Place<'a> {
    pub(crate) folder: &'a Path,
    pub(crate) script: &'a Path,
    pub(crate) server: &'a Server,
}

impl Place<'_> {
    /// A manifest of so many providers.
    pub(crate) fn manifest(&self, providers: usize) -> PathBuf {
        let path = self.folder.join(format!("{providers}.yaml"));
        self.server.write_manifest(&path, providers);
        path
    }

    /// The bare loop over so many providers.
    pub(crate) fn bare(&self, providers: usize, turns: Turns) -> Job {
        Job::Bare {
            script: self.script.to_owned(),
            url: self.server.url.clone(),
            providers,
            turns,
        }
    }
}

/// What both sides took for one number of providers.
pub(crate) struct Size {
    pub(crate) providers: usize,
    /// Calls to one provider, by the runner and by the loop.
    pub(crate) calls: (f64, f64),
    pub(crate) wall: Figures,
    pub(crate) cpu: Figures,
    /// KiB at most, of the runner and of the loop.
    pub(crate) peak: (Figures, Figures),
    /// Milliseconds of wall time that the loop takes for a provider.
    pub(crate) loop_wall: Figures,
    pub(crate) strange: u64,
    /// Wall and CPU time of a call, the runner's over the loop's.
    pub(crate) a_call: (Figures, Figures),
    /// Wall and CPU time of the runner over `hurl`; None where that is not installed, or is not measured for this number.
    pub(crate) over_hurl: Option<(Figures, Figures)>,
}

/// From this number of providers on, a process works so long that its start does not show beside `hurl`, which starts anew each time.
const LONG: usize = 1000;

/// Measures every size.
pub(crate) fn measure(place: &Place<'_>, checks: Checks, arguments: &Arguments) -> Vec<Size> {
    arguments
        .sizes
        .iter()
        .map(|&providers| size(place, checks, providers, arguments.rounds))
        .collect()
}

fn size(place: &Place<'_>, checks: Checks, providers: usize, rounds: usize) -> Size {
    let turns = Turns::of(providers);
    let subject = Job::Subject {
        manifest: place.manifest(providers),
        data: place.folder.join("data"),
        checks,
        turns,
    };
    let bare = place.bare(providers, turns);
    let mut hurl = (checks == Checks::Four && providers >= LONG)
        .then(|| Hurl::of(place.script, &place.server.url, providers, place.folder))
        .flatten();
    let rounds: Vec<Round> = (0..rounds)
        .map(|round| {
            // Whoever comes second finds a server that has more to remember, so they change places.
            let (subject, bare) = if round % 2 == 0 {
                let subject = child::measured(&subject);
                (subject, child::measured(&bare))
            } else {
                let bare = child::measured(&bare);
                (child::measured(&subject), bare)
            };
            Round {
                subject,
                bare,
                hurl: hurl.as_mut().map(Hurl::run),
            }
        })
        .collect();
    let each = |figure: &dyn Fn(&Round) -> f64| Figures::of(rounds.iter().map(figure));
    let over_hurl = |figure: &dyn Fn(&Round, Took) -> f64| {
        Figures::of(rounds.iter().filter_map(|round| Some(figure(round, round.hurl?))))
    };
    let turns_counted = turns.counted as f64;
    let proven = providers as f64 * turns_counted;
    let calls = |measured: &Measured| measured.calls as f64;
    Size {
        providers,
        calls: (
            each(&|round| calls(&round.subject) / proven).median,
            each(&|round| calls(&round.bare) / proven).median,
        ),
        wall: each(&|round| round.subject.wall / round.bare.wall),
        cpu: each(&|round| round.subject.cpu / round.bare.cpu),
        peak: (
            each(&|round| round.subject.peak as f64),
            each(&|round| round.bare.peak as f64),
        ),
        loop_wall: each(&|round| round.bare.wall * 1000.0 / proven),
        strange: rounds
            .iter()
            .map(|round| {
                let of_hurl = round.hurl.map_or(0, |hurl| hurl.strange);
                round.subject.strange + round.bare.strange + of_hurl
            })
            .sum(),
        a_call: (
            each(&|Round { subject, bare, .. }| (subject.wall / calls(subject)) / (bare.wall / calls(bare))),
            each(&|Round { subject, bare, .. }| (subject.cpu / calls(subject)) / (bare.cpu / calls(bare))),
        ),
        over_hurl: hurl.is_some().then(|| {
            (
                over_hurl(&|round, hurl| round.subject.wall / turns_counted / hurl.wall),
                over_hurl(&|round, hurl| round.subject.cpu / turns_counted / hurl.cpu),
            )
        }),
    }
}

/// What each side took in one round.
struct Round {
    subject: Measured,
    bare: Measured,
    hurl: Option<Took>,
}
