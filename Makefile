# Everything a newcomer needs: `make demo` and `make test` set up by themselves (git, python3 >= 3.11, make).
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
UV     := $(shell command -v uv 2>/dev/null)
READY  := $(VENV)/.ready

.PHONY: help demo test test-slow check format lock i18n bench bench-detect bench-hospital coverage clean
help: ## say what each target does
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(READY): requirements/dev.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Tocsin needs Python 3.11 or newer")'
ifdef UV
	uv venv --quiet --allow-existing --python $(PYTHON) $(VENV)
	uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.txt
	uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
else
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
endif
	@touch $@

demo: $(READY) ## set up, then scan a night at a small hospital
	@$(BIN)/tocsin demo

test: $(READY) ## quick tests
	$(BIN)/pytest

test-slow: $(READY) ## tests of minutes: exactness on all development data, faults, floods
	$(BIN)/pytest -m slow

bench: $(READY) ## the Sigma engine with its peer, and scan end to end (needs the development data; 15 minutes)
	$(if $(UV),uv pip install --quiet --python $(BIN)/python,$(BIN)/python -m pip install --quiet) 'pysigma-backend-sqlite>=2.1'
	$(BIN)/python benchmarks/sigma/lanes.py
	$(BIN)/python benchmarks/scan/end_to_end.py --rules .data/rules/sigma

coverage: $(READY) ## which known attacks give an incident (needs the development data)
	$(BIN)/python benchmarks/coverage/attacks.py --table docs/coverage.md

bench-detect: $(READY) ## goals of detection and correlation beside results and peers (needs the development data)
	$(BIN)/python benchmarks/detect/run.py

bench-hospital: $(READY) ## ordinary days and whole attacks of simulated hospitals: found, joined, how soon, what is false
	$(BIN)/python benchmarks/hospital/run.py --out benchmarks/hospital/results/README.md

check: $(READY) ## style, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY) ## write the code in the common style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: ## renew the hash-pinned requirements (needs uv)
	uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra dev \
		pyproject.toml requirements/build.in -o requirements/dev.txt

i18n: $(READY) ## gather the texts for people, renew and compile the French catalogue
	$(BIN)/python scripts/i18n.py

clean: ## remove what was made
	rm -rf $(VENV) dist .mypy_cache .ruff_cache .pytest_cache
