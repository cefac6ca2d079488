"""Judges over the API: what they said, a sample answered blindly, how far both agree, a run judged again."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.webapp.api.conftest import Program
from tests.webapp.audits.made import finish, make_judged_run
from tests.webapp.made_run import make_bare_run
from webapp.audits.models import Audit, AuditPair, Rejudging
from webapp.audits.pool import call_counts
from webapp.runs.models import Run


@pytest.fixture
def run(program: Program, user: Any, home: Path) -> Run:
    return make_judged_run(user)


@pytest.fixture
def audit(run: Run, program: Program) -> int:
    found: int = program.post(f"/runs/{run.pk}/audits", {"size": 20}).json()["id"]
    return found


def test_judge_is_shown_with_what_it_said(program: Program, run: Run) -> None:
    found = program.get(f"/runs/{run.pk}/judge").json()
    assert (found["judge"]["kind"], found["rule"]) == ("deterministic_for_tests", "prefix")
    assert found["counts"] == call_counts(run)
    assert found["judged"] == sum(found["counts"].values())
    assert sum(one["right"] for one in found["lengths"]) == found["counts"]["right"]
    assert (found["groups"], found["of_groups"]) == (12, 12)


def test_run_that_no_judge_rewards_has_none(program: Program, user: Any) -> None:
    answer = program.get(f"/runs/{make_bare_run(user).pk}/judge")
    assert (answer.status_code, answer.json()["error"]) == (404, "No judge rewards this run.")


def test_next_pair_hides_the_verdict_until_it_is_answered(program: Program, audit: int) -> None:
    found = program.get(f"/audits/{audit}/next").json()
    first = AuditPair.objects.get(audit=audit, place=0)
    assert found["left"] == Audit.objects.get().pairs.count()
    assert (found["pair"]["place"], found["pair"]["predicted"]) == (0, first.predicted)
    assert set(found["pair"]) == {"place", "kind", "rule", "context", "following", "reference", "predicted"}
    answered = program.post(f"/audits/{audit}/answers", {"place": 0, "answer": "skipped"}).json()
    assert (answered["call"], answered["reply"], answered["answer"]) == (first.call, first.reply, "skipped")
    assert (answered["step"], answered["group"], answered["sample"]) == (
        first.step,
        first.group,
        first.sample,
    )
    assert program.get(f"/audits/{audit}/next").json()["pair"]["place"] == 1


def test_first_answer_stays_until_it_is_taken_back(program: Program, audit: int) -> None:
    path = f"/audits/{audit}/answers"
    program.post(path, {"place": 0, "answer": "right"})
    assert program.post(path, {"place": 0, "answer": "wrong"}).json()["answer"] == "right"
    assert program.post(f"/audits/{audit}/undo").json()["changed"] is True
    assert program.get(f"/audits/{audit}").json()["answered"] == 0
    assert program.post(f"/audits/{audit}/undo").json()["changed"] is False


def test_agreement_counts_the_pairs_that_both_judged(program: Program, audit: int, run: Run) -> None:
    calls = [pair.call == "right" for pair in AuditPair.objects.filter(audit=audit)]
    for place, right in enumerate(calls):
        program.post(f"/audits/{audit}/answers", {"place": place, "answer": "right" if right else "wrong"})
    found = program.get(f"/audits/{audit}").json()
    assert (found["answered"], found["skipped"], found["number"]) == (len(calls), 0, 1)
    agreed = found["with_judge"]
    assert agreed["table"] == [[sum(calls), 0], [0, len(calls) - sum(calls)]]
    assert (agreed["one"], agreed["other"], agreed["pairs"]) == ("ada", "judge", len(calls))
    assert (agreed["observed"], agreed["kappa"], agreed["high"]) == (1.0, 1.0, 1.0)
    assert program.get(f"/audits/{audit}/next").json() == {"pair": None, "left": 0}
    assert program.get(f"/runs/{run.pk}/audits").json()["items"] == [found]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"place": 0, "answer": "maybe"}, 422),
        ({"place": -1, "answer": "right"}, 422),
        ({"place": 500, "answer": "right"}, 404),
    ],
)
def test_answer_that_is_none_is_refused(
    program: Program, audit: int, body: dict[str, Any], status: int
) -> None:
    assert program.post(f"/audits/{audit}/answers", body).status_code == status
    assert program.get(f"/audits/{audit}").json()["answered"] == 0


def test_invited_person_answers_and_others_do_not(
    program: Program, other_program: Program, audit: int, other_user: Any
) -> None:
    path, body = f"/audits/{audit}/answers", {"place": 0, "answer": "right"}
    assert other_program.post(path, body).status_code == 404
    Audit.objects.get().readers.add(other_user)
    assert other_program.post(path, body).json()["answer"] == "right"
    assert program.get(f"/audits/{audit}").json()["answered"] == 0


def test_second_judge_joins_by_the_invitation_and_both_are_told_how_far_they_agree(
    program: Program, other_program: Program, audit: int
) -> None:
    made = program.post(f"/audits/{audit}/invitation").json()
    assert program.post(f"/audits/{audit}/invitation").json() == made
    assert made["audit"] == audit
    assert made["url"] == f"http://testserver/audits/join/{made['invitation']}/"
    assert other_program.get(f"/audits/{audit}").status_code == 404
    joined = other_program.post("/audits/join", {"invitation": made["invitation"]})
    assert (joined.status_code, joined.json()["id"], joined.json()["answered"]) == (200, audit, 0)
    for one in (program, other_program):
        one.post(f"/audits/{audit}/answers", {"place": 0, "answer": "right"})
    ours = program.get(f"/audits/{audit}").json()["others"]
    assert [(one["one"], one["other"], one["pairs"]) for one in ours] == [
        ("grace", "judge", 1),
        ("ada", "grace", 1),
    ]


def test_invited_person_invites_nobody(program: Program, other_program: Program, audit: int) -> None:
    secret = program.post(f"/audits/{audit}/invitation").json()["invitation"]
    other_program.post("/audits/join", {"invitation": secret})
    assert other_program.post(f"/audits/{audit}/invitation").status_code == 404


@pytest.mark.parametrize(
    ("invitation", "status"), [("x" * 43, 404), ("x" * 42, 422), ("", 422), ("x" * 42 + "\x00", 422)]
)
def test_invitation_that_opens_nothing_is_refused(
    program: Program, audit: int, invitation: str, status: int
) -> None:
    answer = program.post("/audits/join", {"invitation": invitation})
    assert (answer.status_code, answer.json()["field"]) == (status, "invitation")
    assert not Audit.objects.get().readers.exists()


def test_run_is_judged_again_under_the_other_rule(program: Program, run: Run) -> None:
    answer = program.post(f"/runs/{run.pk}/rejudgings", {"rule": "strict"})
    assert answer.status_code == 201
    made = answer.json()
    assert (made["rule"], made["judge"]["kind"]) == ("strict", "deterministic_for_tests")
    assert (made["job"]["state"], made["finished"]) == ("queued", False)
    path = f"/rejudgings/{made['id']}"
    assert program.get(f"{path}/flips").json()["total"] == 0
    finish(Rejudging.objects.get())
    found = program.get(path).json()
    assert (found["result"]["judged"], found["judges"]["pairs"]) == (37, 37)
    flips = program.get(f"{path}/flips").json()
    assert flips["total"] == 14
    flipped = Counter((one["before"], one["after"]) for one in flips["items"])
    assert flipped == {("right", "wrong"): 13, ("malformed", "right"): 1}
    assert [one["finished"] for one in program.get(f"/runs/{run.pk}/rejudgings").json()["items"]] == [True]
    assert program.post(f"{path}/cancel").json()["changed"] is False


def test_rejudging_is_cancelled(program: Program, run: Run) -> None:
    made = program.post(f"/runs/{run.pk}/rejudgings", {"rule": "strict"}).json()
    assert program.post(f"/rejudgings/{made['id']}/cancel").json()["changed"] is True
    assert program.get(f"/rejudgings/{made['id']}").json()["job"]["state"] == "cancelled"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"rule": "prefix"}, "rule"),  # what the run did itself
        ({"rule": "loose"}, "rule"),
        ({"rule": "strict", "kind": "endpoint"}, "url"),
        ({"rule": "strict", "kind": "local", "model": "nowhere"}, "model"),
        ({"rule": "strict", "kind": "local", "max_reply_tokens": 0}, "max_reply_tokens"),
    ],
)
def test_rejudging_with_a_mistake_names_its_field(
    program: Program, run: Run, body: dict[str, Any], field: str
) -> None:
    answer = program.post(f"/runs/{run.pk}/rejudgings", body)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert not Rejudging.objects.exists()
