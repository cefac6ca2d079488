"""Index, search and marks on PostgreSQL: the same tests as on SQLite."""

from __future__ import annotations

import os

import pytest
from django.db import connection

from tests.webapp.postgres import TEST_DATABASE, postgres, run_tests_on

FOLDER = "tests/webapp/trajectories"
FILES = ("test_index.py", "test_search.py", "test_postgres.py::test_database_is_postgresql")


@pytest.mark.skipif(TEST_DATABASE in os.environ, reason="these are the tests that it runs")
def test_rollouts_are_indexed_and_found_on_postgresql() -> None:
    with postgres() as url:
        done = run_tests_on(url, *(f"{FOLDER}/{name}" for name in FILES))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(TEST_DATABASE not in os.environ, reason="the test above runs it")
def test_database_is_postgresql(db: None) -> None:
    assert connection.vendor == "postgresql"
