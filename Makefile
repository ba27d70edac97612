# One door: `make run`, `make test`, `make check`, `make bench`. Needs python3 (>= 3.11) and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Programs are started hundreds of times by the tests: compiling everything anew each time takes longer than they do.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: run test suite explore check sizes bench lock messages clean

run: $(STAMP)
	@$(BIN)/entrepot serve --demo

# Side by side: many tests wait for processes of their own, and the checks take one core for most of a minute.
test: $(STAMP)
	@$(MAKE) --no-print-directory --jobs 2 suite check

# Files go as they are collected: by their number of tests the longest would come last, for one process alone.
suite: $(STAMP)
	@$(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

explore: $(STAMP)
	@$(BIN)/pytest --numprocesses 2 --dist loadfile --hypothesis-profile explore tests/property

check: $(STAMP)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python tools/pure.py

sizes: $(STAMP)
	@$(BIN)/python tools/sizes.py

bench: $(STAMP)
	@$(BIN)/python -m benchmarks.intake
	@$(BIN)/python -m benchmarks.console

lock: $(STAMP)
	@$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-header \
		--quiet --output-file requirements.lock

messages: $(STAMP)
	@$(BIN)/python tools/messages.py

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis

# uv installs in parallel; where it cannot be had, pip installs the same lock.
$(STAMP): requirements.lock pyproject.toml
	@echo "Installing into $(VENV) ..."
	@$(PYTHON) -c 'import sys; sys.exit("Entrepot needs Python 3.11 or later" if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip sync --quiet --require-hashes requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $(STAMP)
