"""Names, tags, notes, stars and the archive; one verb for many runs; deletion."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from tests.webapp.made_run import MadeRun, make_bare_run, make_run
from training.contract.errors import ForesightError
from webapp.evaluations.models import Evaluation
from webapp.jobs.models import Job, JobEvent
from webapp.jobs.services.create import create_job, job_folder
from webapp.playground.models import Session
from webapp.runs.listing import Filters, listed
from webapp.runs.models import Checkpoint, MetricPoint, Rollout, Run, Tag
from webapp.runs.services.bulk import apply
from webapp.runs.services.delete import delete_run
from webapp.runs.services.edit import edit_run


@pytest.fixture(autouse=True)
def _home(home: Any) -> None:
    pass


def ended(owner: Any, name: str, state: str = "succeeded") -> Run:
    return make_bare_run(owner, MadeRun(name, state))


def tags(run: Run) -> list[str]:
    return [tag.name for tag in run.tags.all()]


def found(user: Any, **query: str) -> list[str]:
    return [run.name for run in listed(user, Filters.of({"sort": "name", **query}), None)]


def test_edit_changes_what_is_given_alone(user: Any) -> None:
    run = ended(user, "old")
    edit_run(run, name="  a   new name ", tags=["lr ", "lr", " seed  1"])
    edit_run(run, notes="line one\r\nline two\n")
    run.refresh_from_db()
    assert (run.name, tags(run), run.notes) == ("a new name", ["lr", "seed 1"], "line one\nline two")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"tags": ["x" * 41]}, "tags"),
        ({"tags": [f"tag {number}" for number in range(21)]}, "tags"),
        ({"tags": ["a,b"]}, "tags"),
        ({"notes": "x" * 10_001}, "notes"),
    ],
)
def test_edit_refuses_with_the_field(user: Any, given: dict[str, Any], field: str) -> None:
    run = ended(user, "kept")
    with pytest.raises(ForesightError) as refused:
        edit_run(run, **{"notes": "not kept", **given})
    run.refresh_from_db()
    assert (refused.value.field, run.name, run.notes) == (field, "kept", "")
    assert refused.value.remedy


def test_tag_without_runs_is_removed(user: Any) -> None:
    first, second = ended(user, "first"), ended(user, "second")
    edit_run(first, tags=["both", "one"])
    edit_run(second, tags=["both"])
    edit_run(first, tags=[])
    assert list(Tag.objects.values_list("name", flat=True)) == ["both"]


def test_active_run_is_not_archived(user: Any) -> None:
    with pytest.raises(ForesightError, match="active"):
        edit_run(make_bare_run(user), archived=True)


def test_events_that_come_meanwhile_leave_a_new_name_alone(user: Any) -> None:
    from training.contract.events import Envelope, Metrics
    from webapp.runs.projection import project

    run = make_bare_run(user, MadeRun("old"))
    edit_run(run, name="new", notes="mine")
    project(run.job, 1, [Envelope(seq=1, time=1.0, event=Metrics(step=3, values={"reward/mean": 0.5}))])
    run.refresh_from_db()
    assert (run.name, run.notes, run.step, run.last_reward) == ("new", "mine", 3, 0.5)


def test_list_filters_by_tag_method_corpus_star_and_archive(user: Any, other_user: Any) -> None:
    one, two = ended(user, "one"), ended(user, "two", "failed")
    edit_run(ended(other_user, "theirs"), tags=["lr"])
    edit_run(one, tags=["lr", "best"])
    edit_run(two, starred=True, archived=True)
    Run.objects.filter(pk=two.pk).update(method_kind="ntp")
    assert found(user) == ["one"]
    assert found(user, show="all") == ["one", "two"]
    assert found(user, show="archived") == ["two"]
    assert found(user, show="archived", method="ntp") == ["two"]
    assert found(user, tag="lr") == ["one"]
    assert found(user, tag="nothing") == []
    assert found(user, show="all", corpus=str(one.corpus_id)) == ["one", "two"]
    assert found(user, corpus="999999") == []
    edit_run(two, archived=False)
    assert found(user, show="starred") == ["two"]


def test_unknown_filters_fall_back_to_the_first_choice() -> None:
    assert Filters.of({"state": "x", "sort": "x", "method": "x", "corpus": "x", "show": "x"}) == Filters()


def test_page_of_the_list_asks_a_fixed_number_of_questions(
    client_signed_in: Client, user: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(25):
        edit_run(make_bare_run(user, MadeRun(f"run {number}", "succeeded")), tags=[f"tag {number}", "all"])
    with django_assert_max_num_queries(10):
        page = client_signed_in.get(reverse("runs")).content.decode()
    assert "run 24" in page and "tag 24" in page


@pytest.mark.parametrize(
    ("action", "given", "changed", "left"),
    [("tag", ["a", "b"], 2, 0), ("star", [], 2, 0), ("archive", [], 1, 1), ("cancel", [], 1, 1)],
)
def test_verb_is_done_where_it_can_be(
    user: Any, action: str, given: list[str], changed: int, left: int
) -> None:
    runs = [ended(user, "ended").pk, make_bare_run(user, MadeRun("active")).pk]
    done = apply(user, action, runs, given)
    assert (done.changed, done.left) == (changed, left)
    assert bool(done.why) is bool(left)


def test_verbs_leave_other_peoples_runs_alone(user: Any, other_user: Any) -> None:
    theirs = ended(other_user, "theirs")
    for action in ("tag", "star", "archive", "cancel", "delete", "untag", "unstar", "restore"):
        assert apply(user, action, [theirs.pk], ["x"]).changed == 0
    theirs.refresh_from_db()
    assert (theirs.starred, theirs.archived, tags(theirs)) == (False, False, [])


@pytest.mark.parametrize(
    ("action", "runs", "given", "field"),
    [("explode", [1], [], "action"), ("star", [], [], "runs"), ("tag", [1], [" "], "tags"),
     ("delete", list(range(201)), [], "runs")],
)  # fmt: skip
def test_verb_is_refused_with_the_field(user: Any, action: str, runs: Any, given: Any, field: str) -> None:
    with pytest.raises(ForesightError) as refused:
        apply(user, action, runs, given)
    assert refused.value.field == field


def test_deleted_run_leaves_nothing_but_its_experiment(user: Any) -> None:
    run, other = (
        make_run(user, MadeRun("goes", "succeeded", 4, 4)),
        make_run(user, MadeRun("stays", "failed", 2, 4)),
    )
    job = create_job("evaluate", user, "evaluations/{job}", [])
    Job.objects.filter(pk=job.pk).update(state="succeeded")
    Evaluation.objects.create(owner=user, run=run, job=job, model="m")
    kept = (Rollout.objects.filter(group__run=other).count(), MetricPoint.objects.filter(run=other).count())
    folder = run.folder_path
    assert folder.is_dir()
    delete_run(run)
    assert not folder.exists() and not job_folder(job).exists()
    assert other.folder_path.is_dir()
    assert list(Run.objects.values_list("name", flat=True)) == ["stays"]
    assert (Rollout.objects.count(), MetricPoint.objects.count()) == kept
    assert (
        set(JobEvent.objects.values_list("job", flat=True))
        == {other.job_id}
        == set(Job.objects.values_list("pk", flat=True))
    )
    assert run.experiment.__class__.objects.count() == 2
    assert Evaluation.objects.count() == 0


def tried(user: Any, run: Run, state: str) -> Job:
    """The job of a session that held a model of the run loaded."""
    job = create_job("try", user, "tries/{job}", [])
    Job.objects.filter(pk=job.pk).update(state=state)
    Session.objects.create(
        owner=user, run=run, job=job, subject=f"run:{run.pk}/base", label="base", config={}
    )
    (job_folder(job) / "questions").mkdir()
    return job


def test_deleted_run_takes_the_sessions_that_tried_it_with_it(user: Any) -> None:
    run, other = ended(user, "goes"), ended(user, "stays")
    gone, kept = tried(user, run, "succeeded"), tried(user, other, "succeeded")
    JobEvent.objects.create(job=gone, attempt=1, seq=1, type="log", time=run.created, payload={"type": "log"})
    delete_run(run)
    assert (job_folder(gone).exists(), job_folder(kept).is_dir()) == (False, True)
    assert list(Session.objects.values_list("job", flat=True)) == [kept.pk]
    assert set(Job.objects.values_list("pk", flat=True)) == {other.job_id, kept.pk}
    assert not JobEvent.objects.exists()


def test_model_that_is_loaded_to_be_tried_is_unloaded_before_its_run_is_deleted(user: Any) -> None:
    run = ended(user, "tried")
    job = tried(user, run, "running")
    with pytest.raises(
        ForesightError, match="A model of tried was loaded to be tried, and is being unloaded"
    ) as refused:
        delete_run(run)
    assert (refused.value.retryable, refused.value.remedy) == (True, "Delete the run again in a few seconds.")
    job.refresh_from_db()
    assert (job.desired, job_folder(job).is_dir(), Run.objects.count()) == ("cancel", True, 1)
    Job.objects.filter(pk=job.pk).update(state="cancelled")  # as its runner does
    delete_run(run)
    assert (Run.objects.count(), Job.objects.count(), job_folder(job).exists()) == (0, 0, False)


def test_session_that_waits_for_a_place_goes_at_once_with_its_run(user: Any) -> None:
    run = ended(user, "tried")
    job = tried(user, run, "queued")
    delete_run(run)
    assert (Run.objects.count(), Job.objects.count(), job_folder(job).exists()) == (0, 0, False)


def test_run_that_may_not_be_deleted_keeps_its_model_loaded(user: Any) -> None:
    run = make_bare_run(user, MadeRun("active", "running"))
    job = tried(user, run, "running")
    with pytest.raises(ForesightError, match="active is active"):
        delete_run(run)
    job.refresh_from_db()
    assert job.desired == "run"


def test_active_run_and_one_that_an_active_one_reads_stay(user: Any) -> None:
    source, reader = ended(user, "source"), make_bare_run(user, MadeRun("reader", "queued"))
    checkpoint = Checkpoint.objects.create(
        run=source, attempt=1, step=1, path="c", bytes=1, weights_sha256="x", created=source.created
    )
    Run.objects.filter(pk=reader.pk).update(start_checkpoint=checkpoint)
    for run, words in ((reader, "reader is active"), (source, "reader is active and reads source")):
        with pytest.raises(ForesightError, match=words):
            delete_run(run)
    Job.objects.filter(pk=reader.job_id).update(state="cancelled")
    delete_run(source)
    reader.refresh_from_db()
    assert reader.start_checkpoint is None


def post(client: Client, **fields: Any) -> Any:
    return client.post(reverse("runs-bulk"), {"next": "/runs/?state=failed", **fields})


def said(answer: Any) -> str:
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


def test_ticked_runs_are_tagged_and_the_address_stays(client_signed_in: Client, user: Any) -> None:
    run = ended(user, "one")
    answer = post(client_signed_in, action="tag", runs=[run.pk], tags="lr, best")
    assert (answer.status_code, answer.url) == (302, "/runs/?state=failed")
    assert (tags(run), said(answer)) == (["best", "lr"], "Add tags: 1 run changed.")


def test_everything_that_matches_is_changed(client_signed_in: Client, user: Any) -> None:
    for number in range(3):
        ended(user, f"run {number}", "failed")
    ended(user, "other")
    post(client_signed_in, action="star", everything="1", filters="q=run&state=failed&page=2")
    assert sorted(Run.objects.filter(starred=True).values_list("name", flat=True)) == [
        "run 0",
        "run 1",
        "run 2",
    ]


def test_deletion_asks_first_and_says_what_goes(client_signed_in: Client, user: Any) -> None:
    run = make_run(user, MadeRun("a run", "succeeded", 10, 10))
    page = post(client_signed_in, action="delete", runs=[run.pk]).content.decode()
    assert "Delete 1 run?" in page and "This cannot be undone." in page and "What stays" in page
    assert "a run" in page and "Delete for good" in page
    assert Run.objects.count() == 1
    answer = post(client_signed_in, action="delete", runs=str(run.pk), sure="1")
    assert (Run.objects.count(), said(answer)) == (0, "Delete: 1 run changed.")


def test_ticked_runs_are_compared(client_signed_in: Client, user: Any) -> None:
    one, two = ended(user, "one"), ended(user, "two")
    assert (
        post(client_signed_in, action="compare", runs=[one.pk, two.pk]).url
        == f"/compare/?runs={one.pk},{two.pk}"
    )


def test_next_leads_to_this_site_alone(client_signed_in: Client, user: Any) -> None:
    run = ended(user, "one")
    for evil in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        assert post(client_signed_in, action="star", runs=[run.pk], next=evil).url == "/runs/"


def test_edit_page_keeps_what_was_typed_when_it_is_refused(client_signed_in: Client, user: Any) -> None:
    run = ended(user, "one")
    answer = client_signed_in.post(
        reverse("run-edit", args=[run.pk]), {"name": "", "tags": "lr", "notes": "<b>bold</b>"}
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "A run needs a name. Give it one." in page and "&lt;b&gt;bold&lt;/b&gt;" in page


def test_edit_of_the_dialog_draws_the_page_again(client_signed_in: Client, user: Any) -> None:
    run = ended(user, "one")
    answer = client_signed_in.post(
        reverse("run-edit", args=[run.pk]),
        {"name": "two", "tags": "", "notes": "# not a title"},
        headers={"HX-Request": "true"},
    )
    assert answer.headers["HX-Refresh"] == "true"
    page = client_signed_in.get(reverse("run", args=[run.pk])).content.decode()
    assert '<div class="notes"># not a title</div>' in page and "<title>two" in page


def test_star_answers_with_the_button(client_signed_in: Client, user: Any) -> None:
    run = ended(user, "one")
    url = reverse("run-star", args=[run.pk])
    assert 'aria-pressed="true"' in client_signed_in.post(url).content.decode()
    assert 'aria-pressed="false"' in client_signed_in.post(url).content.decode()


@pytest.mark.parametrize("name", ["run-edit", "run-star", "run-archive"])
def test_other_peoples_runs_are_not_there(client_signed_in: Client, other_user: Any, name: str) -> None:
    run = ended(other_user, "theirs")
    assert client_signed_in.post(reverse(name, args=[run.pk]), {"name": "mine"}).status_code == 404
    run.refresh_from_db()
    assert (run.name, run.starred, run.archived) == ("theirs", False, False)
