#!/usr/bin/env bash
# Watch the race of `make kind-up` through Traefik while pods are killed and rolled out.
# Wants kubectl; runs in the venv of `make setup`.
set -euo pipefail
cd "$(dirname "$0")/../.."

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# The certificate that kind-up made vouches for itself.
kubectl --context kind-racetime --namespace racetime get secret racetime-tls \
  --output 'jsonpath={.data.tls\.crt}' | base64 --decode > "$folder/ca.pem"
.venv/bin/python tests/race_day.py --target localhost:8443 --ca "$folder/ca.pem"
