# Everything a newcomer needs: `make demo` and `make test`. Both set themselves up in .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BENCH := .venv-bench
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
DATASET := datasets/china-russia-dprk
PACKAGE := alignment_events/_data/china-russia-dprk
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

.PHONY: demo test test-all fuzz system check bench schema data clean

demo: $(VENV)/.installed
	$(BIN)/alignment-events validate $(DATASET)
	$(BIN)/alignment-events build $(DATASET) --out $(PACKAGE)
	$(BIN)/alignment-events summary china-russia-dprk

test: $(VENV)/.dev data
	$(BIN)/python -m pytest -n 2

# What takes long or needs programs of `make system`: browser, servers, R, office, kills; the other
# validators of the benchmark are asked in their own environment.
test-all: $(VENV)/.full $(BENCH)/.installed data
	$(BIN)/python -m pytest -n 2 -m full

# Every reader against damaged and made-up files; the same SEED gives the same inputs.
INPUTS ?= 200000
SEED ?= 1
fuzz: $(VENV)/.dev
	$(BIN)/python tests/fuzz/run.py --inputs $(INPUTS) --seed $(SEED)

# The Debian packages with which `make test-all` leaves nothing out.
SYSTEM := chromium libreoffice-calc-nogui nginx openjdk-17-jre-headless r-base-core r-cran-haven
system:
	$(SUDO) apt-get update -qq
	$(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(SYSTEM)

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/typos
	$(BIN)/check-jsonschema --builtin-schema vendor.citation-file-format CITATION.cff

# This library beside others on data of any size, and its start-up; writes docs/benchmarks.md.
# It takes long. EVENTS="100000 1000000 10000000" is more, BENCH_ARGS="--limit 60" less; data stays in .bench.
EVENTS ?= 100000 1000000
PAIRS ?= 5
LIMIT ?= 600
BENCH_ARGS ?=
bench: $(BENCH)/.installed
	@mkdir -p .bench
	$(BENCH)/bin/alignment-events build $(DATASET) --out .bench/package > /dev/null
	$(BENCH)/bin/python benchmarks/bench.py --package .bench/package --events $(EVENTS) \
	  --pairs $(PAIRS) --limit $(LIMIT) $(BENCH_ARGS)
	$(BENCH)/bin/python benchmarks/report.py

# What is compared is installed here only.
$(BENCH)/.installed: pyproject.toml constraints.txt requirements-bench.txt
	$(PYTHON) -m venv $(BENCH)
	$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check \
	  -c constraints.txt -e . -r requirements-bench.txt
	@touch $@

schema: $(VENV)/.dev
	$(BIN)/python -m alignment_events.spec.describe
	$(BIN)/alignment-events schema write

# The newest built dataset, which `load` finds by name.
data: $(VENV)/.dev
	@$(BIN)/alignment-events build $(DATASET) --out $(PACKAGE) > /dev/null

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# Constraints hold names and versions only, so that the same set installs everywhere.
$(VENV)/.installed: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) install -c constraints.txt -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.installed requirements-dev.txt
	$(PIP) install -c constraints.txt -e '.[all]' -r requirements-dev.txt
	@touch $@

# Spark is half a gigabyte, and only the long tests need it.
$(VENV)/.full: $(VENV)/.dev
	$(PIP) install -c constraints.txt -e '.[spark]'
	@touch $@

clean:
	rm -rf $(VENV) $(BENCH) .bench alignment_events/_data build dist
