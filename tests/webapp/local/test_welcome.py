"""What a first start makes, and what a later one finds."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User

from webapp.corpora.models import Corpus
from webapp.local import welcome
from webapp.runs.models import Run


def test_first_start_makes_admin_with_the_password_it_returns(db: None) -> None:
    made = welcome.ensure_first_user()
    assert made is not None and made.name == "admin" and len(made.password) == 16
    assert authenticate(username="admin", password=made.password) == User.objects.get()


def test_later_start_makes_nobody(user: Any) -> None:
    assert welcome.ensure_first_user() is None
    assert list(User.objects.all()) == [user]


def test_demo_is_launched_once(user: Any, home: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    sample = Corpus.objects.create(owner=user, name="sample", state="ready")
    monkeypatch.setattr("webapp.runs.services.demo.ensure_sample", lambda owner: sample)
    run, launched = welcome.ensure_demo()
    assert (launched, run.owner, run.experiment.preset, run.steps_asked) == (True, user, "demo-cpu", 60)
    assert welcome.ensure_demo() == (run, False)
    assert Run.objects.count() == 1


def test_box_frames_its_lines() -> None:
    assert welcome.box(["a", "long"]) == "+--------+\n|  a     |\n|  long  |\n+--------+"
