#!/usr/bin/env bash
# Portkey's gateway and LiteLLM's proxy under the same load as ours, before the same stand-in provider. Installs both in a temporary folder;
# needs python3 with venv, node and npm. Portkey's package answers streams 500 under Node 20; its figures of pieces are then null. Each report holds the direct figures of its own run, so only ratios are to be compared.
#   tests/compare-gateways.sh target/dist/lightning [seconds for each measurement] >gateways.jsonl
set -euo pipefail
lightning=$(realpath "${1:?the lightning binary}")
seconds=${2:-10}
ours=${OURS:-yes}            # OURS=no leaves our own out
provider=${PROVIDER_PORT:-9310} portkey=${PORTKEY_PORT:-9311} litellm=${LITELLM_PORT:-9312}

folder=$(mktemp -d)
process=
stop() {
    [ -z "$process" ] || kill "$process" 2>/dev/null || true
    [ -z "$process" ] || wait "$process" 2>/dev/null || true
    process=
}
trap 'stop; rm -rf "$folder"' EXIT

wait_for() { # a port that somebody listens on
    for _ in $(seq 1800); do
        (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return
        kill -0 "$process" 2>/dev/null || { cat "$folder/log" >&2; exit 1; }
        sleep 0.1
    done
    echo "nobody listens on port $1" >&2
    exit 1
}

measure() { # name, port, model, then more arguments
    local name=$1 port=$2 model=$3
    shift 3
    "$lightning" --json bench gateway --seconds "$seconds" --gateway "127.0.0.1:$port" --upstream-port "$provider" --pid "$process" \
        --model "$model" --header "authorization: Bearer sk-bench" "$@" |
        python3 -c 'import json, sys; print(json.dumps({"name": sys.argv[1], **json.load(sys.stdin)}))' "$name"
}

echo "installing" >&2
(cd "$folder" && npm install --silent --no-audit --no-fund --no-save @portkey-ai/gateway)
python3 -m venv "$folder/python"
"$folder/python/bin/pip" install --quiet --disable-pip-version-check 'litellm[proxy]'

if [ "$ours" = yes ]; then
    echo "lightning" >&2
    "$lightning" --json bench gateway --seconds "$seconds" |
        python3 -c 'import json, sys; print(json.dumps({"name": "lightning", **json.load(sys.stdin)}))'
fi

echo "portkey" >&2
server=$(ls "$folder"/node_modules/@portkey-ai/gateway/build/start-server.js)
PORT=$portkey node "$server" --port="$portkey" --headless >"$folder/log" 2>&1 &
process=$!
wait_for "$portkey"
measure portkey "$portkey" bench --header "x-portkey-provider: openai" --header "x-portkey-custom-host: http://127.0.0.1:$provider/v1"
stop

echo "litellm" >&2
cat >"$folder/litellm.yaml" <<YAML
model_list:
  - model_name: bench
    litellm_params: { model: openai/bench, api_base: "http://127.0.0.1:$provider/v1", api_key: sk-bench }
YAML
# Without a master key it checks none, which is in its favour.
LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY=true \
    "$folder/python/bin/litellm" --config "$folder/litellm.yaml" --host 127.0.0.1 --port "$litellm" >"$folder/log" 2>&1 &
process=$!
wait_for "$litellm"
measure litellm "$litellm" bench
stop
