# The workshop: `make help` lists everything. Set-up and start are in tools/, written in plain Python.
PYTHON ?= python3.11
PORT ?= 8000
WAREHOUSE ?=
WAREHOUSE_PORT ?= 15002
SAMPLE ?=
TEST_WORKERS ?= 2
ARGS ?=
BIN := .venv/bin
# Tests start some hundred processes: compiled once, each begins half a second sooner.
unexport PYTHONDONTWRITEBYTECODE
PACKAGES := classwaves_admin consent retention audit

.DEFAULT_GOAL := help
.PHONY: help python assets setup setup-tests run warehouse test verify-databricks lint lint-code lint-types lint-floors lint-templates lint-settings \
	format lock clean reset-data screenshots bench-warehouse bench-consent bench-roster bench-proof bench-reports bench-audit-export bench-audit bench-retention bench-pages

help: ## List all targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

python:
	@command -v $(PYTHON) >/dev/null || { \
		echo "Python 3.11 is missing: install it (Debian 12: apt-get install python3.11 python3.11-venv)," \
			"or name it with make PYTHON=/path/to/python3.11." >&2; exit 1; }

setup: python ## Set this machine up: packages, browser assets, libraries, .env
	@$(PYTHON) -m tools.setup

setup-tests: python
	@$(PYTHON) -m tools.setup --tests

assets: python ## Make what browsers load, without the rest of the set-up
	@$(PYTHON) -m tools.browser_assets

run: python ## Run the portal: make run [PORT=8000] [WAREHOUSE=spark] [SAMPLE=no]
	@exec $(PYTHON) -m tools.serve --port '$(PORT)' --warehouse '$(WAREHOUSE)' --warehouse-port '$(WAREHOUSE_PORT)' --sample '$(SAMPLE)'

warehouse: python ## Run the local SQL warehouse alone: make warehouse [WAREHOUSE_PORT=15002]
	@exec $(PYTHON) -m tools.warehouse --port '$(WAREHOUSE_PORT)'

test: setup-tests ## Run all tests, or some: make test [ARGS="tests/unit -k consent"]
	@exec $(BIN)/pytest -n $(TEST_WORKERS) --dist worksteal $(ARGS)

verify-databricks: setup ## Run the checklist on a real workspace: WAREHOUSE_URL=... make verify-databricks [ARGS=--yes]
	@$(BIN)/python -m tools.verify $(ARGS)

lint: setup lint-code lint-types lint-floors lint-templates lint-settings ## Check code, types, floors, templates, settings
	@echo "Lint found nothing."

lint-code: ## Check style and likely bugs (ruff)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

lint-types: ## Check types (mypy, strict)
	$(BIN)/mypy

lint-floors: ## Check that imports go downward only (import-linter)
	$(BIN)/lint-imports --no-logo

lint-templates: ## Check templates (djlint)
	$(BIN)/djlint --lint --allow-empty-input --quiet templates

lint-settings: export ENV_FILE := tools/production-check.env
lint-settings: ## Check the settings of production, and that no migration is missing
	$(BIN)/python manage.py check --deploy --fail-level WARNING
	$(BIN)/python manage.py makemigrations --check --dry-run

format: setup ## Mend style where a program can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

screenshots: setup ## Take pictures of the main pages into var/screenshots/, two of them into docs/images/
	@$(BIN)/python -m tools.screenshots

bench-warehouse: setup-tests ## Measure delivery, export and pages on the local SQL warehouse (some minutes)
	@$(BIN)/python -m tools.bench.warehouse

bench-consent: setup-tests ## Measure asking 5,000 guardians against a bare loop of smtplib, and bench-roster (some minutes)
	@$(BIN)/python -m tools.bench.consent

bench-audit-export: setup-tests ## Measure exports of a million audit rows next to sqlite3 -csv and psql \copy (some minutes)
	@$(BIN)/python -m tools.bench.audit_export

bench-roster: setup ## Measure a roster's import next to csv.reader and executemany into the same tables (some minutes)
	@$(BIN)/python -m tools.bench.roster

bench-proof: setup ## Measure sealing and verifying the audit log next to one hash a row (some minutes)
	@$(BIN)/python -m tools.bench.proof

bench-reports: setup ## Measure printed reports of up to 20,000 rows next to ReportLab's LongTable (some minutes)
	@$(BIN)/python -m tools.bench.reports

bench-pages: setup-tests ## Measure the pages of a district's office at the sample and at 100 times as many rows (some minutes)
	@$(BIN)/python -m tools.bench.growth

bench-retention: setup ## Measure a run that destroys 1,000,000 of 5,000,000 transcripts next to one DELETE (many minutes)
	@$(BIN)/python -m tools.bench.retention

bench-audit: setup-tests ## Measure search beside Django's admin, exports and reports, on 5,000,000 rows, kept for later runs (an hour)
	@$(BIN)/python -m tools.bench.audit
	@$(BIN)/python -m tools.bench.audit --postgresql
	@$(BIN)/python -m tools.bench.audit_export
	@$(BIN)/python -m tools.bench.reports

lock: setup ## Lock Python and browser packages anew after a change of pyproject.toml or package.json
	$(BIN)/uv pip compile pyproject.toml --generate-hashes --no-header -q -p 3.11 -o requirements/runtime.txt
	$(BIN)/uv pip compile pyproject.toml --group dev --generate-hashes --no-header -q -p 3.11 -o requirements/dev.txt
	$(BIN)/uv pip compile --group spark --generate-hashes --no-header -q -p 3.11 -o requirements/spark.txt
	$(BIN)/uv pip compile --group java --generate-hashes --no-header -q -p 3.11 -o requirements/java.txt
	npm install --package-lock-only --omit-lockfile-registry-resolved --no-audit --no-fund

clean: ## Remove environment, packages and caches; data in var/ stays
	rm -rf .venv .venv-spark node_modules var/assets var/lint var/types .mypy_cache .ruff_cache .pytest_cache .hypothesis
	rm -rf .import_linter_cache
	find $(PACKAGES) tests tools -name __pycache__ -type d -prune -exec rm -rf {} +

reset-data: python ## Remove the local databases, files and mails, after a typed word
	@$(PYTHON) -m tools.reset_data
