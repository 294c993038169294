# The whole set-up in two commands: `make demo` and `make test`.
# Needs Python >= 3.11, make and git; everything else is made below .tools and .venv*.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo test servers check bench accuracy docs screenshots format clean

ARGS ?=
PYTHON ?= python3
export UV_CACHE_DIR ?= $(CURDIR)/.tools/uv-cache
export PIP_CACHE_DIR ?= $(CURDIR)/.tools/pip-cache
export UV_PYTHON_DOWNLOADS := never
export UV_NO_PROGRESS := 1
# Bytecode is kept, or each start of the program would compile a thousand modules.
unexport VIRTUAL_ENV PYTHONDONTWRITEBYTECODE

UV := $(shell command -v uv || echo $(CURDIR)/.tools/bin/uv)

help: ## this list
	@sed -nE 's/^([a-z]+):.*## (.*)/make \1\t\2/p' Makefile | expand -t 18

demo: .venv/installed ## simulated clouds, a month of history, everything running (ARGS="--once" to stop again)
	@.venv/bin/pumphouse demo $(ARGS)

test: $(UV) servers ## all tests, on the oldest and on the newest Python that is here
	@$(PYTHON) tests/pythons.py | while read -r version path; do \
		echo "== Python $$version"; \
		UV_PROJECT_ENVIRONMENT=.venv-$$version $(UV) sync --quiet --frozen --group test --python "$$path"; \
		.venv-$$version/bin/python -m pytest -n 3 --dist worksteal $(ARGS); \
	done

# The real servers that tests talk to: program and Debian package. Without root they are left out,
# and the tests that need them say so; on CI (CI=true) a missing one is a failure.
SERVERS := mosquitto:mosquitto influxd:influxdb victoria-metrics:victoria-metrics prometheus:prometheus chromium:chromium \
	owserver:owserver rtl_433:rtl-433

servers: ## install the servers that tests talk to (Debian, as root)
	@missing=(); for server in $(SERVERS); do \
		PATH=$$PATH:/usr/sbin command -v "$${server%%:*}" >/dev/null || missing+=("$${server##*:}"); \
	done; \
	if [ "$${#missing[@]}" -gt 0 ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "== installing $${missing[*]}"; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
			apt-get install -y -qq --no-install-recommends "$${missing[@]}" >/dev/null; \
	fi

check: .venv/developing ## style, types, layers
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports

bench: .venv/developing ## the figures behind the promises
	@for question in $(filter-out bench/efficiency_accuracy.py,$(sort $(wildcard bench/*.py))); do \
		.venv/bin/python "$$question"; echo; \
	done

accuracy: .venv/developing ## efficiency against the simulated truth, twenty winters (ARGS="--seeds 3" for a look)
	.venv/bin/python bench/efficiency_accuracy.py $(ARGS)

docs: .venv/developing ## write the generated reference pages again
	.venv/bin/python -m pumphouse.cli.reference docs/reference
	.venv/bin/python -m pumphouse.catalogue.reference
	.venv/bin/python -m pumphouse.web.api.reference docs/reference/http.md
	.venv/bin/python packaging/grafana/generate.py

screenshots: .venv/developing ## take the pictures of the documentation again
	.venv/bin/python -m tests.browser.screenshots

format: .venv/developing ## put every file in its form
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

clean: ## forget everything that was made
	rm -rf .tools .venv .venv-* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.venv/installed: pyproject.toml uv.lock | $(UV)
	@$(UV) sync --quiet --frozen --inexact --no-default-groups
	@touch $@

.venv/developing: pyproject.toml uv.lock | $(UV)
	@$(UV) sync --quiet --frozen --group dev
	@touch .venv/installed $@

$(CURDIR)/.tools/bin/uv:
	@$(PYTHON) -m venv .tools || { \
		test "$$(id -u)" = 0 || { echo "Please install the package python3-venv first." >&2; exit 1; }; \
		apt-get update -qq && apt-get install -y -qq python3-venv && $(PYTHON) -m venv .tools; }
	@.tools/bin/python -m pip install --quiet --disable-pip-version-check uv
