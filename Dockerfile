# syntax=docker/dockerfile:1
# The harness and registry as one binary, without a toolchain and without root. docs/ci.md shows how it is run.
FROM rust:1.95-slim-bookworm AS build
WORKDIR /src

# The dependencies alone, with empty crates in place of ours: this layer is built anew only where a manifest or the lock file changes.
COPY .cargo .cargo
COPY Cargo.toml Cargo.lock build.rs ./
COPY reference-provider/Cargo.toml reference-provider/
COPY strict-json/Cargo.toml strict-json/
COPY time-zones/Cargo.toml time-zones/
COPY examples/cargo-test/Cargo.toml examples/cargo-test/
RUN mkdir -p src reference-provider/src strict-json/src time-zones/src examples/cargo-test/src capabilities dialects suites \
    && touch src/lib.rs reference-provider/src/lib.rs strict-json/src/lib.rs time-zones/src/lib.rs examples/cargo-test/src/lib.rs \
    && echo 'fn main() {}' | tee src/main.rs >reference-provider/src/main.rs \
    && cargo build --locked --release --package proofhouse --bin proofhouse

COPY . .
# Cargo compares times, and files of the context may be older than the empty crates.
RUN touch src/lib.rs src/main.rs strict-json/src/lib.rs time-zones/src/lib.rs reference-provider/src/lib.rs reference-provider/src/main.rs \
    && cargo build --locked --release --package proofhouse --bin proofhouse

FROM debian:bookworm-slim
# Providers are reached over TLS, whose roots are the distribution's; which version of them is its security team's choice.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin proofhouse \
    && install --directory --owner proofhouse --group proofhouse --mode 0750 /data
COPY --from=build /src/target/release/proofhouse /usr/local/bin/proofhouse
ENV PROOFHOUSE_DATA=/data
VOLUME /data
WORKDIR /work
USER 10001
ENTRYPOINT ["proofhouse"]
CMD ["--help"]
