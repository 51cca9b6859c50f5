# Sourced by scripts that start processes: `folder` and `processes` are gone at the end, and what failed is shown before.
folder=$(mktemp -d)
processes=()
finish() {
    code=$?
    for process in "${processes[@]}"; do kill "$process" 2>/dev/null || true; done
    wait 2>/dev/null || true
    [ "$code" -eq 0 ] || cat "$folder"/*.err >&2
    rm -rf "$folder"
    exit "$code"
}
trap finish EXIT

# Where a service listens: address FILE SERVICE, FILE being where a `lightning --json up` writes.
address() {
    for _ in $(seq 200); do grep -q services "$1" 2>/dev/null && break; sleep 0.1; done
    echo "http://$(python3 -c 'import json, sys; print(json.loads(open(sys.argv[1]).readline())["services"][sys.argv[2]])' "$1" "$2")"
}
