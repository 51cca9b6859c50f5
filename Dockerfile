# syntax=docker/dockerfile:1
# One recipe for the four services and the command line:
#   docker build --build-arg SERVICE=rl-orchestrator -t agent-lightning/rl-orchestrator .
# SERVICE is one of: rl-orchestrator execution-api model-service rl-server lightning
ARG RUST_VERSION=1.95
ARG DEBIAN_RELEASE=bookworm

FROM rust:${RUST_VERSION}-slim-${DEBIAN_RELEASE} AS build
ARG SERVICE=lightning
WORKDIR /src
COPY . .
# The caches are shared by the five images, so that only the first build compiles the dependencies.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target,sharing=locked \
    cargo build --locked --profile dist --package "${SERVICE}" --bin "${SERVICE}" \
    && install -D "target/dist/${SERVICE}" /out/service

FROM debian:${DEBIAN_RELEASE}-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home --home-dir /data lightning
COPY --from=build /out/service /usr/local/bin/service
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
