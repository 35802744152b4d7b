# Every target makes its own environment first: a fresh clone needs only Python 3.11, pip, make and a network.
.DEFAULT_GOAL := help
.PHONY: run test lint fmt bench peers policies docs lock clean help

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.installed

run: $(READY)  ## Show a demonstration of what the adapter does
	$(BIN)/ecm demo

test: $(READY) peers  ## Run the test suite (PYTEST="-k card" narrows it)
	$(BIN)/python -m pytest -q -n 2 --dist loadfile $(PYTEST)

lint: $(READY)  ## Check style, types, the direction of imports and the policy files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/ecm policies check

fmt: $(READY)  ## Format the code and mend what ruff can mend safely
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY) peers  ## Measure speed against simpler yardsticks
	$(BIN)/python -m benchmarks

# Without Node or a network the tests of a peer are skipped; with CI=true that is a failure.
peers: $(READY)  ## Install the CDS software of others that tests and benchmarks run
	@$(BIN)/python -m tests.peers.environments

policies: $(READY)  ## Check every policy file: sources, dates, units, keys
	$(BIN)/ecm policies check

docs: $(READY)  ## Write the generated pages of docs/, and the site of them into build/site
	$(BIN)/python -m tests.architecture.conformance
	$(BIN)/python -m tests.browser.images
	$(BIN)/python -m sphinx -q -W --keep-going -b html docs build/site

lock: $(READY)  ## Pin the newest allowed versions with hashes
	$(BIN)/uv pip compile pyproject.toml --upgrade --universal --python-version 3.11 \
		--generate-hashes --quiet --custom-compile-command "make lock" -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --group dev --constraints requirements.lock --upgrade \
		--universal --python-version 3.11 --generate-hashes --quiet \
		--custom-compile-command "make lock" -o requirements-dev.lock
	for peer in healthchain gunicorn fhir_clients sekmet; do $(BIN)/uv pip compile tests/peers/$$peer/requirements.in \
		--upgrade --universal --python-version 3.11 --generate-hashes --quiet \
		--custom-compile-command "make lock" -o tests/peers/$$peer/requirements.lock || exit 1; done

clean:  ## Remove the environment and everything that can be made again
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build dist
	rm -rf tests/peers/*/.venv tests/peers/*/node_modules benchmarks/cql/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help:  ## List the targets
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 18

# Touched last, so an interrupted installation is made again.
$(READY): pyproject.toml requirements-dev.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "ECM adapter needs Python 3.11 or newer, and $(PYTHON) is %d.%d. Name another one: make PYTHON=python3.11 ..." % sys.version_info[:2])'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@
