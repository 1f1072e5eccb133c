//! The targets of the fuzzer on their kept inputs, and on changes of these by chance.

#[path = "../../fuzz/src/targets.rs"]
mod targets;

use std::path::Path;
use std::time::{Duration, Instant};

use targets::{TARGETS, Target};

/// How long the inputs of one target are changed.
const CHANGING: Duration = Duration::from_millis(500);

fn corpus(target: &Target) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target.name);
    let files = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut inputs: Vec<_> = files
        .map(|file| {
            let path = file.unwrap().path();
            (path.display().to_string(), std::fs::read(&path).unwrap())
        })
        .collect();
    inputs.sort();
    inputs
}

fn tried(target: &Target, name: &str, input: &[u8]) {
    let shown = String::from_utf8_lossy(input).into_owned();
    let tried = std::panic::catch_unwind(|| (target.run)(input));
    assert!(tried.is_ok(), "{} fails on {name}: {shown:?}", target.name);
}

/// A piece of an input removed, doubled, or replaced by another or by some bytes.
fn changed(input: &[u8], other: &[u8], random: &mut fastrand::Rng) -> Vec<u8> {
    let mut changed = input.to_vec();
    for _ in 0..random.usize(1..4) {
        let at = random.usize(0..=changed.len());
        let end = (at + random.usize(0..16)).min(changed.len());
        let piece: Vec<u8> = match random.u8(0..4) {
            0 => Vec::new(),
            1 => changed[at..end].repeat(2),
            2 => {
                let from = random.usize(0..=other.len());
                other[from..(from + random.usize(0..64)).min(other.len())].to_vec()
            }
            _ => (0..random.usize(1..4)).map(|_| random.u8(..)).collect(),
        };
        changed.splice(at..end, piece);
    }
    changed
}

#[test]
fn every_kept_input_and_what_is_near_it_keeps_the_promises_of_its_target() {
    for target in TARGETS {
        let inputs = corpus(target);
        assert!(!inputs.is_empty(), "{} has no input", target.name);
        for (name, input) in &inputs {
            tried(target, name, input);
        }
        let mut random = fastrand::Rng::with_seed(1);
        let start = Instant::now();
        while start.elapsed() < CHANGING {
            let (name, input) = &inputs[random.usize(..inputs.len())];
            let (_, other) = &inputs[random.usize(..inputs.len())];
            let changed = changed(input, other, &mut random);
            tried(target, &format!("a change of {name}"), &changed);
        }
    }
}
