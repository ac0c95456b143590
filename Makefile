# Every target does its own set-up; `make` alone lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(READY)  ## make .venv with expertpost and every tool, at the locked versions

$(READY): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "expertpost needs Python 3.11 or newer; name one: make setup PYTHON=python3.12" >&2; exit 2; }
	@command -v git > /dev/null || { echo "expertpost needs git: install it, then run make again" >&2; exit 2; }
	@test -x $(BIN)/pip || { rm -rf $(VENV); $(PYTHON) -m venv $(VENV); } \
	  || { rm -rf $(VENV); echo "Python cannot make a virtual environment here; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 2; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: check
check: $(READY)  ## ruff and mypy over everything
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

.PHONY: test
test: $(READY)  ## every test with coverage, then check
	$(BIN)/pytest -n auto --ignore=tests/race --ignore=tests/servers --cov --cov-report=term:skip-covered
	@$(MAKE) --no-print-directory check

.PHONY: fast
fast: $(READY)  ## unit and property tests only
	$(BIN)/pytest -q tests/unit tests/property

.PHONY: laws
laws: $(READY)  ## 100,000 texts for every law of every channel; takes an hour or so
	$(BIN)/pytest -n auto --timeout=0 --hypothesis-profile=laws tests/property/test_every_channel.py

.PHONY: kit
kit: $(READY)  ## every publisher and ledger against the public contract, and the real servers that are installed
	$(BIN)/pytest tests/contract tests/servers

.PHONY: attacks
attacks: $(READY)  ## hostile repositories, pieces, people and answers, a line for each attack
	$(BIN)/pytest --verbose --no-header tests/attacks

.PHONY: race
race: $(READY)  ## many runners, power cuts and every fault of the matrix; what the services took is counted
	@ls /usr/lib/postgresql/*/bin/initdb > /dev/null 2>&1 || command -v initdb > /dev/null \
	  || echo "without PostgreSQL its ledger is left out; on Debian and Ubuntu: apt-get install postgresql" >&2
	$(BIN)/pytest -n 3 --dist=worksteal tests/race

# What moves a delivery, and what an answer of a service proves.
MUTATED := 'expertpost.model.*' 'expertpost.store.*' 'expertpost.flows.send.x_report_of*' \
  $(foreach name,judge _says lost not_before,'expertpost.publishers.http.x_$(name)*')

.PHONY: mutants
mutants: $(VENV)/.mutants-ready  ## one small mistake after the other in what decides a delivery: a test has to fail for each
	rm -rf mutants
	$(BIN)/mutmut run $(MUTATED)
	@! $(BIN)/mutmut results | grep -v ': not checked$$'

$(VENV)/.mutants-ready: $(READY) requirements-mutants.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-mutants.lock
	@touch $@

.PHONY: hosts
hosts: $(READY) build/hosts/.ready  ## what we ask of GitHub, X and DEV, against their own descriptions (needs node and npm)
	$(BIN)/pytest tests/hosts/test_prism.py tests/hosts/test_prism_channels.py

build/hosts/.ready: tests/hosts/prism/package.json tests/hosts/prism/package-lock.json
	@command -v npm > /dev/null || { echo "make hosts needs node and npm: install them, then run it again" >&2; exit 2; }
	@mkdir -p build/hosts
	cp tests/hosts/prism/package.json tests/hosts/prism/package-lock.json build/hosts/
	npm ci --prefix build/hosts --ignore-scripts --no-audit --no-fund
	@touch $@

SERVERS := wordpress mediawiki synapse
MORE_SERVERS := pds maildev
ON_SERVERS := EXPERTPOST_SERVERS=required $(BIN)/pytest -n 2 --dist=loadfile
SERVING := tests/servers/test_serving.py

.PHONY: servers
servers: $(READY) $(SERVERS:%=build/servers/%/.ready)  ## publishers against real servers: WordPress, MediaWiki, Synapse
	$(ON_SERVERS) $(SERVING) $(SERVERS:%=tests/servers/test_%.py)

.PHONY: pds
pds: $(READY) $(MORE_SERVERS:%=build/servers/%/.ready)  ## the same against servers that take longer to install
	$(ON_SERVERS) $(SERVING) $(MORE_SERVERS:%=tests/servers/test_%.py)

build/servers/synapse/.ready: tests/servers/install/synapse.txt
build/servers/pds/.ready: $(wildcard tests/servers/install/pds/*)
build/servers/maildev/.ready: $(wildcard tests/servers/install/maildev/*)
build/servers/%/.ready: tests/servers/install/%.sh
	sh $< $(abspath $(@D))
	@touch $@

.PHONY: demo
demo: $(READY)  ## a small organisation in build/demo, from the first draft to the page and the mail
	@$(BIN)/python tests/demo/demo.py build/demo

.PHONY: docs
docs: $(READY)  ## our own site, built by expertpost from drafts/ into build/site
	$(BIN)/expertpost site build --draft --out build/site

.PHONY: bench
bench: $(VENV)/.bench-ready  ## measure against git, Hugo and a bare Python
	$(BIN)/python -m bench

$(VENV)/.bench-ready: $(READY) requirements-bench.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-bench.lock
	@touch $@

UV_LOCK := uv pip compile --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet

.PHONY: lock
lock: $(READY)  ## renew the locked versions
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/$(UV_LOCK) pyproject.toml --group dev --all-extras -o requirements.lock
	$(BIN)/$(UV_LOCK) --group bench -o requirements-bench.lock
	$(BIN)/$(UV_LOCK) -c requirements.lock --group mutants -o requirements-mutants.lock

.PHONY: release
release: $(READY)  ## sdist and wheel in dist/
	rm -rf dist
	$(BIN)/python -m build --no-isolation
