#!/usr/bin/env bash
# Every test of the project, on SQLite and PostgreSQL. Arguments go to `cargo test`.
#   ./tests/run.sh                       all of it
#   ./tests/run.sh -p storage            one crate
set -euo pipefail
cd "$(dirname "$0")/.."

postgres_installed() {
    command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1
}

if ! postgres_installed; then
    echo "PostgreSQL is not installed; installing it from the distribution's packages" >&2
    as_root=()
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql
fi

if [ "$#" -gt 0 ]; then
    exec ./tests/with-postgres.sh cargo test --locked "$@"
fi
./tests/with-postgres.sh cargo test --locked --workspace
# Of the suites that ran on SQLite, what depends on how the other database behaves.
LIGHTNING_TEST_DATABASE=postgres ./tests/with-postgres.sh cargo test --locked --workspace \
    --test execution --test http --test service -- stream followed socket schedule recovery queue budget books
# What stands behind a cargo feature.
cargo test --locked -p model-service --features local-inference local
