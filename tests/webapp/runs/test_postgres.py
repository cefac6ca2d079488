"""The list of runs, what people say of them, curves, roll-ups and notifications on PostgreSQL, as on SQLite."""

from __future__ import annotations

import os

import pytest

from tests.webapp.postgres import TEST_DATABASE, postgres, run_tests_on

FILES = (
    "tests/webapp/runs/test_home.py",
    "tests/webapp/runs/test_edits.py",
    "tests/webapp/runs/test_watch.py",
    "tests/webapp/runs/test_rollups.py",
    "tests/webapp/runs/test_strip.py",
    "tests/webapp/runs/test_thinned.py",
    "tests/webapp/compare/test_numbers.py",
    "tests/webapp/notifications",
)


@pytest.mark.slow
@pytest.mark.skipif(TEST_DATABASE in os.environ, reason="these are the tests that it runs")
def test_list_edits_curves_and_notifications_work_on_postgresql() -> None:
    with postgres() as url:
        done = run_tests_on(url, *FILES)
    assert done.returncode == 0, done.stdout + done.stderr
