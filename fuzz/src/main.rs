//! Feeds one target with what libFuzzer makes up. The variable `FUZZ_TARGET` names the target.

#![no_main]

mod targets;

use std::sync::LazyLock;

use targets::{TARGETS, Target};

static CHOSEN: LazyLock<&Target> = LazyLock::new(|| {
    let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
    let mut known = TARGETS.iter().filter(|target| target.name == name);
    known.next().unwrap_or_else(|| {
        let known: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
        panic!("FUZZ_TARGET must be one of {}", known.join(", "))
    })
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| (CHOSEN.run)(bytes));
