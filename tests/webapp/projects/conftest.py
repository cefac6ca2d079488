"""A project of two people: `user` owns it, `other_user` is what the test makes them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from webapp.projects.models import Project
from webapp.projects.services.create import create_project


@pytest.fixture
def project(user: Any) -> Project:
    return create_project(user, "Proofs").project


@pytest.fixture
def other_client(other_user: Any) -> Client:
    """A browser in which `other_user` is signed in."""
    client = Client()
    client.force_login(other_user)
    return client
