"""The page of the queue: who sees which names, who may move and cancel what, and what machines tell."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.webapp.made_run import MadeRun, make_bare_run
from webapp.jobs.machine import machine_name
from webapp.jobs.models import Job
from webapp.projects.models import Membership
from webapp.projects.services.create import create_project
from webapp.queue.machines import Use, machines
from webapp.queue.shown import Progress, Reader, queue_of
from webapp.runs.models import MetricPoint, Run


@pytest.fixture(autouse=True)
def _home(home: Path) -> None:
    pass


@pytest.fixture
def staff_client(other_user: Any) -> Client:
    other_user.is_staff = True
    other_user.save()
    client = Client()
    client.force_login(other_user)
    return client


def running(owner: Any, name: str, host: str = "box") -> Run:
    """At step 10 of 30, 30 s each."""
    run = make_bare_run(owner, MadeRun(name, "running"))
    lease = timezone.now() + timedelta(seconds=20)
    Job.objects.filter(pk=run.job_id).update(host=host, lease_until=lease)
    Run.objects.filter(pk=run.pk).update(stage="train", step=10, seconds_per_step=30.0)
    return run


def queued(owner: Any, name: str, minute: int = 0) -> Run:
    return make_bare_run(owner, MadeRun(name, "queued", start=timezone.now() + timedelta(minutes=minute)))


def words(client: Client) -> str:
    page = client.get(reverse("queue")).content.decode()
    return " ".join(html.unescape(re.sub(r"<(?!a )[^>]+>", " ", page)).split())


def order() -> list[str]:
    return [job.run.name for job in Job.objects.filter(state="queued").in_line()]


def test_own_jobs_are_named_and_linked_and_others_are_not(
    user: Any, other_user: Any, client_signed_in: Client
) -> None:
    mine = running(user, "my run")
    running(other_user, "secret at work")
    waits = queued(user, "my next")
    queued(other_user, "secret waiting", 1)
    said = words(client_signed_in)
    assert f'<a href="/runs/{mine.pk}/"> run my run' in said
    assert f'<a href="/runs/{waits.pk}/"> run my next' in said
    assert said.count("another person's run") == 2
    assert "secret" not in said


def test_staff_are_told_whose_a_job_is_and_not_its_name(user: Any, staff_client: Client) -> None:
    running(user, "secret")
    said = words(staff_client)
    assert "run of ada" in said
    assert "secret" not in said
    assert "You may move and cancel every job." in said


def test_members_of_a_project_see_its_jobs_by_name_and_viewers_change_none(
    user: Any, other_user: Any, client_signed_in: Client, staff_client: Client
) -> None:
    project = create_project(other_user, "scaling").project
    run = queued(project.account, "shared")
    Membership.objects.create(project=project, user=user, role="viewer")
    assert "another person's run" in words(client_signed_in)
    session = client_signed_in.session
    session["project"] = project.pk
    session.save()
    assert f'<a href="/runs/{run.pk}/"> run shared' in words(client_signed_in)
    assert "To the front" not in words(client_signed_in)
    refused = client_signed_in.post(reverse("queue-move", args=[run.job_id]), {"to": "up"})
    assert refused.status_code == 403
    assert "run of scaling" in words(staff_client)
    assert "To the front" in words(staff_client)


def test_line_tells_step_machine_and_time(user: Any) -> None:
    running(user, "at work")
    queued(user, "first")
    queued(user, "second", 1)
    found = queue_of(Reader(user, False), timezone.now())
    (work,) = found.at_work
    assert (work.progress, work.job.host) == (Progress("", 10, 30, "steps"), "box")
    assert work.seconds_left == pytest.approx(600)
    first, second = found.waiting
    assert first.place == 1
    assert first.starts_in == pytest.approx(600)
    assert second.starts_in is not None and second.starts_in > 600  # by what the first is estimated to take
    assert (second.place, found.short, found.unshown) == (2, (), 0)


def test_restart_that_pauses_starts_no_earlier_than_its_pause_ends(user: Any) -> None:
    now = timezone.now()
    run = queued(user, "again")
    Job.objects.filter(pk=run.job_id).update(not_before=now + timedelta(seconds=30))
    assert queue_of(Reader(user, False), now).waiting[0].starts_in == 30.0


def test_person_moves_their_own_job_and_nobody_elses(
    user: Any, other_user: Any, client_signed_in: Client
) -> None:
    queued(user, "mine")
    theirs = queued(other_user, "theirs", 1)
    mine_too = queued(user, "mine too", 2)
    answer = client_signed_in.post(reverse("queue-move", args=[mine_too.job_id]), {"to": "up"})
    assert answer.status_code == 302
    assert order() == ["mine too", "theirs", "mine"]
    refused = client_signed_in.post(reverse("queue-move", args=[theirs.job_id]), {"to": "first"})
    assert refused.status_code == 404
    assert order() == ["mine too", "theirs", "mine"]


def test_staff_move_anybodys_job_from_an_open_page(user: Any, staff_client: Client) -> None:
    queued(user, "one")
    two = queued(user, "two", 1)
    answer = staff_client.post(
        reverse("queue-move", args=[two.job_id]), {"to": "first"}, headers={"HX-Request": "true"}
    )
    text = answer.content.decode()
    assert (answer.status_code, order()) == (200, ["two", "one"])
    assert 'hx-swap-oob="innerHTML">The job has moved.</p><div id="queue"' in text
    assert "<html" not in text


def test_move_to_nowhere_is_refused_in_words(user: Any, client_signed_in: Client) -> None:
    run = queued(user, "one")
    page = client_signed_in.post(reverse("queue-move", args=[run.job_id]), {"to": "away"}, follow=True)
    assert "Choose first, up or down." in page.content.decode()


def test_staff_cancel_what_a_person_who_was_deactivated_has_running(user: Any, staff_client: Client) -> None:
    run = running(user, "left behind")
    user.is_active = False
    user.save()
    page = staff_client.post(reverse("queue-cancel", args=[run.job_id]), follow=True).content.decode()
    assert "The job is being cancelled." in page
    assert Job.objects.get(pk=run.job_id).desired == "cancel"


def test_person_cancels_their_own_job_and_nobody_elses(
    user: Any, other_user: Any, client_signed_in: Client
) -> None:
    mine, theirs = queued(user, "mine"), queued(other_user, "theirs")
    assert client_signed_in.post(reverse("queue-cancel", args=[mine.job_id])).status_code == 302
    assert client_signed_in.post(reverse("queue-cancel", args=[theirs.job_id])).status_code == 404
    states = {run.name: run.job.state for run in Run.objects.select_related("job")}
    assert states == {"mine": "cancelled", "theirs": "queued"}


def test_machine_tells_slots_heartbeat_and_what_its_newest_run_reported(user: Any, settings: Any) -> None:
    settings.JOB_SLOTS, settings.JOB_LEASE_SECONDS = 2, 20.0
    now = timezone.now()
    run = running(user, "here", machine_name())
    Run.objects.filter(pk=run.pk).update(last_event=now)
    for step, cpu in ((9, 0.5), (10, 0.75)):
        MetricPoint.objects.create(run=run, key="host/cpu", attempt=1, step=step, value=cpu, time=now)
    away = make_bare_run(user, MadeRun("away", "succeeded"))
    Job.objects.filter(pk=away.job_id).update(host="elsewhere", finished=now - timedelta(hours=2))
    long_ago = make_bare_run(user, MadeRun("long ago", "succeeded"))
    Job.objects.filter(pk=long_ago.job_id).update(host="gone", finished=now - timedelta(days=2))
    found = {one.name: one for one in machines(now)}
    assert set(found) == {machine_name(), "elsewhere"}
    here, other = found[machine_name()], found["elsewhere"]
    assert (here.at_work, here.slots, here.short) == (1, 2, 0)
    assert here.heartbeat is not None and abs((here.heartbeat - now).total_seconds()) < 5
    assert here.use == Use(now, cpu=0.75)
    assert (other.at_work, other.slots, other.heartbeat, other.use) == (
        0,
        None,
        now - timedelta(hours=2),
        Use(),
    )


def test_what_nobody_reported_is_said_so(user: Any, client_signed_in: Client) -> None:
    running(user, "mine")
    said = words(client_signed_in)
    assert said.count("not reported") == 5
    assert "A run reports these with each step." in said


def test_empty_queue_says_so(client_signed_in: Client) -> None:
    said = words(client_signed_in)
    assert "No job is at work." in said
    assert "No job waits: the next one starts within a few seconds." in said
    assert "No machine has done a job within the last day." in said
