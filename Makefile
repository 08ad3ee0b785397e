# make demo | test | test-paraview-5.13 | lint | bench | clean.   PYTHON chooses the interpreter (3.11 or later);
# make test SLOW=1 also runs the tests that are marked slow, as CI does.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# torch comes first and alone, so that no other requirement chooses its version
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo test test-paraview-5.13 lint bench clean

$(VENV)/.ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) torch
	$(INSTALL) --editable '.[dev]'
	touch $@

demo: $(VENV)/.ready
	$(BIN)/python -m benchmarks demo

test: $(VENV)/.ready
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal $(if $(SLOW),,-m 'not slow') $(PYTEST)

# Debian 13's ParaView, in a root of its own: needs to be root, and debootstrap
test-paraview-5.13: $(VENV)/.ready
	tests/paraview/debian-13 $(BIN)/python $(PYTEST)

lint: $(VENV)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.ready
	$(BIN)/python -m benchmarks kristan

clean:
	rm -rf $(VENV) demo-output bench-output .pytest_cache .mypy_cache .ruff_cache .hypothesis
