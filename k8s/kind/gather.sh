#!/usr/bin/env bash
# Write what the cluster of `make kind-up` says of itself into a folder: gather.sh FOLDER.
set -uo pipefail

folder=${1:?"usage: gather.sh FOLDER"}
mkdir -p "$folder"
kube() { kubectl --context kind-racetime "$@"; }
kube get all,ingress,networkpolicy --all-namespaces --output wide > "$folder/all.txt" 2>&1
kube describe pods --namespace racetime > "$folder/pods.txt" 2>&1
kube get events --all-namespaces --sort-by .lastTimestamp > "$folder/events.txt" 2>&1
for pod in $(kube get pods --namespace racetime --output name); do
  kube logs --namespace racetime --all-containers --prefix "$pod" > "$folder/${pod##*/}.log" 2>&1
  kube logs --namespace racetime --all-containers --previous "$pod" > "$folder/${pod##*/}.previous.log" 2>&1
done
