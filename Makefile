# Python 3.11 and make are all it takes; `make` alone lists the targets.

PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3)
POSTGRES_URL ?= postgres://postgres@127.0.0.1:5432/postgres
ARGS ?=

# Slow tests wait more than they compute.
SLOW_WORKERS ?= 4
# Demo and embedded SCX have databases of their own; contract and pages are the same on every database.
WITHOUT_DATABASE := tests/runtime/test_demo.py tests/contract tests/browser tests/sandbox

VENV := .venv
BIN := $(VENV)/bin
PACKAGES := config platforms sellers listings stock
PIP_INSTALL := $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --require-hashes --only-binary :all:
LOCK := ../$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --strip-extras --no-header

# Another lock file is another stamp, so that requirements are installed again whenever they change.
stamp = $(VENV)/.$(1)-$(shell cksum < requirements/$(1).txt | cut -d' ' -f1)
PROD := $(call stamp,prod)
DEV := $(call stamp,dev)

.DEFAULT_GOAL := help
.PHONY: help install demo test contract test-all test-slow test-postgres test-postgres-slow lint messages lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(PROD) ## Make .venv with the production requirements

demo: $(PROD) ## Run everything here and walk one seller through it (ARGS=--exit: stop after the walk)
	@$(BIN)/python manage.py demo $(ARGS)

test: $(DEV) ## Run the tests on SQLite, or on the database that TEST_DATABASE_URL names
	$(BIN)/pytest -n auto $(ARGS)

test-slow: $(DEV) ## Run the slow tests: real processes, a real browser, the whole contract, the embedded SCX
	$(BIN)/pytest -m slow -n $(SLOW_WORKERS) --dist worksteal $(ARGS)

contract: $(DEV) ## Run the contract suite against any SCX (SCX_CONTRACT_URL; tests/contract/DIFFERENCES.md)
	$(BIN)/pytest tests/contract $(ARGS)

test-postgres: $(DEV) ## Run the tests on PostgreSQL (POSTGRES_URL)
	TEST_DATABASE_URL=$(POSTGRES_URL) $(BIN)/pytest -n auto $(ARGS)

test-postgres-slow: $(DEV) ## Run the slow tests on PostgreSQL (POSTGRES_URL)
	TEST_DATABASE_URL=$(POSTGRES_URL) $(BIN)/pytest -m "slow and not lenient" -n $(SLOW_WORKERS) --dist worksteal $(addprefix --ignore ,$(WITHOUT_DATABASE)) $(ARGS)

lint: $(DEV) ## Check style, types, migrations and the deployment settings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy manage.py $(PACKAGES)
	$(BIN)/mypy --config-file platforms/sandbox/mypy.ini platforms/sandbox
	DJANGO_SETTINGS_MODULE=config.test_settings $(BIN)/python manage.py makemigrations --check --dry-run
	DJANGO_SETTINGS_MODULE=platforms.sandbox.settings $(BIN)/python manage.py makemigrations --check --dry-run
	SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(60))') \
	ENCRYPTION_KEYS=$$($(BIN)/python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())') \
	SCX_BASE_URL=https://scx.example PORTAL_URL=https://portal.example DATABASE_URL=sqlite:///:memory: \
	$(BIN)/python manage.py check --deploy --fail-level WARNING

test-all: lint test test-postgres test-slow test-postgres-slow ## Everything CI runs: all tests on SQLite and PostgreSQL, and lint

messages: $(DEV) ## Bring the message files up to date with the sources and compile them
	$(BIN)/python -m tests.messages

lock: $(DEV) ## Compile requirements/*.in into the locks (ARGS=--upgrade: to the newest versions)
	cd requirements && $(LOCK) $(ARGS) prod.in -o prod.txt && $(LOCK) $(ARGS) dev.in -o dev.txt

clean: ## Remove the demo's data, its logs and all caches
	rm -rf var/demo* var/sandbox.sqlite3* var/static var/log .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find $(PACKAGES) tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(PROD): | $(BIN)/pip
	@echo "Installing the production requirements into $(VENV)"
	@$(PIP_INSTALL) -r requirements/prod.txt
	@rm -f $(VENV)/.prod-* && touch $@

$(DEV): | $(BIN)/pip
	@echo "Installing the development requirements into $(VENV)"
	@$(PIP_INSTALL) -r requirements/dev.txt
	@rm -f $(VENV)/.dev-* $(VENV)/.prod-* && touch $@ $(PROD)

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { \
	  echo "The portal needs Python 3.11; $(PYTHON) is another. Name one: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) cannot make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
