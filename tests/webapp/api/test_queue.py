"""The queue over the API."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from tests.webapp.api.conftest import Program
from tests.webapp.made_run import MadeRun, make_bare_run
from webapp.jobs.models import Job
from webapp.runs.models import Run


def queued(owner: Any, name: str, minute: int = 0) -> Run:
    return make_bare_run(owner, MadeRun(name, "queued", start=timezone.now() + timedelta(minutes=minute)))


def test_queue_tells_what_works_and_what_waits(
    program: Program, user: Any, other_user: Any, home: Path
) -> None:
    work = make_bare_run(user, MadeRun("mine", "running"))
    Run.objects.filter(pk=work.pk).update(stage="train", step=10, seconds_per_step=30.0)
    Job.objects.filter(pk=work.job_id).update(host="box")
    queued(other_user, "theirs")
    found = program.get("/queue").json()
    (one,), (other,), (machine,) = found["at_work"], found["waiting"], found["machines"]
    assert (one["what"], one["machine"], one["mine"], one["may_change"]) == ("run mine", "box", True, True)
    assert (one["progress"], one["seconds_left"]) == ({"done": 10, "total": 30, "unit": "steps"}, 600.0)
    assert (other["what"], other["place"], other["starts_in"]) == ("another person's run", 1, 600.0)
    assert (other["mine"], other["may_change"]) == (False, False)
    assert (machine["name"], machine["at_work"], machine["cpu"], machine["slots"]) == ("box", 1, None, None)
    assert (found["waiting_short"], found["unshown"]) == ([], 0)


def test_job_is_moved_once_and_then_stays(program: Program, user: Any) -> None:
    queued(user, "one")
    two = queued(user, "two", 1)
    answers = [program.post(f"/queue/{two.job_id}/move", {"to": "first"}).json() for _ in range(2)]
    assert [answer["changed"] for answer in answers] == [True, False]
    assert [job["what"] for job in program.get("/queue").json()["waiting"]] == ["run two", "run one"]


def test_unknown_way_is_422_and_names_the_field(program: Program, user: Any) -> None:
    refused = program.post(f"/queue/{queued(user, 'one').job_id}/move", {"to": "away"})
    assert (refused.status_code, refused.json()["field"]) == (422, "to")


def test_staff_move_and_cancel_another_persons_job(program: Program, user: Any, other_user: Any) -> None:
    user.is_staff = True
    user.save()
    queued(other_user, "one")
    two = queued(other_user, "two", 1)
    assert program.post(f"/queue/{two.job_id}/move", {"to": "up"}).json()["changed"] is True
    assert program.get("/queue").json()["waiting"][0]["id"] == two.job_id
    assert program.get("/queue").json()["waiting"][0]["what"] == "run of grace"
    assert program.post(f"/queue/{two.job_id}/cancel").json()["changed"] is True
    assert Job.objects.get(pk=two.job_id).state == "cancelled"
