# syntax=docker/dockerfile:1
# One recipe for the four services and the command line:
#   docker build --build-arg SERVICE=rl-orchestrator -t agent-lightning/rl-orchestrator .
# SERVICE is one of: rl-orchestrator execution-api model-service rl-server lightning
# With models that run in the process itself (model-service or lightning; mount their files and name them in models.local):
#   docker build --target local --build-arg SERVICE=model-service -t agent-lightning/model-service:local .
ARG RUST_VERSION=1.95
ARG DEBIAN_RELEASE=bookworm

FROM rust:${RUST_VERSION}-slim-${DEBIAN_RELEASE} AS source
WORKDIR /src
COPY . .

FROM source AS build
ARG SERVICE=lightning
# The caches are shared by the five images, so that only the first build compiles the dependencies.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target,sharing=locked \
    cargo build --locked --profile dist --package "${SERVICE}" --bin "${SERVICE}" \
    && install -D "target/dist/${SERVICE}" /out/service

FROM source AS build-local
ARG SERVICE=model-service
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target,sharing=locked \
    cargo build --locked --profile dist --package "${SERVICE}" --bin "${SERVICE}" --features local-inference \
    && install -D "target/dist/${SERVICE}" /out/service

FROM debian:${DEBIAN_RELEASE}-slim AS runtime
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home --home-dir /data lightning
USER 10001:10001
WORKDIR /data
# Containers are reached from outside themselves; who may call is settled by [auth].
ENV LIGHTNING__ORCHESTRATOR__HOST=0.0.0.0 \
    LIGHTNING__EXECUTION__HOST=0.0.0.0 \
    LIGHTNING__MODELS__HOST=0.0.0.0 \
    LIGHTNING__RL__HOST=0.0.0.0 \
    LIGHTNING__LOG__FORMAT=json
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/service"]

FROM runtime AS local
COPY --from=build-local /out/service /usr/local/bin/service

FROM runtime AS service
COPY --from=build /out/service /usr/local/bin/service
