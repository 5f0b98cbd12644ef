# Zhucun (驻村). `make` alone lists what there is.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
export PORT

.DEFAULT_GOAL := help
.PHONY: help demo demo-reset test lint bench run lock clean

help:  ## list these targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(VENV)/.installed  ## start everything on this machine with invented people; Ctrl-C stops it
	@$(BIN)/python -m demo --port $(PORT)

demo-reset: $(VENV)/.installed  ## throw the demo's data away and start over
	@$(BIN)/python -m demo --port $(PORT) --reset

test: $(VENV)/.installed-dev  ## run the tests; what this machine lacks is skipped with the reason
	@$(BIN)/python -m pytest -n logical --maxprocesses 4

lint: $(VENV)/.installed-dev  ## style, types, floors between packages
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(VENV)/.installed-dev  ## measure speed; prints a table and writes bench/results.json
	@$(BIN)/python -m bench

run: $(VENV)/.installed  ## serve with the settings of the environment (see README)
	@$(BIN)/zhucun db upgrade
	@$(BIN)/granian --interface wsgi --factory --workers $${WORKERS:-2} --blocking-threads $${THREADS:-8} \
		--respawn-failed-workers --workers-kill-timeout 10 \
		--host $${HOST:-127.0.0.1} --port $(PORT) app:create_server

lock:  ## write the lock files anew (needs uv)
	uv pip compile -q pyproject.toml --extra demo --universal --python-version 3.11 \
		--no-strip-extras --generate-hashes --no-emit-index-url --no-header -o requirements.lock
	uv pip compile -q pyproject.toml --extra demo --extra dev --universal --python-version 3.11 \
		--no-strip-extras --generate-hashes --no-emit-index-url --no-header -c requirements.lock -o requirements-dev.lock

clean:  ## remove the virtual environment and everything under var/
	rm -rf $(VENV) var

$(VENV)/.made:
	@echo "Making the virtual environment in $(VENV) …"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed")'
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.installed: requirements.lock pyproject.toml | $(VENV)/.made
	@echo "Installing what requirements.lock names …"
	@$(BIN)/python -m pip install --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	@echo "Installing what requirements-dev.lock names …"
	@$(BIN)/python -m pip install --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@
