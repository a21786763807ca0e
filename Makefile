# Every command worth knowing. `make` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
HIDE := >/dev/null
# What needs no server, and what does.
PURE := tests/unit tests/contract
SERVED := tests/integration tests/laws tests/fuzz tests/e2e tests/faults

.PHONY: help
help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: install
install: $(STAMP) ## Make the virtual environment from the hashed lock

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Kesu needs Python 3.11 or newer")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing what requirements.lock names"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.PHONY: up
up: $(STAMP) ## Start everything on this machine; Ctrl-C stops it (broker=kafka for Apache Kafka)
	@exec $(BIN)/python -m kesu up --broker $(or $(broker),tansu)

.PHONY: down
down: $(STAMP) ## Stop a Kesu that runs elsewhere on this machine
	@$(BIN)/python -m kesu down

.PHONY: status
status: $(STAMP) ## Say what runs and what it weighs
	@$(BIN)/python -m kesu status

.PHONY: demo
demo: $(STAMP) ## Play the scenarios through the public APIs
	@$(BIN)/python -m kesu demo

.PHONY: trace
trace: $(STAMP) ## Print one complaint across the services: make trace id=KS-2026-000123
	@test -n "$(id)" || { echo "say which: make trace id=KS-2026-000123"; exit 2; }
	@$(BIN)/python -m kesu trace "$(id)"

.PHONY: test
test: lint $(STAMP) ## Format, lint, types, import walls, then every test on the best broker here
	@said=$$(mktemp); status=0; \
	nice $(BIN)/python -m pytest $(PURE) >$$said 2>&1 & beside=$$!; \
	trap 'kill $$beside $(HIDE) 2>&1 || true; rm -f $$said' EXIT; \
	echo "unit and contract tests run beside the others and speak at the end"; \
	$(BIN)/python -m pytest $(SERVED) || status=$$?; \
	wait $$beside || status=$$?; \
	cat $$said; exit $$status

.PHONY: check
check: lint $(STAMP) ## What needs no server: format, lint, types, import walls, unit and contract tests
	@$(BIN)/python -m pytest $(PURE)

.PHONY: lint
lint: $(STAMP)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports $(HIDE) || $(BIN)/lint-imports

.PHONY: format
format: $(STAMP) ## Put the code in its form
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

.PHONY: drills
drills: $(STAMP) ## Carry out the runbooks under load: Kafka lost, PostgreSQL crashed, rolling restart, migration
	@$(BIN)/python -m pytest tests/drills

.PHONY: faults
faults: $(STAMP) ## Strike a draw of faults at a whole Kesu, and judge (4 minutes)
	@$(BIN)/python -m tests.faults short --lines $(or $(lines),.kesu-faults/short.jsonl)

.PHONY: faults-long
faults-long: $(STAMP) ## Every fault three times; goes on where it was stopped; keeps its lines
	@$(BIN)/python -m tests.faults long
	@$(BIN)/python -m tests.faults.guarantees

.PHONY: faults-rest
faults-rest: $(STAMP) ## Every fault that the record has not three times yet
	@$(BIN)/python -m tests.faults rest --times $(or $(times),3)
	@$(BIN)/python -m tests.faults.guarantees

.PHONY: soak
soak: $(STAMP) ## Faults without end, or minutes=30; keeps its lines
	@$(BIN)/python -m tests.faults soak --minutes $(or $(minutes),240)
	@$(BIN)/python -m tests.faults.guarantees

.PHONY: bench
bench: $(STAMP) ## Measure, and keep the results in benchmarks/results
	@$(BIN)/python -m benchmarks

.PHONY: bench-growth
bench-growth: $(STAMP) ## Measure at 1 k, 10 k and 100 k complaints; plot it in docs/speed.md
	@$(BIN)/python -m benchmarks.growth $(sizes)

.PHONY: bench-stampede
bench-stampede: $(STAMP) ## A hundred thousand clocks due in the same second (5 minutes)
	@$(BIN)/python -m benchmarks.stampede $(size)

.PHONY: snapshot
snapshot: $(STAMP) ## Write the OpenAPI, AsyncAPI and event schemas anew
	@$(BIN)/python -m kesu snapshot

.PHONY: migration
migration: $(STAMP) ## Draft a migration: make migration service=intake m="add x"
	@test -n "$(service)" -a -n "$(m)" || { echo 'say: make migration service=intake m="add x"'; exit 2; }
	@$(BIN)/alembic -n $(service) revision --autogenerate -m "$(m)"

.PHONY: lock
lock: $(STAMP) ## Resolve the dependencies anew (needs uv)
	@uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --no-header --extra dev pyproject.toml -o requirements.lock
	@uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --no-header -c requirements.lock pyproject.toml -o deploy/requirements.lock

.PHONY: compose-env
compose-env: $(STAMP) ## Draw the passwords that docker compose needs into .env, once
	@$(BIN)/python -m kesu compose-env

.PHONY: clean
clean: ## Remove what can be made again; the data in .kesu stays
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .schemathesis .import_linter_cache
	@find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +
