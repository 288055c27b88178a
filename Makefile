# Everything a person or CI does here. `make help` lists it.

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin
PIP := $(RUN)/python -m pip --quiet --disable-pip-version-check
PYTHON_STAMP := $(VENV)/.python
RUNTIME_STAMP := $(VENV)/.runtime
DEV_STAMP := $(VENV)/.dev
BROWSER_STAMP := $(VENV)/.browser

# What may be passed: ONCE=1 (demo), ORDERS=n (demo), LISTS=n (bench), ARGS="…" (test, serve).
ONCE ?=
ORDERS ?=
LISTS ?=
ARGS ?=

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo serve test check bench generate lock clean

help: ## list these commands
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)$$/  make \1|\2/p' $(MAKEFILE_LIST) \
		| while IFS='|' read -r name text; do printf '%-16s %s\n' "$$name" "$$text"; done

demo: $(RUNTIME_STAMP) ## clear a simulated day live, then keep serving; ONCE=1 ends by itself
	@$(RUN)/hoppo demo $(if $(ONCE),--once) $(if $(ORDERS),--orders $(ORDERS))

serve: $(RUNTIME_STAMP) ## take messages over HTTP; ARGS="--port 8080 --data DIR"
	@$(RUN)/hoppo serve $(ARGS)

test: $(DEV_STAMP) $(BROWSER_STAMP) ## run the tests; ARGS="-k words" for some of them
	@$(RUN)/pytest $(ARGS)

check: $(DEV_STAMP) $(BROWSER_STAMP) ## lint, format, types, generated docs, tests: all that CI asks
	@$(RUN)/ruff check .
	@$(RUN)/ruff format --check .
	@$(RUN)/mypy --strict
	@$(RUN)/hoppo docs --check
	@$(RUN)/pytest

bench: $(RUNTIME_STAMP) ## lists a second from HTTP to receipt, the floor, a plain peer; in short, LISTS=n
	@$(RUN)/hoppo bench --seconds 10 --warm-up 2 --fetch-seconds 3 --calm-seconds 5 \
		--single-seconds 3 --peer-seconds 3 --lists $(or $(LISTS),20000)

generate: $(RUNTIME_STAMP) ## write the generated pages of docs/ anew
	@$(RUN)/hoppo docs

# Resolved in a fresh environment, so that nothing installed by hand slips in.
lock: $(PYTHON_STAMP) ## pin the newest versions that pyproject.toml allows
	@set -eu; work=$$(mktemp -d); trap 'rm -rf "$$work"' EXIT; \
	$(RUN)/python -m venv "$$work/venv"; pip="$$work/venv/bin/python -m pip --quiet --disable-pip-version-check"; \
	freeze() { $$pip freeze --all --exclude pip --exclude hoppo | LC_ALL=C sort -f; }; \
	$$pip install --upgrade 'setuptools>=77' .; freeze > "$$work/runtime"; \
	$$pip install --constraint "$$work/runtime" '.[dev]'; freeze > "$$work/all"; \
	{ echo '# What hoppo needs to run, and setuptools to build it. Written by `make lock`.'; \
	  cat "$$work/runtime"; } > requirements.lock; \
	{ echo '# What its tests and checks need besides. Written by `make lock`.'; \
	  grep -vxFf "$$work/runtime" "$$work/all"; } > requirements-dev.lock

clean: ## remove the environment and what tools left behind
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis src/hoppo.egg-info

$(PYTHON_STAMP):
	@command -v $(PYTHON) >/dev/null || { echo "Hoppo needs Python 3.11 or newer; '$(PYTHON)' was not found. Name one: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Hoppo needs Python 3.11 or newer; this is $$($(PYTHON) --version). Name another: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv module is missing. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@if ! $(RUN)/python -m pip --version >/dev/null 2>&1; then \
		echo "making $(VENV)"; $(PYTHON) -m venv --clear $(VENV); fi
	@touch $@

$(RUNTIME_STAMP): $(PYTHON_STAMP) requirements.lock pyproject.toml
	@echo "installing what hoppo needs into $(VENV)"
	@$(PIP) install --no-deps --requirement requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

# The pages are tested in a real browser: Debian's or yours, else one that Playwright fetches.
$(BROWSER_STAMP): $(DEV_STAMP)
	@command -v chromium >/dev/null || command -v chrome >/dev/null || [ -n "$$HOPPO_CHROMIUM" ] || { \
		echo "fetching Chromium for the tests"; $(RUN)/playwright install chromium; }
	@touch $@

$(DEV_STAMP): $(RUNTIME_STAMP) requirements-dev.lock
	@echo "installing what its tests need into $(VENV)"
	@$(PIP) install --no-deps --requirement requirements-dev.lock
	@touch $@
