# Everything a fresh machine needs is set up by the targets themselves.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
FOREIGN := .venv-foreign
export PIP_DISABLE_PIP_VERSION_CHECK = 1
export PIP_CONSTRAINT = $(CURDIR)/constraints.txt

.PHONY: run test foreign bench-instruments kills proof mutation bench validate lint types layers clean help

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

run: $(VENV)/.run-ready  ## the main job: a Mesoglow session on the emulated bench
	@$(BIN)/iontophoresis run mesoglow --directory sessions

test: $(VENV)/.test-ready lint types layers  ## lint, types, layers, tests, notebooks
	@$(BIN)/python -m pytest -n 2 --dist loadgroup -m "not real_time" tests
	@$(BIN)/python -m pytest -m real_time tests
	@$(BIN)/python -m pytest --nbmake --nbmake-timeout=600 notebooks

foreign: $(FOREIGN)/.ready  ## PyMeasure's and QCoDeS's own drivers on the emulated instruments
	@$(FOREIGN)/bin/python -m pytest -W default tests/foreign

bench-instruments: $(FOREIGN)/.ready  ## time one tick beside a plain socket and others' drivers
	@$(FOREIGN)/bin/python tests/instruments/bench/bench_transport.py

kills: $(VENV)/.test-ready  ## kill or freeze session, guard and sentinel 50 times each, in real time
	@IONTOPHORESIS_KILLS=50 $(BIN)/python -m pytest -n 4 -k "killing or followed or without_a_sentinel" \
	  tests/iontophoresis/test_session_killed.py tests/iontophoresis/test_every_process_killed.py tests/iontophoresis/control/test_sentinel.py

proof: $(VENV)/.proof-ready  ## prove the safety kernel for all inputs; write reports/proof.md
	@$(BIN)/python -m tests.proof

campaign: $(VENV)/.test-ready  ## every fault in every phase on every kind of source; write reports/campaign.md
	@$(BIN)/python -m tests.campaign --seeds $(or $(SEEDS),2)

mutation: $(VENV)/.test-ready  ## change the safety kernel in every small way; some test must fail
	@$(BIN)/python -m pytest -q --cov=iontophoresis.safety --cov-branch --cov-fail-under=100 tests/iontophoresis/safety
	@$(BIN)/python -m tests.mutation

bench: $(VENV)/.bench-ready  ## time the flux model beside its peers, in one run
	@$(BIN)/python tests/models/bench/bench_models.py

validate: $(VENV)/.run-ready  ## the flux model against published experiments
	@$(BIN)/iontophoresis validate --figure validation.svg

lint: $(VENV)/.test-ready
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(VENV)/.test-ready
	@$(BIN)/mypy

layers: $(VENV)/.test-ready
	@$(BIN)/lint-imports

$(VENV)/.created:
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || sh .ci/install-venv
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run-ready: $(VENV)/.created pyproject.toml constraints.txt
	@echo "Setting up $(VENV) (once; about a minute)"
	@$(BIN)/python -m pip install --quiet -e .
	@touch $@

$(VENV)/.proof-ready: $(VENV)/.run-ready
	@$(BIN)/python -m pip install --quiet -e '.[proof]'
	@touch $@

$(VENV)/.test-ready: $(VENV)/.run-ready
	@$(BIN)/python -m pip install --quiet -e '.[test,fast]'
	@touch $@

$(VENV)/.bench-ready: $(VENV)/.test-ready
	@$(BIN)/python -m pip install --quiet -e '.[test,fast,bench]'
	@touch $@

$(FOREIGN)/.ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || sh .ci/install-venv
	@$(PYTHON) -m venv $(FOREIGN)
	@$(FOREIGN)/bin/python -m pip install --quiet -e '.[foreign]'
	@touch $@

clean:  ## remove the virtual environments and caches
	rm -rf $(VENV) $(FOREIGN) .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
