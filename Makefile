# Foresight: `make demo` to see it, `make test` to check it.
PYTHON := .venv/bin/python
PORT ?= 8000

.PHONY: help setup demo run test test-all bench words lint clean

help:
	@echo "make demo      set up, start the site, launch a real run; prints the address and a password"
	@echo "make run       set up, start the site (PORT=8000)"
	@echo "make test      set up, run the tests; make test-all runs the slow ones too"
	@echo "make bench     time one GRPO step, and the search for near-duplicates"
	@echo "make words     collect the texts of the site, compile their translations"
	@echo "make lint      ruff and mypy"
	@echo "make clean     remove caches; .venv and your data (var) stay"

setup:
	@sh scripts/setup.sh

demo: setup
	@$(PYTHON) manage.py up --demo --port $(PORT)

run: setup
	@$(PYTHON) manage.py up --port $(PORT)

test: setup
	@$(PYTHON) -m tests.e2e.browser
	@$(PYTHON) -m pytest -m "not slow"

test-all: setup
	@$(PYTHON) -m tests.e2e.browser
	@$(PYTHON) -m pytest

bench: setup
	@$(PYTHON) -m pip install --quiet -r tests/bench/requirements.txt
	@$(PYTHON) -m tests.bench.near_duplicates
	@$(PYTHON) -m tests.bench.grpo_step

words: setup
	@$(PYTHON) -m scripts.words

lint: setup
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m mypy training webapp foresight scripts tests

clean:
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis
