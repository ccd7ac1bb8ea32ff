# make run: everything that is needed, then the app on http://localhost:8501. make test: the same, and all checks.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
PORT ?= 8501
# requirements-cpu.txt: the same without CUDA.
REQUIREMENTS ?= requirements.txt
# Two processes, one thread each: they take two cores better than one process does whose tests run one after another.
# Whole files, in the order of tests/conftest.py: the long ones first.
# Python keeps what it compiled, wherever the environment says no: some forty processes import the package.
PYTEST := PYTHONDONTWRITEBYTECODE= OMP_NUM_THREADS=1 $(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder --durations 40
SOURCES := app.py reid_core pages ui assets benchmarks tests

.PHONY: setup run test check all unit pages e2e soak docs coverage bench mutate clean

# Stamps make a second call a matter of seconds.
$(VENV)/run.stamp: requirements.txt $(REQUIREMENTS) pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed, this is " + sys.version)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) -r $(REQUIREMENTS)
	$(PIP) --no-deps --editable .
	BIN=$(BIN) bash .ci/libraries
	touch $@

# Now, so that the first verdict need not wait for it.
$(VENV)/compiled.stamp: $(VENV)/run.stamp .ci/compile.py reid_core/model/backtracking/compiled.py
	$(BIN)/python .ci/compile.py
	touch $@

$(VENV)/test.stamp: requirements-dev.txt $(VENV)/compiled.stamp
	$(PIP) -r requirements-dev.txt
	touch $@

setup: $(VENV)/compiled.stamp

run: setup
	$(BIN)/streamlit run app.py --server.port $(PORT)

# The checks beside the tests, which leave a core idle while a browser waits.
test: $(VENV)/test.stamp
	$(MAKE) --jobs 2 check all

check: $(VENV)/test.stamp
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports

# In one go: at the end of each part one of the two processes would wait for the other.
all: $(VENV)/test.stamp
	bash .ci/chromium
	$(PYTEST) tests

unit: $(VENV)/test.stamp
	$(PYTEST) tests --ignore tests/pages --ignore tests/e2e

pages: $(VENV)/test.stamp
	$(PYTEST) tests/pages

e2e: $(VENV)/test.stamp
	bash .ci/chromium
	$(PYTEST) tests/e2e

# Lines and branches of the package that no test runs; the browser tests, whose app is another process, tell nothing.
coverage: $(VENV)/test.stamp
	$(PYTEST) tests --ignore tests/e2e --cov --cov-report term-missing:skip-covered

# A page without a place in the navigation, or a dead link, is an error.
docs: $(VENV)/test.stamp
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

# What is too long for every day; each part prints a summary. FUZZ_EXAMPLES, MOMENTS, MINUTES and SESSIONS say how long.
soak: $(VENV)/test.stamp
	bash .ci/chromium
	FUZZ=soak $(BIN)/pytest tests/fuzz --timeout 0 --hypothesis-show-statistics
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.soak kills --moments $${MOMENTS:-20}
	$(BIN)/python -m tests.soak sessions --minutes $${MINUTES:-10} --sessions $${SESSIONS:-10}

bench: $(VENV)/test.stamp
	$(BIN)/python -m benchmarks

# One thread: PyTorch's others do not live on in the processes that mutmut forks, which would wait for them forever.
mutate: $(VENV)/test.stamp
	OMP_NUM_THREADS=1 $(BIN)/mutmut run --max-children 2
	$(BIN)/mutmut results

clean:
	rm -rf $(VENV) site mutants .coverage .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
