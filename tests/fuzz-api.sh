#!/usr/bin/env bash
# Sends requests generated from each service's /openapi.json to a running `lightning up`, and requires answers that fit the document.
#   tests/fuzz-api.sh target/release/lightning [examples per operation]
set -euo pipefail
lightning=$(realpath "${1:?the lightning binary}")
examples=${2:-15}

folder=$(mktemp -d)
cd "$folder"
export DATABASE_URL="sqlite:///$folder/fuzz.db" LIGHTNING__LOG__LEVEL=error LIGHTNING__LOG__DIRECTORY=""
for section in ORCHESTRATOR EXECUTION MODELS RL; do export "LIGHTNING__${section}__PORT=0"; done

"$lightning" --json up >up.json 2>up.err &
server=$!
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true; rm -rf "$folder"' EXIT
for _ in $(seq 100); do grep -q services up.json 2>/dev/null && break; sleep 0.1; done

failed=0
for section in orchestrator execution models rl; do
    base="http://$(python3 -c 'import json,sys; print(json.loads(open("up.json").readline())["services"][sys.argv[1]])' "$section")"
    echo "--- $section at $base"
    # One worker: two at once can trip over each other inside Python's own parser, and the run then fails for nothing.
    schemathesis run "$base/openapi.json" --url "$base" --max-examples "$examples" --seed 1 --workers 1 \
        --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance \
        --exclude-path-regex '/(docs|metrics|events)' --request-timeout 20 --no-color >"$section.txt" 2>&1 || { failed=1; tail -n 80 "$section.txt"; }
    tail -n 3 "$section.txt"
done
kill -0 "$server" || { echo "the process did not stay up" >&2; cat up.err >&2; exit 1; }
exit "$failed"
