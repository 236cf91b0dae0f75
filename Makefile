# `make` lists the targets. Everything installed here lives in .venv, everything made while running in var.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
LOCK := $(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url

SIZES ?= 1e5,1e6
comma := ,

help:  ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' Makefile

run: .venv/app  ## The whole site in the foreground: database, web and workers; prints its address
	@$(BIN)/python run.py

check: .venv/dev  ## The quick gate: format, lint, types, imports, migrations, tests but the browser's and slow ones
	@begun=$$(date +%s); $(MAKE) --no-print-directory gate && $(BIN)/python -m pytest -m "not browser and not slow" \
	&& echo "Checked in $$(( $$(date +%s) - begun )) seconds."

test: .venv/dev browser gate  ## Everything: the gate, then all tests in a real browser too
	$(BIN)/python -m pytest

browser:  ## Chromium from the system's packages, unless there is one
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || { \
	  echo "Installing Chromium (apt-get, as root)"; \
	  as_root=$$([ "$$(id -u)" = 0 ] || echo sudo); \
	  $$as_root apt-get update -q && $$as_root apt-get install -yq --no-install-recommends chromium fonts-liberation || { \
	    echo "Chromium is missing and could not be installed. As root: apt-get install chromium fonts-liberation" >&2; exit 1; }; }

lock: .venv/dev  ## Pin the packages anew after editing requirements*.in
	$(LOCK) requirements.in -o requirements.txt
	$(LOCK) requirements-dev.in -o requirements-dev.txt
	$(LOCK) requirements-bench.in -o requirements-bench.txt

bench: .venv/bench  ## How fast it is, beside others: SIZES=1e5,1e6 (docs/benchmark.md); takes long
	$(BIN)/python -m bench $(subst $(comma), ,$(SIZES))

faults: .venv/dev  ## Imports under misfortune, other seeds than `make test`: SEEDS=500 FIRST=1000
	SEEDS=$(or $(SEEDS),100) FIRST=$(or $(FIRST),100) $(BIN)/python -m pytest -q tests/faults

mutants: .venv/dev  ## Break the code on purpose; every break must redden the tests
	$(BIN)/python -m tests.mutants

rules: .venv/dev  ## Which test proves which rule of security; fails for one that is neither proved nor owed openly
	@$(BIN)/python -m tests.rules

gate: .venv/dev
	$(BIN)/python -m ruff format --quiet --check .
	$(BIN)/python -m ruff check --quiet .
	@find . -path ./.venv -prune -o -name '*.html' -path '*templates*' -print0 | xargs -0r $(BIN)/djade --target-version 5.2 --check
	$(BIN)/python -m mypy --no-error-summary
	$(BIN)/python $(BIN)/lint-imports --no-logo --no-cache
	$(BIN)/python manage.py makemigrations --check --dry-run --verbosity 0

# An interrupted installation leaves no stamp, and what has no stamp is made from the start.
.venv/app: requirements.txt
	@command -v $(PYTHON) >/dev/null || { echo "Python is missing. As root: apt-get install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Putler needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version). PYTHON=… names another." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "Python's venv is missing. As root: apt-get install python3-venv" >&2; exit 1; }
	@[ -e $@ ] && $(BIN)/python -c '' || { echo "Installing Putler into .venv"; $(PYTHON) -m venv --clear .venv; }
	@$(PIP) -r requirements.txt
	@touch $@

.venv/dev: .venv/app requirements-dev.txt
	@$(PIP) -r requirements-dev.txt
	@touch $@

.venv/bench: .venv/dev requirements-bench.txt
	@$(PIP) -r requirements-bench.txt
	@touch $@

.PHONY: help run check test browser lock bench faults mutants rules gate
