"""Questions and comparisons from a program and from a terminal, against the real site and a tiny model."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from foresight import ApiError, Client
from foresight.cli.main import main
from tests.webapp.compare.test_what_if import FIRST_ONLY, RIGHT, WRONG, group, made
from tests.webapp.playground.conftest import quick  # noqa: F401 - a fixture
from tests.webapp.playground.made import make_asked_run
from webapp.jobs.models import Job
from webapp.jobs.services.launch import launch
from webapp.runs.models import Run


@pytest.fixture
def run(token: str, user: Any) -> Run:
    return make_asked_run(user)


@pytest.fixture
def worker(run: Run, quick: None) -> Iterator[None]:  # noqa: F811
    """Launches what is asked, as a worker does; what it starts finds the test's database in the test's home."""
    (settings.HOME / "foresight.sqlite3").symlink_to(os.environ["FORESIGHT_TEST_DB"])
    over = threading.Event()

    def work() -> None:
        while not over.is_set():
            for job in Job.objects.filter(kind="try", state="queued"):
                launch(job.pk, job.attempt + 1)
            time.sleep(0.1)
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    over.set()
    thread.join()


@pytest.mark.usefixtures("worker")
def test_question_is_followed_to_its_answer(client_of_site: Client, run: Run) -> None:
    tries = client_of_site.tries
    (place, *_) = tries.places(run.pk, "held_out")
    asked = tries.ask(
        f"run:{run.pk}/step:20", document=place.document, at=place.byte_start, samples=2, seed=3
    )
    assert (asked.state, asked.max_tokens, asked.temperature) == ("waiting", 24, 0.8)
    grown: dict[int, int] = {}
    for message in tries.follow(asked.id):
        for event in message.events:
            for part in event["parts"] if event["type"] == "try_tokens" else ():
                grown[part["sample"]] = part["tokens"]
    found = tries.show(asked.id)
    assert (found.state, found.right) == ("answered", 0)
    assert found.context_end.endswith(place.context[-20:])
    assert found.truth.startswith(place.truth[:4])
    assert grown == {one.sample: one.tokens for one in found.responses}
    assert all(one.miss for one in found.responses)
    assert not tries.stop(asked.id).changed
    assert [one.id for one in tries.list(f"run:{run.pk}/step:20")] == [asked.id]
    assert list(tries.list("model:tiny")) == []


@pytest.mark.usefixtures("worker")
def test_command_prints_the_thought_and_the_verdict(
    site: str, token: str, run: Run, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORESIGHT_URL", site)
    monkeypatch.setenv("FORESIGHT_TOKEN", token)
    of = f"run:{run.pk}/base"
    assert (
        main(["try", of, "--context", "The name", "--truth", " of", "--max-tokens", "6", "--seed", "1"]) == 0
    )
    out = capsys.readouterr().out
    assert "truth ' of'" in out and "#  RIGHT  PREDICTION  TOKENS  WHY NOT" in out
    assert main(["try", of, "--context", "t", "--truth", "he name", "--json"]) == 1
    refused = json.loads(capsys.readouterr().out)
    assert (refused["state"], "ends inside the token" in refused["error"]) == ("refused", True)
    assert main(["try", of]) == 2
    assert "There is no context" in capsys.readouterr().err


def test_mistakes_are_told_with_their_field(client_of_site: Client, run: Run) -> None:
    for of, given, field in (
        ("run:999/step:1", {"context": "a"}, "of"),
        (f"run:{run.pk}/step:20", {}, "context"),
        (f"run:{run.pk}/step:20", {"document": 9, "at": 3}, "document"),
        ("model:tiny", {"document": 0, "at": 3}, "document"),
        ("model:tiny", {"context": "a", "samples": 99}, "samples"),
        ("model:tiny", {"context": "a", "template": "v9"}, "template"),
    ):
        with pytest.raises(ApiError) as caught:
            client_of_site.tries.ask(of, **given)
        assert (caught.value.status, caught.value.field) == (422, field), of
    assert not Job.objects.filter(kind="try").exists()


def test_runs_are_compared_under_two_rewards(
    client_of_site: Client, site: str, token: str, user: Any, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = made(user, "one", [group(1, 0, RIGHT, WRONG)])
    other = made(user, "other", [group(1, 0, FIRST_ONLY, WRONG)])
    found = client_of_site.compare.what_if([one.pk, other.pk], "first_token", first=1, last=1)
    assert [(row.than and row.than.mean, row.rule and row.rule.mean) for row in found.rows] == [
        (0.5, 0.5),
        (0, 0.5),
    ]
    assert [(change["run"], change["before"], change["after"]) for change in found.changed] == [
        (other.pk, [0.0, 0.0], [1.0, 0.0])
    ]
    compared = client_of_site.compare.runs([one.pk, other.pk])
    assert (compared.runs, compared.settings, compared.unmeasured) == (
        (one.pk, other.pk),
        (),
        (one.pk, other.pk),
    )
    assert client_of_site.compare.contexts(one.pk, other.pk).shared == 1
    with pytest.raises(ApiError, match="There is no such run as 999"):
        client_of_site.compare.runs([999])
    monkeypatch.setenv("FORESIGHT_URL", site)
    monkeypatch.setenv("FORESIGHT_TOKEN", token)
    assert (
        main(["compare", str(one.pk), str(other.pk), "--rule", "first_token", "--first", "1", "--last", "1"])
        == 0
    )
    assert "steps 1 to 1" in capsys.readouterr().out
    assert main(["compare", str(one.pk), str(other.pk)]) == 0
