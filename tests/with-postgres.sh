#!/bin/sh
# Runs a command beside a throw-away PostgreSQL:  tests/with-postgres.sh cargo test -p storage
#
# Makes a cluster in a temporary folder, on a free loopback port, with LIGHTNING_TEST_POSTGRES_URL (a superuser's)
# and LIGHTNING_REQUIRE_POSTGRES=1 in the command's environment; stops and removes it afterwards, however the command
# ends, and passes its exit code on. Works for root too, although PostgreSQL itself refuses to run as root.
# A crash of the server loses nothing, a crash of the machine would: syncing is off unless POSTGRES_FSYNC=on, which is
# what measurements want. PG_BINDIR names the folder of initdb and pg_ctl; otherwise the newest in /usr/lib/postgresql,
# or the PATH, is used.
set -eu

if [ $# -eq 0 ]; then
    echo "usage: $0 command [argument ...]" >&2
    exit 64
fi

bindir=${PG_BINDIR:-}
if [ -z "$bindir" ]; then
    for candidate in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5 -n -r); do
        bindir=$candidate
        break
    done
fi
if [ -z "$bindir" ] && command -v initdb >/dev/null 2>&1; then
    bindir=$(dirname "$(command -v initdb)")
fi
if [ ! -x "$bindir/initdb" ]; then
    echo "$0: no PostgreSQL server programs found (Debian: apt-get install postgresql); set PG_BINDIR" >&2
    exit 69
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/lightning-postgres.XXXXXX")
chmod 755 "$work"

as_server() {
    if [ "$(id -u)" -eq 0 ]; then
        (cd / && runuser -u postgres -- "$@")
    else
        "$@"
    fi
}

finish() {
    code=$?
    trap - EXIT INT TERM
    as_server "$bindir/pg_ctl" --pgdata="$work/data" --mode=immediate --silent stop >/dev/null 2>&1 || true
    rm -rf "$work"
    exit "$code"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if [ "$(id -u)" -eq 0 ]; then
    chown postgres "$work"
fi
as_server "$bindir/initdb" --pgdata="$work/data" --username=postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 \
    --no-sync >"$work/initdb.log" 2>&1 || { cat "$work/initdb.log" >&2; exit 70; }

# A port can be taken between looking and listening, so a few are tried.
started=
for attempt in 1 2 3 4 5 6 7 8; do
    port=$((20000 + ($$ * 7 + attempt * 1009) % 40000))
    options="-c port=$port -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200 \
-c fsync=${POSTGRES_FSYNC:-off}"
    if as_server "$bindir/pg_ctl" --pgdata="$work/data" --log="$work/server.log" --silent --wait \
        --options="$options" start >/dev/null 2>&1; then
        started=yes
        break
    fi
done
if [ -z "$started" ]; then
    cat "$work/server.log" >&2
    exit 70
fi

export LIGHTNING_TEST_POSTGRES_URL="postgres://postgres@127.0.0.1:$port/postgres"
export LIGHTNING_REQUIRE_POSTGRES=1
"$@"
