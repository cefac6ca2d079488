"""The page of all rollouts of a run: list, excerpts, stars and notes, export."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.webapp.made_run import make_bare_run, write_groups
from tests.webapp.trajectories.made_search import HIT as RIGHT
from tests.webapp.trajectories.made_search import group, make_searched_run
from training.contract.rollout_file import rollout_file
from webapp.runs.models import Rollout, RolloutGroup, Run
from webapp.trajectories.models import IndexedRollout, Mark


@pytest.fixture
def run(user: Any, home: Path) -> Run:
    return make_searched_run(user)


def page_of(client: Client, run: Run, **query: str) -> str:
    answer = client.get(reverse("run-rollouts", args=[run.pk]), query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def places(page: str) -> list[str]:
    """The rollouts of a page's rows: `1/0/1` is sample 1 of group 0 at step 1."""
    rows = re.findall(r"steps/(\d+)/groups/(\d+)/\?rollout=(\d+)", page)
    return ["/".join(row) for row in rows]


def test_list_leads_to_each_rollout_in_its_group(client_signed_in: Client, run: Run) -> None:
    page = page_of(client_signed_in, run)
    assert places(page) == ["4/0/0", "2/0/0", "2/0/1", "1/0/0", "1/0/1"]
    assert "<b>5</b> rollouts" in page
    assert "Whitespace only" in page
    assert "reflection" in page
    assert "<img src=x" not in page


def test_address_holds_filters_and_the_form_shows_them(client_signed_in: Client, run: Run) -> None:
    page = page_of(client_signed_in, run, q="size", where="truth", last="1", miss="hit", sort="oldest")
    assert places(page) == ["1/0/0"]
    assert 'value="size"' in page
    assert '<option value="truth" selected>' in page
    assert '<option value="hit" selected>' in page
    assert re.search(r'name="last" value="1"', page)


def test_what_cannot_be_read_is_said_beside_the_field(client_signed_in: Client, run: Run) -> None:
    page = page_of(client_signed_in, run, first="x<b>")
    assert "First step: “x&lt;b&gt;” is no number." in page
    assert len(places(page)) == 5


@pytest.mark.parametrize("page", ["0", "-1", "x", "999999999999", "7"])
def test_page_that_is_not_there_is_a_page_that_is(client_signed_in: Client, run: Run, page: str) -> None:
    assert len(places(page_of(client_signed_in, run, page=page))) == 5


def test_nothing_found_and_nothing_there_are_two_messages(
    client_signed_in: Client, run: Run, user: Any
) -> None:
    assert "No rollout matches" in page_of(client_signed_in, run, q="nowhere")
    assert "No rollouts yet" in page_of(client_signed_in, make_bare_run(user))


def test_rollouts_that_are_not_indexed_yet_are_told_of(client_signed_in: Client, run: Run) -> None:
    write_groups(run, 1, [group(9, 0, [RIGHT], "new", " size and")])
    assert "Rollouts up to step 4 can be found." in page_of(client_signed_in, run)


def test_other_peoples_runs_are_404(run: Run, other_user: Any) -> None:
    client = Client()
    client.force_login(other_user)
    for name in ("run-rollouts", "run-rollout-excerpts", "run-rollout-export"):
        assert client.get(reverse(name, args=[run.pk])).status_code == 404
    for name in ("rollout-star", "rollout-note"):
        assert client.post(reverse(name, args=[run.pk, 1, 0]), {"starred": "1"}).status_code == 404
    assert Mark.objects.count() == 0


def excerpts(client: Client, run: Run, q: str, where: str = "") -> dict[str, dict[str, str]]:
    """By the rollout's reason: each is the only one in the made run, but `mismatch`."""
    keys = dict(IndexedRollout.objects.of_run(run).values_list("pk", "step"))
    answer = client.get(
        reverse("run-rollout-excerpts", args=[run.pk]), {"q": q, "where": where, "key": list(keys)}
    )
    found: dict[str, dict[str, str]] = answer.json()
    return found


def test_excerpt_shows_where_the_words_stand(client_signed_in: Client, run: Run) -> None:
    hit = str(Rollout.objects.get(group__run=run, reason="match").pk)
    found = excerpts(client_signed_in, run, "proton")
    assert found[hit] == {
        "part": "response",
        "before": "Wait, the ",
        "found": "proton",
        "after": ". So: size.",
    }
    assert {cut["part"] for key, cut in found.items() if key != hit} == {"context"}
    assert excerpts(client_signed_in, run, "pro*")[hit]["found"] == "pro"
    assert excerpts(client_signed_in, run, "质子", "context")[_first_of(run, 2)]["found"] == "质子"
    assert excerpts(client_signed_in, run, '"src x"')[_first_of(run, 4)]["found"] == "src=x"


def _first_of(run: Run, step: int) -> str:
    return str(IndexedRollout.objects.of_run(run).filter(step=step).order_by("pk")[0].pk)


def test_excerpts_of_a_lost_file_are_left_out(client_signed_in: Client, run: Run) -> None:
    (run.folder_path / rollout_file(1)).unlink()
    assert excerpts(client_signed_in, run, "proton") == {}


def mark(client: Client, run: Run, what: str, **data: str) -> Any:
    return client.post(reverse(f"rollout-{what}", args=[run.pk, 1, 0]), data, headers={"HX-Request": "true"})


