"""Every test has a data folder of its own making: no test reads or writes ./var.

Django is set up here and not by an ini setting, because the settings read FORESIGHT_HOME when they load.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

HOME = Path(tempfile.mkdtemp(prefix="foresight-tests-"))
os.environ["FORESIGHT_HOME"] = str(HOME)
os.environ["FORESIGHT_TEST_DB"] = str(HOME / "foresight.sqlite3")  # the file that child processes open too
os.environ["DJANGO_SETTINGS_MODULE"] = "webapp.settings"
os.environ.pop("DATABASE_URL", None)
if "FORESIGHT_TEST_DATABASE_URL" in os.environ:  # a server that a test has started for the tests it runs
    os.environ["DATABASE_URL"] = os.environ["FORESIGHT_TEST_DATABASE_URL"]
os.environ.pop("REDIS_URL", None)

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.test import Client  # noqa: E402

settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # tests sign in often


def pytest_sessionfinish() -> None:
    shutil.rmtree(HOME, ignore_errors=True)


@pytest.fixture
def user(db: None) -> Any:
    """A person with an account; the password is `correct horse battery`."""
    from django.contrib.auth.models import User

    return User.objects.create_user("ada", password="correct horse battery")


@pytest.fixture
def other_user(db: None) -> Any:
    """Somebody else."""
    from django.contrib.auth.models import User

    return User.objects.create_user("grace", password="correct horse battery")


@pytest.fixture
def client_signed_in(user: Any) -> Client:
    """A browser in which `user` is signed in."""
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """An empty data folder for one test, in place of the session's."""
    before = settings.HOME
    settings.HOME = tmp_path
    yield tmp_path
    settings.HOME = before
