# Two commands matter: `make demo` and `make test`. Both do all their own set-up.
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
export PORT

.PHONY: demo demo-reset test lint format bench setup setup-dev lock

demo: setup
	$(BIN)/kabinet demo --port $(PORT)

demo-reset: setup
	$(BIN)/kabinet demo --port $(PORT) --reset

test: setup-dev
	tools/check

lint: setup-dev
	tools/check --no-tests

format: setup-dev
	$(BIN)/ruff format . && $(BIN)/ruff check --fix .

bench: setup-dev
	$(BIN)/python -m benchmarks

setup: .venv/.base
setup-dev: .venv/.dev

.venv/bin/uv: requirements/build.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip --disable-pip-version-check install --quiet --require-hashes -r requirements/build.txt
	touch $@

.venv/.base: .venv/bin/uv requirements/base.txt pyproject.toml
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/base.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	touch $@

.venv/.dev: .venv/.base requirements/dev.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.txt
	touch $@

lock: .venv/bin/uv
	tools/lock
