# Verbs of RaceTime; `make help` lists them. CI calls these and nothing else.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
SOURCE ?= auto
SPEED ?=

VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export UV_PYTHON_DOWNLOADS := never
export PYTHONDONTWRITEBYTECODE :=

PYTHON_SOURCES := proto/python poller api gateway embedded frontend/tests tests benchmarks
PROTOS := $(shell find proto/racetime -name '*.proto')

.PHONY: help
help: ## List the verbs
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-12s %s\n", $$1, $$2}'

$(VENV)/.ready: requirements/uv.txt requirements/dev.txt proto/pyproject.toml poller/pyproject.toml api/pyproject.toml embedded/pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip sync --quiet --require-hashes requirements/dev.txt
	VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation -e proto -e poller -e api -e embedded
	touch $@

frontend/node_modules/.ready: $(VENV)/.ready frontend/package.json frontend/package-lock.json
	cd frontend && npm ci --no-audit --no-fund --loglevel=error
	touch $@

.PHONY: setup
setup: $(VENV)/.ready frontend/node_modules/.ready ## Install what everything needs: venv, npm packages

.PHONY: generate
generate: setup ## Generate Python and TypeScript from proto/
	$(BIN)/python proto/generate.py

.PHONY: lock
lock: ## Resolve the Python locks anew (needs the network)
	uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 \
		-o requirements/uv.txt - <<< uv
	uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 \
		--no-emit-package racetime-proto --no-emit-package racetime-poller \
		--no-emit-package racetime-api --no-emit-package racetime-embedded \
		-c requirements/uv.txt -o requirements/dev.txt \
		proto/pyproject.toml --all-extras poller/pyproject.toml api/pyproject.toml embedded/pyproject.toml \
		--group pyproject.toml:dev
