# Every task of the project. `make help` lists them; each sets up what it needs.
# Windows: run it from Git Bash or WSL.

PYTHON ?= python3
VENV := .venv
DOCS_VENV := .venv-docs
BIN := $(VENV)/bin
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
endif
PY := $(BIN)/python
DOCS_PY := $(DOCS_VENV)/$(notdir $(BIN))/python
# A seed of your own, or `random`; the default is fixed. ONLY runs one operation, such as reviews.create.
SEED ?= 1
ONLY ?=
CASES ?= 30
# Requests a second of `make contract LIVE=1`, see docs/live.md.
RATE ?= 1
# Where the report of a run goes.
REPORT ?= report
# A Prism that serves openapi.yaml already (`docker compose up --wait`); the default is to start one.
MOCK ?=
RUN = --seed=$(SEED) --cases=$(CASES) $(if $(ONLY),--only=$(ONLY)) $(if $(MOCK),--mock=$(MOCK)) \
	--report=$(REPORT) --junit-xml=$(REPORT)/junit.xml
# The tests that run against Prism, once more against the fake service.
AGAINST_FAKE = contract_tests/prism contract_tests/fake/test_differences.py --against=fake
JOINED = --join --junit-xml=$(REPORT)/junit-fake.xml

# How many unit tests run at a time; those that watch the clock follow alone.
WORKERS ?= auto
BESIDE = -m "not exclusive" --numprocesses=$(WORKERS) --dist=loadfile

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help
help: ## list the tasks
	@$(PYTHON) -c "import re; [print(f'  {n:16} {t}') for n, t in re.findall(r'^([a-z-]+):[^#\n]*## (.+)$$', open('Makefile').read(), re.M)]"

# The environment is made anew when the lock changes.
$(VENV)/.stamp: requirements.lock pyproject.toml
	$(PYTHON) -m venv --clear $(VENV)
	$(PY) -m pip install --quiet --require-hashes -r requirements.lock
	$(PY) -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.node-stamp: $(VENV)/.stamp tools/node/package-lock.json
	$(PY) tools/node.py install || { $(PY) -m pip install --quiet --require-hashes -r tools/node/requirements.lock && $(PY) tools/node.py install; }
	@touch $@

.PHONY: setup
setup: $(VENV)/.stamp $(VENV)/.node-stamp ## install everything the other tasks need

.PHONY: generate
generate: evidence ## write generated/ from openapi.yaml
	$(PY) -m tools.generate

.PHONY: check-generated
check-generated: $(VENV)/.stamp ## fail when generated/ is not what openapi.yaml gives
	@$(PY) -m tools.generate --check

.PHONY: hooks
hooks: setup ## have git check what is committed (needs pre-commit on PATH)
	pre-commit install

.PHONY: evidence
evidence: $(VENV)/.stamp ## check the evidence marks and write docs/evidence.md
	$(PY) tools/evidence.py openapi.yaml --write docs/evidence.md

.PHONY: check-evidence
check-evidence: $(VENV)/.stamp ## fail when marks are wrong or docs/evidence.md is stale
	@$(PY) tools/evidence.py openapi.yaml --check docs/evidence.md

# Exit code 1 means differences, 2 something unreadable.
FROM ?=
DRIFT ?=
.PHONY: drift
drift: $(VENV)/.stamp ## compare what the vendor publishes with openapi.yaml (FROM=file or folder, DRIFT="--json --complete")
	@$(PY) -m tools.drift $(if $(FROM),"$(FROM)",--help) $(DRIFT)

.PHONY: lint-spec
lint-spec: setup ## lint openapi.yaml with redocly and spectral
	$(PY) tools/node.py redocly lint openapi.yaml --config tools/node/redocly.yaml
	$(PY) tools/node.py spectral lint openapi.yaml --ruleset tools/node/.spectral.yaml --fail-severity hint

