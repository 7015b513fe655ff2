# Everything a newcomer or the CI needs; `make` alone prints the list.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
PYTEST_ARGS ?= -n 2
FUZZ := fuzz/.venv
FUZZ_MINUTES ?= 10

# Tests marked rig need installed servers and browsers: the CI has them.
ifeq ($(CI),true)
MARKS ?= not crash_long and not rig_long
else
MARKS ?= not crash_long and not rig and not rig_long
endif

.DEFAULT_GOAL := help
.PHONY: help demo test check lint rig rig-test crash fuzz bench clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(VENV)/.core ## try it: the light core, made-up channels, nothing leaves this machine
	@$(BIN)/notifier demo

test: $(VENV)/.dev ## run the tests (PYTEST_ARGS="-k telegram" for some of them)
	@$(BIN)/python -m pytest -m "$(MARKS)" $(PYTEST_ARGS)

check: lint ## everything the CI checks: style, types, import rules, tests
	@$(MAKE) --no-print-directory test

lint: $(VENV)/.dev ## style, types and import rules only
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

rig: $(VENV)/.dev ## tests against installed servers and a browser
	@$(BIN)/python -m pytest -m rig $(PYTEST_ARGS)

rig-test: $(VENV)/.dev ## the same, and those that take their time (installs Uptime Kuma below .rig)
	@.ci/rig-long || echo "make: not everything could be installed; tests that need it are skipped" >&2
	@$(BIN)/python -m pytest -m "rig or rig_long" $(PYTEST_ARGS)

crash: $(VENV)/.dev ## kill real processes at every step, many times
	@$(BIN)/python -m pytest -m "crash or crash_long" $(PYTEST_ARGS)

fuzz: $(FUZZ)/.fuzz ## made-up requests against parsers, hooks and the API (FUZZ_MINUTES=10 of each)
	@mkdir -p fuzz/corpus
	@$(FUZZ)/bin/python fuzz/parsers.py fuzz/corpus -max_total_time=$$(( $(FUZZ_MINUTES) * 60 ))
	@$(FUZZ)/bin/python fuzz/server.py $(FUZZ_MINUTES)

bench: $(VENV)/.dev ## measure start-up, fan-out and throughput (docs/performance.md)
	@$(BIN)/python -m benchmarks

clean: ## remove the environment and what tools left behind
	@rm -rf $(VENV) $(FUZZ) fuzz/corpus build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage htmlcov
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A failed attempt is removed, so that the next one starts afresh.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "make: needs Python 3.11 or newer, but $(PYTHON) is not; try: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
	  echo "make: $(PYTHON) cannot make virtual environments; on Debian and Ubuntu: sudo apt install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "make: $(PYTHON) -m venv $(VENV) failed, see above" >&2; exit 1; }

$(VENV)/.core: pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing into $(VENV) ..."
	@$(PIP) install -q -c constraints.txt -e .
	@touch $@

# An environment of its own: what fuzzing brings along changes how pytest works.
$(FUZZ)/.fuzz: pyproject.toml constraints.txt
	@$(PYTHON) -m venv $(FUZZ)
	@echo "installing into $(FUZZ) ..."
	@$(FUZZ)/bin/python -m pip --disable-pip-version-check --no-input install -q -c constraints.txt -e ".[all,fuzz]"
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing into $(VENV) ..."
	@$(PIP) install -q -c constraints.txt -e ".[all,dev]"
	@touch $@ $(VENV)/.core