def test_star_is_set_and_taken_away(client_signed_in: Client, run: Run) -> None:
    assert (
        'aria-pressed="true"' in mark(client_signed_in, run, "star", sample="1", starred="1").content.decode()
    )
    assert mark(client_signed_in, run, "star", sample="1", starred="1").status_code == 200
    assert [(one.rollout and one.rollout.sample, one.starred) for one in Mark.objects.all()] == [(1, True)]
    assert 'aria-pressed="true"' in page_of(client_signed_in, run)
    assert (
        'aria-pressed="false"'
        in mark(client_signed_in, run, "star", sample="1", starred="0").content.decode()
    )
    assert Mark.objects.count() == 0


def test_note_on_a_group_stays_text(client_signed_in: Client, run: Run) -> None:
    answer = mark(client_signed_in, run, "note", note=" <b>odd</b>\r\nsecond line ")
    assert "&lt;b&gt;odd&lt;/b&gt;" in answer.content.decode()
    stored = Mark.objects.get()
    assert (stored.rollout, stored.note) == (None, "<b>odd</b>\nsecond line")
    mark(client_signed_in, run, "note", note="  ")
    assert Mark.objects.count() == 0


def test_note_that_is_too_long_is_refused_and_kept_in_its_field(client_signed_in: Client, run: Run) -> None:
    answer = mark(client_signed_in, run, "note", note="x" * 4001)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "A note may have 4000 characters; this one has 4001." in page
    assert "x" * 4001 in page
    assert Mark.objects.count() == 0


def test_mark_without_scripts_leads_back_to_the_rollout(client_signed_in: Client, run: Run) -> None:
    answer = client_signed_in.post(
        reverse("rollout-star", args=[run.pk, 1, 0]), {"sample": "1", "starred": "1"}
    )
    assert answer.url == reverse("run-group", args=[run.pk, 1, 0]) + "?rollout=1"


@pytest.mark.parametrize("sample", ["7", "x", "-1"])
def test_mark_on_a_rollout_that_is_not_there_is_404(client_signed_in: Client, run: Run, sample: str) -> None:
    assert mark(client_signed_in, run, "star", sample=sample, starred="1").status_code == 404


async def lines_of(answer: Any) -> list[dict[str, Any]]:
    text = "".join([part.decode() async for part in answer])
    return [json.loads(line) for line in text.splitlines()]


def exported(client: Client, run: Run, query: dict[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    from asgiref.sync import async_to_sync

    answer = client.get(reverse("run-rollout-export", args=[run.pk]), query)
    return answer["Content-Disposition"], async_to_sync(lines_of)(answer)


def test_export_holds_what_the_filters_find_in_their_order(client_signed_in: Client, run: Run) -> None:
    name, lines = exported(client_signed_in, run, {"reason": "mismatch", "sort": "oldest"})
    assert "searched-3-rollouts.jsonl" in name
    assert [(line["step"], line["sample"], line["class"]) for line in lines] == [
        (1, 1, "shared"),
        (2, 1, "form"),
        (4, 0, "whitespace"),
    ]
    last = lines[-1]
    assert last["response"] == "The answer is <img src=x onerror=alert(1)>"
    assert (last["reward"], last["advantage"], last["logprobs"], last["token_ids"]) == (
        0.0,
        -0.5,
        [-0.5] * 4,
        [0, 1, 2, 3],
    )
    assert (last["context"], last["continuation"], last["prediction"]) == (
        "Something else",
        " mass now",
        "mass",
    )


def test_export_of_ticked_rollouts_brings_marks(client_signed_in: Client, run: Run) -> None:
    mark(client_signed_in, run, "note", sample="1", note="look")
    rows = Rollout.objects.filter(group__run=run, group__step=1).order_by("-sample")
    name, lines = exported(client_signed_in, run, {"key": [str(row.pk) for row in rows]})
    assert "-2-rollouts" in name
    assert [(line["sample"], line["note"], line["starred"]) for line in lines] == [
        (1, "look", False),
        (0, "", False),
    ]


def test_export_is_bounded_and_says_so(
    client_signed_in: Client, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.trajectories.rollout_views.MOST_EXPORTED", 2)
    assert "Export the first 2" in page_of(client_signed_in, run)
    assert len(exported(client_signed_in, run, {})[1]) == 2


def test_rollout_of_a_lost_file_is_an_error_line(client_signed_in: Client, run: Run) -> None:
    (run.folder_path / rollout_file(4)).unlink()
    _, lines = exported(client_signed_in, run, {"first": "4"})
    assert [(line["step"], line["sample"], "not on this machine" in line["error"]) for line in lines] == [
        (4, 0, True)
    ]


def test_export_of_nothing_is_404(client_signed_in: Client, run: Run, user: Any) -> None:
    address = reverse("run-rollout-export", args=[run.pk])
    assert client_signed_in.get(address, {"q": "nowhere"}).status_code == 404
    assert client_signed_in.get(address, {"key": "x"}).status_code == 404
    other = make_searched_run(user)
    key = RolloutGroup.objects.of_run(other)[0].rollouts.all()[0].pk
    assert exported(client_signed_in, run, {"key": str(key)})[1] == []