.PHONY: lint-workflows
lint-workflows: $(VENV)/.stamp ## check .github/ for errors and for what an attacker could use
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows $(wildcard .github/workflows/*.yml)
	$(BIN)/zizmor --quiet --offline --persona=pedantic --strict-collection .github

.PHONY: lint-code
lint-code: $(VENV)/.stamp ## ruff: mistakes and form of the code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.PHONY: lint-imports
lint-imports: $(VENV)/.stamp ## check which part of the package imports which
	$(BIN)/lint-imports --no-cache

.PHONY: lint
lint: setup lint-spec lint-workflows check-evidence lint-code lint-imports ## lint the spec and the code, check imports and types
	$(BIN)/mypy
	$(PY) tools/node.py pyright --pythonpath $(PY)

# A tag, a branch or a commit.
SINCE ?=
FORMAT ?= text
.PHONY: breaking
breaking: setup ## what changed for callers since a git ref, and the version it needs (SINCE=v0.1.0, FORMAT=markdown)
	@$(PY) -m tools.breaking --format=$(FORMAT) -- "$(SINCE)"

.PHONY: mock
mock: setup ## serve openapi.yaml on http://127.0.0.1:4010
	$(PY) tools/mock.py

.PHONY: contract
contract: setup check-generated check-evidence ## fuzz the client against the mock, write report/contract.html; LIVE=1: read from the real service
# LIVE counts on make's command line only: a variable that stayed behind in a shell starts nothing.
ifneq ($(and $(filter command,$(origin LIVE)),$(LIVE)),)
	$(PY) -m contract_tests.live --rate=$(RATE)
else
	$(BIN)/pytest contract_tests --ignore=contract_tests/oss $(RUN)
	$(BIN)/pytest $(AGAINST_FAKE) $(RUN) $(JOINED)
endif

# One test of it: TEST="contract_tests/oss/test_upload.py::..."
TEST = contract_tests/oss
.PHONY: test-oss
test-oss: setup ## prove the image upload on SeaweedFS, a storage server by others (not on Windows)
	$(BIN)/pytest "$(TEST)"

.PHONY: fuzz-mock
fuzz-mock: setup ## run schemathesis' own command line against the mock
	$(PY) -m contract_tests.prism.fuzz --seed=$(SEED)

# 27 operations x 7,500 answers; every write meets a fault; deliveries.
INPUTS ?= 7500
WRITES ?= 10000
PAIRS ?= 200000
.PHONY: fuzz
fuzz: setup ## the long runs: decoding and verifying are total, no write is sent twice (INPUTS=, WRITES=, PAIRS=)
	$(PY) -m contract_tests.properties.fuzz --seed=$(SEED) --inputs=$(INPUTS) --writes=$(WRITES)
	$(PY) -m tests.webhooks.fuzz --pairs $(PAIRS) --seed $(SEED)

# One fault by its id; how long to go on; 1 to judge only the survivors again after tests were added.
FAULT ?=
MINUTES ?= 60
KEEP_KILLS ?=
.PHONY: mutation
mutation: setup ## how many of several hundred seeded faults the tests notice (FAULT=, MINUTES=, KEEP_KILLS=1)
	$(PY) -m contract_tests.mutation --minutes=$(MINUTES) $(if $(FAULT),--fault=$(FAULT)) $(if $(KEEP_KILLS),--keep-kills)

.PHONY: mutation-sample
mutation-sample: setup ## some of these faults anew
	$(PY) -m contract_tests.mutation --sample

.PHONY: check-mutation
check-mutation: $(VENV)/.stamp ## fail when the kept result of `make mutation` is too low or stale
	@$(PY) -m contract_tests.mutation --check

.PHONY: unit
unit: setup ## the tests of overlay and tools
	$(BIN)/pytest tests $(BESIDE)
	$(BIN)/pytest tests -m exclusive

.PHONY: test
# Runs apart: hypothesis draws on constants of the modules that are loaded, so that only a run of its own can be repeated.
test: setup lint check-generated check-mutation ## everything: lint, types, unit tests, contract, uploads, seeded faults
	$(BIN)/pytest tests $(BESIDE)
	$(BIN)/pytest tests -m exclusive
	$(BIN)/pytest contract_tests --ignore=contract_tests/oss $(RUN)
	$(BIN)/pytest $(AGAINST_FAKE) $(RUN) $(JOINED)
ifeq ($(OS),Windows_NT)
	@echo "Left out: make test-oss. The image upload is proven on SeaweedFS, whose package has no program for Windows."
else
	$(BIN)/pytest contract_tests/oss
endif
	$(PY) -m contract_tests.mutation --sample

.PHONY: bench-models
bench-models: $(VENV)/.stamp ## measure the forms that a model could have
	$(PY) -m benchmarks.model_forms

# About five minutes; --keep writes the results and the tables of docs/performance-uploads.md.
.PHONY: bench-upload
bench-upload: $(VENV)/.stamp ## measure uploads: throughput, memory, stalls of the event loop, beside other clients
	$(PY) -m benchmarks.upload --keep

ROUNDS ?= 7
.PHONY: bench
bench: $(VENV)/.stamp ## measure the client beside its peers, write docs/performance.md (ROUNDS=7)
	$(PY) -m benchmarks.bench --rounds $(ROUNDS)

# An environment of its own, so that the others do without Sphinx.
$(DOCS_VENV)/.stamp: requirements-docs.lock
	$(PYTHON) -m venv --clear $(DOCS_VENV)
	$(DOCS_PY) -m pip install --quiet --require-hashes -r requirements-docs.lock
	@touch $@

.PHONY: docs
docs: $(DOCS_VENV)/.stamp ## build the documentation site into site/, check its links; open site/index.html
	$(DOCS_PY) -m tools.docsite

.PHONY: build
build: $(VENV)/.stamp ## wheel and sdist into dist/
	$(PY) -m build --no-isolation --outdir dist .

.PHONY: test-wheel
test-wheel: $(VENV)/.stamp ## test the built wheel in an environment of its own, with the dependencies of the lock
	$(BIN)/pytest tests/tools/test_distributions.py tests/tools/test_generated_package.py
	$(PY) -m tools.wheel

.PHONY: test-oldest
test-oldest: $(VENV)/.stamp ## the same with the oldest dependencies that pyproject.toml allows
	$(PY) -m tools.wheel --oldest

.PHONY: lock
lock: ## pin the newest dependencies anew (needs uv on PATH)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --upgrade pyproject.toml --group dev -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --upgrade pyproject.toml --group docs -o requirements-docs.lock

.PHONY: clean
clean: ## remove what the tasks made, the environment included
	rm -rf $(VENV) $(DOCS_VENV) tools/node/node_modules dist report site .mypy_cache .ruff_cache .hypothesis
