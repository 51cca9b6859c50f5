#!/usr/bin/env bash
# The log of experiences as Parquet, held against pyarrow: what is exported reads there with its types and values, and what pyarrow
# writes is taken. Needs python3 with venv.
#   tests/parquet.sh target/release/lightning
set -euo pipefail
lightning=$(realpath "${1:?the lightning binary}")
here=$(realpath "$(dirname "$0")")

. "$(dirname "$0")/throw-away.sh"

python3 -m venv "$folder/python"
"$folder/python/bin/pip" install --quiet --disable-pip-version-check pyarrow

cd "$folder"
export LIGHTNING__LOG__LEVEL=error LIGHTNING__LOG__DIRECTORY="" LIGHTNING__RL__PORT=0
for name in one other; do
    DATABASE_URL="sqlite:///$folder/$name.db" "$lightning" --json up --only rl >"$name.json" 2>"$name.err" &
    processes+=("$!")
done
one=$(address one.json rl) other=$(address other.json rl)

"$folder/python/bin/python" "$here/check-parquet.py" make >made.jsonl
RL_SERVER_URL=$one "$lightning" experiences import made.jsonl
RL_SERVER_URL=$one "$lightning" experiences export log.parquet
RL_SERVER_URL=$one "$lightning" experiences export log.jsonl.gz
"$folder/python/bin/python" "$here/check-parquet.py" check log.parquet log.jsonl.gz again.parquet
RL_SERVER_URL=$other "$lightning" experiences import again.parquet
RL_SERVER_URL=$other "$lightning" experiences export again.jsonl
"$folder/python/bin/python" "$here/check-parquet.py" same log.jsonl.gz again.jsonl
