#!/usr/bin/env bash
# Remove the cluster that up.sh made, and all that is in it.
set -euo pipefail
command -v kind > /dev/null || { echo 'kind-down: kind is not installed' >&2; exit 1; }
kind delete cluster --name racetime
