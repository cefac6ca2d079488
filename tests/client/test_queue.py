"""The queue by the client and by the command, against the real site."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from foresight import Client
from foresight.cli.main import main
from tests.webapp.made_run import MadeRun, make_bare_run
from webapp.jobs.models import Job
from webapp.runs.models import Run


def queued(owner: Any, name: str, minute: int = 0) -> Run:
    return make_bare_run(owner, MadeRun(name, "queued", start=timezone.now() + timedelta(minutes=minute)))


def at_work(owner: Any) -> Run:
    """At step 10 of 30, 30 s each."""
    run = make_bare_run(owner, MadeRun("mine", "running"))
    Run.objects.filter(pk=run.pk).update(stage="train", step=10, seconds_per_step=30.0)
    Job.objects.filter(pk=run.job_id).update(host="box")
    return run


def test_queue_is_shown_moved_and_cancelled(client_of_site: Client, user: Any, other_user: Any) -> None:
    at_work(user)
    queued(other_user, "theirs")
    one, two = queued(user, "one", 1), queued(user, "two", 2)
    queue = client_of_site.queue
    found = queue.show()
    assert [job.what for job in found.at_work] == ["run mine"]
    assert [job.what for job in found.waiting] == ["another person's run", "run one", "run two"]
    assert (found.waiting[0].starts_in, found.machines[0].name) == (600.0, "box")
    assert [queue.move(two.job_id, "first").changed for _ in range(2)] == [True, False]
    assert [job.id for job in queue.show().waiting if job.mine] == [two.job_id, one.job_id]
    assert queue.cancel(one.job_id).changed is True
    assert [job.id for job in queue.show().waiting if job.mine] == [two.job_id]


def test_command_prints_the_queue_and_moves_a_job(here: Path, user: Any, capsys: Any) -> None:
    assert main(["queue"]) == 0
    assert capsys.readouterr().out == "Nothing is at work, and nothing waits.\n"
    work, one, two = at_work(user), queued(user, "one"), queued(user, "two", 1)
    assert main(["queue"]) == 0
    head, first, second, third = capsys.readouterr().out.splitlines()
    assert head.split() == ["JOB", "PLACE", "WHAT", "STATE", "MACHINE", "DONE", "LEFT", "STARTS", "IN"]
    shown = f"{work.job_id} – run mine running box 10/30 steps 10 min 00 s –"
    assert first.split() == shown.split()
    assert second.split() == f"{one.job_id} 1 run one queued – – – 10 min 00 s".split()
    assert third.split()[:4] == [str(two.job_id), "2", "run", "two"]
    assert main(["queue", "--first", str(two.job_id)]) == 0
    assert capsys.readouterr().out == "The job has moved.\n"
    assert main(["queue", "--up", str(two.job_id)]) == 1
    assert capsys.readouterr().out == "The job stays: it does not wait, or stands there already.\n"
    assert main(["queue", "--cancel", str(one.job_id), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["changed"] is True
    assert main(["queue", "--down", "999999"]) == 2
    assert (
        capsys.readouterr().err
        == "error: There is no such job. It may have been removed, or it belongs to another user.\n"
    )
