//! Both sides in turn, over some numbers of providers.

use std::path::{Path, PathBuf};

use crate::arguments::{Arguments, Checks};
use crate::child;
use crate::figures::Figures;
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
}

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
    let rounds: Vec<(Measured, Measured)> = (0..rounds)
        .map(|round| {
            // Whoever comes second finds a server that has more to remember, so they change places.
            if round % 2 == 0 {
                let subject = child::measured(&subject);
                (subject, child::measured(&bare))
            } else {
                let bare = child::measured(&bare);
                (child::measured(&subject), bare)
            }
        })
        .collect();
    let each = |figure: &dyn Fn(&(Measured, Measured)) -> f64| Figures::of(rounds.iter().map(figure));
    let proven = (providers * turns.counted) as f64;
    Size {
        providers,
        calls: (
            each(&|(subject, _)| subject.calls as f64 / proven).median,
            each(&|(_, bare)| bare.calls as f64 / proven).median,
        ),
        wall: each(&|(subject, bare)| subject.wall / bare.wall),
        cpu: each(&|(subject, bare)| subject.cpu / bare.cpu),
        peak: (
            each(&|(subject, _)| subject.peak as f64),
            each(&|(_, bare)| bare.peak as f64),
        ),
        loop_wall: each(&|(_, bare)| bare.wall * 1000.0 / proven),
        strange: rounds
            .iter()
            .map(|(subject, bare)| subject.strange + bare.strange)
            .sum(),
    }
}
