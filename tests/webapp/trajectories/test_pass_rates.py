"""What the atlas is told of a run: its groups of a document, by step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.webapp.corpora.made_scan import made_corpus
from tests.webapp.made_run import MadeRun, make_bare_run, write_groups
from tests.webapp.trajectories.test_pages import HIT, MISS, record
from webapp.corpora.models import Corpus
from webapp.runs.models import RolloutGroup, Run

TEXT = "One é two é three"
TWO = 6  # byte at which " two" begins
THREE = len("One é two é".encode())


@pytest.fixture
def corpus(home: Path, user: Any) -> Corpus:
    return made_corpus(home, user, TEXT)


def run_on(corpus: Corpus, **made: Any) -> Run:
    run = make_bare_run(corpus.owner, MadeRun(**made))
    Run.objects.filter(pk=run.pk).update(corpus=corpus, step=9)
    run.refresh_from_db()
    return run


def add(
    run: Run, step: int, byte: int, rate: float, *, truth: str = " t", attempt: int = 1, **other: Any
) -> None:
    values = {"document": 0, "group": 0, "kind": "token"} | other
    RolloutGroup.objects.create(
        run=run, attempt=attempt, step=step, file="f", offset=0, length=1, byte_start=byte, entropy=1.0,
        context_tail="", truth=truth, mean_reward=rate, **values,
    )  # fmt: skip


def asked(client: Client, corpus: Corpus, query: str = "") -> dict[str, Any]:
    answer: dict[str, Any] = client.get(f"/runs/of-corpus/{corpus.pk}/documents/0/{query}").json()
    return answer


def test_groups_of_a_document_come_by_step_at_their_characters(
    corpus: Corpus, client_signed_in: Client
) -> None:
    run = run_on(corpus)
    add(run, 4, TWO, 0.25, group=3)
    add(run, 2, THREE, 0.5, truth=" three")
    add(run, 2, TWO, 0.0, group=1)
    add(run, 2, TWO, 1.0, group=2, document=1)
    found = asked(client_signed_in, corpus)
    assert found["run"] == run.pk
    assert [found[name] for name in ("step", "group", "rate")] == [[2, 2, 4], [0, 1, 3], [0.5, 0.0, 0.25]]
    assert found["at"] == [11, 5, 5]  # characters, not bytes
    assert found["elsewhere"] == 0


def test_groups_that_a_later_attempt_did_again_are_left_out(corpus: Corpus, client_signed_in: Client) -> None:
    run = run_on(corpus)
    for step in (1, 2, 3):
        add(run, step, TWO, 0.0)
    add(run, 2, TWO, 1.0, attempt=2)
    found = asked(client_signed_in, corpus)
    assert (found["step"], found["rate"]) == ([1, 2], [0.0, 1.0])


def test_group_whose_truth_is_not_there_is_counted_as_elsewhere(
    corpus: Corpus, client_signed_in: Client
) -> None:
    run = run_on(corpus)
    add(run, 1, TWO, 0.5, truth="\n other")
    add(run, 2, 999, 0.5)
    add(run, 3, THREE, 0.5, truth=" three\N{REPLACEMENT CHARACTER}")
    found = asked(client_signed_in, corpus)
    assert (found["step"], found["elsewhere"]) == ([3], 2)


def test_runs_offered_are_those_of_the_corpus_that_have_begun(
    corpus: Corpus, home: Path, user: Any, client_signed_in: Client
) -> None:
    mine, idle = run_on(corpus, name="mine"), run_on(corpus, name="idle")
    Run.objects.filter(pk=idle.pk).update(step=0)
    segments = run_on(corpus, name="segments")
    Run.objects.filter(pk=segments.pk).update(method_kind="rlpt")
    run_on(made_corpus(home, user, TEXT, name="another"), name="of another corpus")
    found = asked(client_signed_in, corpus)
    assert [one["name"] for one in found["runs"]] == ["mine"]
    assert found["runs"][0]["steps"] + "4/groups/3/" == reverse("run-group", args=[mine.pk, 4, 3])


def test_address_chooses_the_run_and_falls_back_to_the_newest(
    corpus: Corpus, client_signed_in: Client
) -> None:
    older, newer = run_on(corpus, name="older"), run_on(corpus, name="newer")
    add(older, 1, TWO, 0.75)
    Run.objects.filter(pk=older.pk).update(created=newer.created.replace(year=2020))
    assert asked(client_signed_in, corpus)["run"] == newer.pk
    assert asked(client_signed_in, corpus, "?run=oops")["run"] == newer.pk
    chosen = asked(client_signed_in, corpus, f"?run={older.pk}")
    assert (chosen["run"], chosen["rate"]) == (older.pk, [0.75])


def test_group_and_its_step_lead_to_the_position_in_the_text(
    corpus: Corpus, client_signed_in: Client
) -> None:
    run = run_on(corpus)
    write_groups(run, 1, [record(3, 0, [HIT, MISS])])
    row = RolloutGroup.objects.get()
    query = f"colour=pass&amp;run={run.pk}&amp;step=3&amp;byte={row.byte_start}"
    link = f'href="/corpora/{corpus.pk}/documents/{row.document}/?{query}"'
    for address in (reverse("run-step", args=[run.pk, 3]), reverse("run-group", args=[run.pk, 3, 0])):
        assert link in client_signed_in.get(address).content.decode(), address


def test_corpus_without_runs_says_so_and_others_do_not_exist(
    corpus: Corpus, home: Path, other_user: Any, client_signed_in: Client
) -> None:
    found = asked(client_signed_in, corpus)
    assert (found["runs"], found["run"], found["at"]) == ([], None, [])
    theirs = made_corpus(home, other_user, TEXT, name="theirs")
    for address in (f"/runs/of-corpus/{theirs.pk}/documents/0/", f"/runs/of-corpus/{corpus.pk}/documents/5/"):
        assert client_signed_in.get(address).status_code == 404, address
