# syntax=docker/dockerfile:1
# The harness and registry as one binary, without a toolchain and without root. docs/ci.md shows how it is run.
FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY . .
RUN cargo build --locked --release --package proofhouse --bin proofhouse

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
