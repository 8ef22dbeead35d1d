# Every verb sets up what it needs: .ci/venv keeps .venv in step with pyproject.toml and constraints.txt.
# PYTHON=/path/to/python chooses the interpreter; ARGS='…' is handed on (make test ARGS='-k boot').
.PHONY: help venv demo test soak certify lint bench clean

BIN = .venv/bin

help:
	@echo "make demo    run a simulated charging day and write a report"
	@echo "make test    run all tests (DATABASE=postgresql, NODES=3)"
	@echo "make soak    kill the CSMS a thousand times, or its database for ten minutes (ARGS=--help)"
	@echo "make certify judge the CSMS as it is run, of several nodes too (ARGS=--help)"
	@echo "make lint    check style, types and layering"
	@echo "make bench   measure speed"
	@echo "make clean   remove the virtual environment, caches and build results (runs/ stays)"

venv:
	@sh .ci/venv

demo: venv
	$(BIN)/chargebench demo $(ARGS)

# DATABASE=postgresql has the CSMS's tests keep in PostgreSQL what they keep in memory otherwise, and NODES=3 has what they
# take for one CSMS be three nodes with a Redis between them.
# Tests start hundreds of processes of ours: with byte code kept, each starts a quarter sooner, and collecting takes half
# as long. Work is stolen, because tests take from a millisecond to half a minute: who is done takes over half of what is
# left to another, where a last chunk given out would have one core wait for the other. A module's tests stay in a row
# till then, so its fixtures are made once, or twice where it is parted.
test: export PYTHONDONTWRITEBYTECODE =
test: export CHARGEBENCH_TEST_DATABASE = $(DATABASE)
test: export CHARGEBENCH_TEST_NODES = $(NODES)
test: venv
	$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

soak: venv
	$(BIN)/python -m tests.soak $(ARGS)

certify: venv
	$(BIN)/python -m tests.certify $(ARGS)

lint: venv
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

bench: venv
	$(BIN)/python -m chargebench bench $(ARGS)

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
