#!/usr/bin/env bash
# RaceTime on this machine in a cluster of kind: a made-up race at https://localhost:8443.
# Wants docker, kind and openssl. Builds the images localhost/racetime-<part>:dev where there are none.
set -euo pipefail
cd "$(dirname "$0")/../.."

cluster=racetime
context=kind-$cluster
parts=(poller api frontend gateway)
for tool in docker kind kubectl openssl; do
  command -v "$tool" > /dev/null || { echo "kind-up: $tool is not installed" >&2; exit 1; }
done

kube() { kubectl --context "$context" "$@"; }

has_secret() { kube --namespace racetime get secret "$1" > /dev/null 2>&1; }

make_secrets() {
  local folder password
  if ! has_secret redis; then
    password=$(openssl rand -hex 24)
    kube --namespace racetime create secret generic redis \
      --from-literal=password="$password" --from-literal=url="redis://:$password@redis:6379/0"
  fi
  if ! has_secret racetime-tls; then
    folder=$(mktemp -d)
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 \
      -subj /CN=localhost -addext subjectAltName=DNS:localhost \
      -keyout "$folder/tls.key" -out "$folder/tls.crt" 2> "$folder/log" \
      || { cat "$folder/log" >&2; rm -rf "$folder"; return 1; }
    kube --namespace racetime create secret tls racetime-tls \
      --cert="$folder/tls.crt" --key="$folder/tls.key"
    rm -rf "$folder"
  fi
}

if ! kind get clusters | grep --quiet --line-regexp "$cluster"; then
  kind create cluster --config k8s/kind/cluster.yaml --wait 120s
fi
for part in "${parts[@]}"; do
  image=localhost/racetime-$part:dev
  docker image inspect "$image" > /dev/null 2>&1 || make images VERSION=dev
  kind load docker-image --name "$cluster" "$image"
done

kube apply --kustomize k8s/kind/traefik
kube apply --kustomize k8s/base/namespace
make_secrets
kube apply --kustomize k8s/overlays/kind
# The images are always named dev: only a restart takes new ones in.
if [ "${1:-}" = --restart ]; then
  kube --namespace racetime rollout restart deployment
fi

kube --namespace traefik rollout status deployment/traefik --timeout=180s
kube --namespace racetime rollout status statefulset/redis --timeout=180s
for workload in simulator poller api frontend gateway; do
  kube --namespace racetime rollout status "deployment/$workload" --timeout=180s
done
echo "RaceTime: https://localhost:8443 (a certificate of its own: the browser will warn)"
