#!/usr/bin/env bash
# Holds k8s/ against the Kubernetes schemas and docker-compose.dev.yml against the compose schema. No engine is needed.
set -euo pipefail
cd "$(dirname "$0")/.."

rendered=$(mktemp)
trap 'rm -f "$rendered"' EXIT
kubectl kustomize k8s/base >"$rendered"
kubernetes-validate --strict --quiet "$rendered"
kubernetes-validate --strict --quiet k8s/base/secret.example.yaml
echo "k8s: $(grep -c '^kind:' "$rendered") resources valid"

docker-compose --file docker-compose.dev.yml config --quiet
echo "docker-compose.dev.yml: valid"
