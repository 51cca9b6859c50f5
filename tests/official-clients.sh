#!/usr/bin/env bash
# The official clients of OpenAI and Anthropic, for Python and Node, unmodified, against a running `lightning up --only models`: with
# the offline rules, and with stand-ins that speak the providers' protocols. Needs python3 with venv, node and npm.
#   tests/official-clients.sh target/release/lightning
set -euo pipefail
lightning=$(realpath "${1:?the lightning binary}")
here=$(realpath "$(dirname "$0")/official-clients")

. "$(dirname "$0")/throw-away.sh"

python3 -m venv "$folder/python"
"$folder/python/bin/pip" install --quiet --disable-pip-version-check openai anthropic
cp "$here/check.mjs" "$folder/"
(cd "$folder" && npm install --silent --no-audit --no-fund --no-save openai @anthropic-ai/sdk)

cd "$folder"
python3 "$here/providers.py" >providers.port 2>providers.err &
processes+=("$!")
for _ in $(seq 100); do [ -s providers.port ] && break; sleep 0.1; done
providers="http://127.0.0.1:$(cat providers.port)"

export DATABASE_URL="sqlite:///$folder/clients.db" LIGHTNING__LOG__LEVEL=error LIGHTNING__LOG__DIRECTORY=""
export LIGHTNING__MODELS__PORT=0 LIGHTNING__MODELS__OLLAMA_URL="" LIGHTNING__MODELS__RETRIES=0
export OPENAI_API_KEY=sk-of-the-gateway OPENAI_BASE_URL="$providers/v1"
export ANTHROPIC_API_KEY=sk-ant-of-the-gateway ANTHROPIC_BASE_URL="$providers"
export LIGHTNING__MODELS__COMPATIBLE="[{ name = \"native\", base_url = \"$providers/v1\", model = \"m\", responses = true }]"
"$lightning" --json up --only models >up.json 2>up.err &
processes+=("$!")
gateway=$(address up.json models)

# The clients must not find the gateway's own keys, nor its providers, in their environment.
unset OPENAI_API_KEY OPENAI_BASE_URL ANTHROPIC_API_KEY ANTHROPIC_BASE_URL
"$folder/python/bin/python" -W ignore::DeprecationWarning "$here/check.py" "$gateway"
node check.mjs "$gateway"
