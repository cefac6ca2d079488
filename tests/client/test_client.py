"""Every method of the client against the real site, and that none of the API's operations is left out."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from pydantic import BaseModel

from foresight import ApiError, Client, models
from foresight.errors import ForesightClientError
from foresight.models import RunOut
from tests.client.fault_proxy import Faults
from tests.webapp.api.test_experiments import settings as demo_settings
from tests.webapp.api.test_runs import write_compute
from tests.webapp.audits.made import finish, make_judged_run
from tests.webapp.corpora.made_scan import made_corpus, made_scan
from tests.webapp.evaluations.made import made_event, made_result
from tests.webapp.made_run import MadeRun, make_bare_run, make_checkpoint, make_run
from tests.webapp.preparations.made import prepared, uploaded
from tests.webapp.probes.made_probe import made_probe
from tests.webapp.probes.made_probe import made_result as made_probe_result
from tests.webapp.segments.made import SEGMENTS, cut_corpus
from training.contract.presets import PRESETS, preset
from webapp.api.api import api
from webapp.audits.models import Rejudging
from webapp.corpora.models import Corpus
from webapp.evaluations.projection import project_run
from webapp.jobs.models import Job, JobEvent, State
from webapp.notifications.services.notice import notice
from webapp.runs.models import Run

METHODS = {
    "show_me": "me",
    "list_corpora": "corpora.list",
    "upload_corpus": "corpora.upload",
    "add_hub_dataset": "corpora.dataset",
    "add_sample": "corpora.sample",
    "show_corpus": "corpora.show",
    "remove_corpus": "corpora.delete",
    "check_corpus": "corpora.check",
    "list_corpus_documents": "corpora.documents",
    "show_document": "corpora.document",
    "list_models": "experiments.models",
    "list_preparations": "preparations.list",
    "preparation_settings": "preparations.settings",
    "prepare_corpus": "preparations.start",
    "show_preparation": "preparations.show",
    "cancel_preparation": "preparations.cancel",
    "download_preparation_file": "preparations.download",
    "list_scans": "scans.list",
    "scan_corpus": "scans.start",
    "show_scan": "scans.show",
    "cancel_scan": "scans.cancel",
    "scan_entropies": "scans.entropies",
    "scan_tokens": "scans.tokens",
    "show_segments": "segments.show",
    "cut_corpus": "segments.start",
    "cancel_cut": "segments.cancel",
    "list_cut_documents": "segments.documents",
    "show_document_segments": "segments.document",
    "join_segments": "segments.join",
    "split_segment": "segments.split",
    "undo_boundaries": "segments.undo",
    "reset_boundaries": "segments.reset",
    "list_presets": "experiments.presets",
    "show_preset": "experiments.preset",
    "save_preset": "experiments.save_preset",
    "remove_preset": "experiments.remove_preset",
    "estimate_experiment": "experiments.estimate",
    "show_verl_config": "experiments.verl_config",
    "validate_experiment": "experiments.validate",
    "list_experiments": "experiments.list",
    "create_experiment": "experiments.create",
    "show_experiment": "experiments.show",
    "export_experiment": "experiments.yaml",
    "list_probes": "probes.list",
    "probe_experiment": "probes.start",
    "preview_prompt": "probes.prompt",
    "show_probe": "probes.show",
    "cancel_probe": "probes.cancel",
    "list_runs": "runs.list",
    "launch_run": "runs.launch",
    "launch_demo": "runs.demo",
    "launch_control": "runs.control",
    "show_run": "runs.show",
    "change_run": "runs.change",
    "change_runs": "runs.bulk",
    "remove_run": "runs.delete",
    "cancel_run": "runs.cancel",
    "resume_run": "runs.resume",
    "run_events": "runs.events",
    "run_log": "runs.log",
    "list_metrics": "runs.metrics",
    "run_series": "runs.series",
    "run_csv": "runs.csv",
    "list_steps": "rollouts.steps",
    "list_groups": "rollouts.groups",
    "show_group": "rollouts.group",
    "same_context_elsewhere": "rollouts.elsewhere",
    "step_under_another_reward": "rollouts.what_if",
    "export_rollouts": "rollouts.export",
    "find_rollouts": "rollouts.search",
    "export_selection": "rollouts.export_selection",
    "list_marks": "rollouts.marks",
    "mark_rollout": "rollouts.mark",
    "show_judge": "audits.judge",
    "list_audits": "audits.list",
    "draw_sample": "audits.draw",
    "show_audit": "audits.show",
    "show_next_pair": "audits.next",
    "answer_sample": "audits.answer",
    "undo_sample_answer": "audits.undo",
    "invite_judge": "audits.invite",
    "join_sample": "audits.join",
    "list_rejudgings": "rejudgings.list",
    "rejudge_run": "rejudgings.start",
    "show_rejudging": "rejudgings.show",
    "list_flips": "rejudgings.flips",
    "cancel_rejudging": "rejudgings.cancel",
    "list_checkpoints": "checkpoints.list",
    "download_archive": "checkpoints.download",  # file by file, so that each one is checked
    "download_file": "checkpoints.download",
    "list_tries": "tries.list",
    "ask_model": "tries.ask",
    "show_try": "tries.show",
    "try_events": "tries.events",
    "stop_try": "tries.stop",
    "list_positions": "tries.places",
    "compare_runs": "compare.runs",
    "runs_under_another_reward": "compare.what_if",
    "shared_by_two_runs": "compare.contexts",
    "groups_of_runs": "compare.groups",
    "after_rlvr": "papers.after_rlvr",
    "three_panels": "papers.panels",
    "list_thresholds": "thresholds.list",
    "change_thresholds": "thresholds.change",
    "reset_thresholds": "thresholds.reset",
    "list_evaluations": "evaluations.list",
    "start_evaluation": "evaluations.start",
    "show_evaluation": "evaluations.show",
    "cancel_evaluation": "evaluations.cancel",
    "run_evaluations": "evaluations.of_run",
    "start_checkpoint_evaluation": "evaluations.checkpoint",
    "list_task_evaluations": "task_evaluations.list",
    "start_task_evaluation": "task_evaluations.start",
    "start_held_out_evaluation": "task_evaluations.held_out",
    "show_task_evaluation": "task_evaluations.show",
    "cancel_task_evaluation": "task_evaluations.cancel",
    "list_task_answers": "task_evaluations.answers",
    "run_task_evaluations": "task_evaluations.of_run",
    "show_queue": "queue.show",
    "move_queued_job": "queue.move",
    "cancel_queued_job": "queue.cancel",
    "list_notifications": "notifications.list",
    "read_notifications": "notifications.read_all",
    "read_notification": "notifications.read",
    "notification_settings": "notifications.settings",
    "choose_notifications": "notifications.choose",
    "list_webhooks": "webhooks.list",
    "add_webhook": "webhooks.make",
    "remove_webhook": "webhooks.delete",
    "try_webhook": "webhooks.test",
    "list_deliveries": "webhooks.deliveries",
    "list_projects": "projects.list",
    "make_project": "projects.make",
    "show_project": "projects.show",
    "change_project": "projects.rename",
    "remove_project": "projects.delete",
    "put_member": "projects.put_member",
    "delete_member": "projects.remove_member",
}


def test_every_operation_of_the_api_has_a_method(client_of_site: Client) -> None:
    paths = api.get_openapi_schema()["paths"]
    names = {operation["operationId"] for methods in paths.values() for operation in methods.values()}
    assert names == set(METHODS)
    for place in METHODS.values():
        found: Any = client_of_site
        for part in place.split("."):
            found = getattr(found, part)
        assert inspect.ismethod(found), place


def test_every_field_of_a_model_is_one_that_the_site_gives() -> None:
    schemas = api.get_openapi_schema()["components"]["schemas"]
    shapes = {
        name: shape
        for name, shape in vars(models).items()
        if inspect.isclass(shape) and issubclass(shape, BaseModel) and not name.startswith("_")
    }
    del shapes["Page"]
    assert len(shapes) > 30
    for name, shape in shapes.items():
        assert set(shape.model_fields) <= set(schemas[name]["properties"]), name


def test_field_that_a_newer_site_adds_is_left_out() -> None:
    found = models.Me.model_validate({"user": "a", "max_upload_bytes": 1, "requests_a_minute": 2, "new": 3})
    assert found == models.Me(user="a", max_upload_bytes=1, requests_a_minute=2)


def test_account_and_its_limits(client_of_site: Client) -> None:
    me = client_of_site.me()
    assert (me.user, me.max_upload_bytes, me.requests_a_minute) == ("ada", 1073741824, 600)


def test_corpus_from_a_file_to_its_removal(client_of_site: Client, tmp_path_factory: Any) -> None:
    file = tmp_path_factory.mktemp("files") / "math.jsonl"
    file.write_text('{"problem": "One?", "solution": "1"}\n')
    corpora = client_of_site.corpora
    made = corpora.upload(file, name="sums", join_fields=["problem", "solution"])
    assert (made.name, made.join_fields) == ("sums", ("problem", "solution"))
    found = corpora.wait(made.id)
    assert (found.state, found.report and found.report["documents"]) == ("ready", 1)
    assert [one.name for one in corpora.list()] == ["sums"]
    (document,) = corpora.documents(made.id, "one?")
    assert document.start == "One? 1"
    assert list(corpora.documents(made.id, "nothing")) == []
    assert corpora.document(made.id, 0).text == "One?\n\n1"
    assert corpora.check(made.id, text_field="problem").text_field == "problem"
    assert corpora.wait(made.id).state == "ready"
    corpora.delete(made.id)
    assert list(corpora.list()) == []


def test_corpus_with_a_template_is_sent_as_it_is_typed(client_of_site: Client, tmp_path_factory: Any) -> None:
    file = tmp_path_factory.mktemp("files") / "rows.jsonl"
    file.write_text('{"q": "One?"}\n')
    made = client_of_site.corpora.upload(file, template="Q: {q}\n")
    assert made.template == "Q: {q}\n"


def test_check_that_does_not_end_is_not_waited_for_forever(client_of_site: Client) -> None:
    made = client_of_site.corpora.dataset("org/name", join_fields=["a"])
    assert made.source == "hf:org/name"
    with pytest.raises(ForesightClientError, match=r"The check of org/name has not ended in 0 s\."):
        client_of_site.corpora.wait(made.id, seconds=0)


def test_lists_are_read_page_by_page(client_of_site: Client, user: Any) -> None:
    made = [make_bare_run(user, MadeRun(f"run {place}", "queued")).pk for place in range(30)]
    found = client_of_site.runs.list(sort="oldest")
    assert isinstance(next(found), RunOut)
    assert [1, *(1 for _ in found)] == [1] * 30
    assert sorted(run.id for run in client_of_site.runs.list()) == made
    assert [run.name for run in client_of_site.runs.list(search="run 7")] == ["run 7"]
    assert list(client_of_site.runs.list(state="failed")) == []


def test_scan_is_started_shown_and_cancelled(client_of_site: Client, user: Any, home: Path) -> None:
    scans, corpus = client_of_site.scans, made_corpus(home, user)
    made = scans.start(corpus.pk, "smollm2-135m-instruct", max_documents=2, entropy="full")
    assert (made.settings["entropy"], made.max_documents, made.job.state) == ("full", 2, "queued")
    assert [one.id for one in scans.list(corpus.pk)] == [made.id]
    assert scans.cancel(made.id).changed
    finished = scans.show(made_scan(home, corpus).pk)
    assert (finished.finished, finished.bin, sum(finished.histogram)) == (True, 0.01, 3)
    assert scans.entropies(finished.id, 0)["entropy"] == [0.25, 0.75, 1.25, 1.75, 2.25]
    assert [row["index"] for row in scans.tokens(finished.id, 0, first=2, count=2)["rows"]] == [2, 3]


def test_preparation_is_started_shown_cancelled_and_downloaded(
    client_of_site: Client, user: Any, tmp_path_factory: Any
) -> None:
    folder = tmp_path_factory.mktemp("files")
    (folder / "text.jsonl").write_text('{"text": "One two three."}\n')
    corpus = uploaded(user, folder / "text.jsonl")
    preparations = client_of_site.preparations
    made = preparations.start(corpus.pk, {"quality_rules": {"enabled": False}})
    assert (made.corpus, made.finished, made.config["quality_rules"]["enabled"]) == (corpus.pk, False, False)
    assert preparations.start(corpus.pk).config["quality_rules"] == preparations.settings()["quality_rules"]
    assert preparations.cancel(made.id).changed
    done = prepared(corpus, quality_rules__enabled="false")
    assert next(preparations.list()).id == done.pk
    found = preparations.show(done.pk)
    assert found.report is not None and found.report["documents"] == 1
    target = preparations.download(done.pk, "documents.jsonl", folder / "clean.jsonl")
    assert json.loads(target.read_text())["text"] == "One two three."
    assert sorted(path.name for path in folder.iterdir()) == ["clean.jsonl", "text.jsonl"]


@pytest.fixture
def letters(token: str, user: Any, home: Path) -> Corpus:
    return made_corpus(home, user, name="letters")


def test_presets_and_models(client_of_site: Client) -> None:
    experiments = client_of_site.experiments
    assert [one.name for one in experiments.presets()] == list(PRESETS)
    assert experiments.preset("demo-cpu").config == preset("demo-cpu").model_dump(mode="json")
    assert "smollm2-135m-instruct" in [one.name for one in experiments.models()]


def test_own_preset_is_saved_and_removed(client_of_site: Client) -> None:
    experiments = client_of_site.experiments
    made = experiments.save_preset("my own", demo_settings(seed=3), help="Mine.")
    assert (made.own, made.help, made.config["seed"]) == (True, "Mine.", 3)
    assert experiments.preset("my own") == made
    experiments.remove_preset("my own")
    assert [one.name for one in experiments.presets() if one.own] == []


def test_estimate_and_verl_configuration(client_of_site: Client, letters: Corpus) -> None:
    found = client_of_site.experiments.estimate(demo_settings(), tflops=0.5)
    assert found.memory is not None and found.time is not None
    assert found.memory.bytes == max(phase.bytes for phase in found.memory.phases)
    assert (found.time.steps, found.time.source, found.time.flops_per_second) == (60, "declared", 5e11)
    text = client_of_site.experiments.verl_config(demo_settings(resources__device="cuda"))
    assert "adv_estimator: grpo" in text


def test_experiment_is_taken_as_settings_text_or_file(
    client_of_site: Client, letters: Corpus, tmp_path_factory: Any
) -> None:
    experiments = client_of_site.experiments
    made = experiments.create(demo_settings(name="one"))
    text = experiments.yaml(made.id)
    file = tmp_path_factory.mktemp("files") / "experiment.yaml"
    file.write_text(text, encoding="utf-8")
    forms: list[Mapping[str, Any] | str | Path] = [demo_settings(name="one"), text, file]
    assert [experiments.create(form).config for form in forms] == [made.config] * 3
    assert experiments.create(demo_settings(data__corpus="other"), corpus=letters.pk).corpus == letters.pk
    assert experiments.show(made.id).name == "one"
    assert len(list(experiments.list())) == 5


def test_validation_names_what_is_wrong(client_of_site: Client, letters: Corpus) -> None:
    found = client_of_site.experiments.validate(demo_settings(seed=-1))
    assert (found.valid, list(found.errors)) == (False, ["seed"])
    good = client_of_site.experiments.validate(demo_settings())
    assert (good.valid, good.corpus, good.rollouts_per_step) == (True, letters.pk, 64)


def test_probe_is_started_shown_and_cancelled(client_of_site: Client, letters: Corpus) -> None:
    probes = client_of_site.probes
    made = probes.start(demo_settings(), positions=4, samples=2)
    assert (made.kind, made.positions, made.samples) == ("probe", 4, 2)
    assert probes.start(demo_settings(), kind="prompts").samples == 8
    assert probes.cancel(made.id).changed
    finished = probes.show(made_probe(letters, made_probe_result()).pk)
    assert finished.groups and finished.groups["selected"] == 400
    assert len(finished.words) == 3
    assert len(list(probes.list())) == 3
    with pytest.raises(ApiError, match="is not on this machine yet"):
        probes.prompt(demo_settings(), position=2)


def test_run_is_launched_cancelled_and_resumed(client_of_site: Client, letters: Corpus) -> None:
    runs = client_of_site.runs
    experiment = client_of_site.experiments.create(demo_settings(name="from afar"))
    made = runs.launch(experiment.id)
    assert (made.name, made.state, made.steps_asked, made.cursor) == ("from afar", "queued", 60, 0)
    assert runs.cancel(made.id).changed
    assert runs.show(made.id).job.state == "cancelled"
    assert runs.resume(made.id).changed
    assert runs.demo().name == "demo-cpu"


def test_control_of_a_run(client_of_site: Client, user: Any) -> None:
    run = make_run(user, MadeRun("made", "succeeded", 2, 2))
    write_compute(run)
    control = client_of_site.runs.control(run.pk)
    assert (control.is_control, control.control_of) == (True, run.pk)


def add_logs(job: Job, first: int, last: int) -> None:
    JobEvent.objects.bulk_create(
        JobEvent(
            job=job, attempt=1, seq=seq, type="log", time=timezone.now(),
            payload={"type": "log", "level": "info", "text": str(seq)},
        )
        for seq in range(first, last + 1)
    )  # fmt: skip


def test_run_is_followed_to_its_end_each_event_once(client_of_site: Client, user: Any) -> None:
    run = make_bare_run(user, MadeRun(state="running"))
    add_logs(run.job, 1, 600)
    seen: list[int] = []
    for number, message in enumerate(client_of_site.runs.follow(run.pk, seconds=0.01), start=1):
        seen += [event["seq"] for event in message.events]
        if number == 3:  # all is read: now more comes, and the run ends
            add_logs(run.job, 601, 700)
        if number == 5:
            Job.objects.filter(pk=run.job_id).update(state=State.SUCCEEDED)
            add_logs(run.job, 701, 710)
    assert seen == list(range(1, 711))
    assert message.job["state"] == "succeeded"


def test_following_survives_a_restart_of_the_site(faulty: tuple[Client, Faults], user: Any) -> None:
    client, faults = faulty
    run = make_bare_run(user, MadeRun(state="succeeded"))
    add_logs(run.job, 1, 700)
    faults.plan += [None, "drop", (502, ""), 300, None]
    seen = [event["seq"] for message in client.runs.follow(run.pk, seconds=0) for event in message.events]
    assert seen == list(range(1, 701))


def test_metrics_series_csv_and_log(client_of_site: Client, user: Any) -> None:
    run = make_run(user, MadeRun("made", "succeeded", 3, 3))
    runs = client_of_site.runs
    assert "reward/mean" in [one.key for one in runs.metrics(run.pk)]
    series = runs.series(run.pk, ["reward/mean", "time/step"], first=2, points=100)
    assert (series["reward/mean"].step, series["time/step"].total) == ((2, 3), 2)
    assert series["reward/mean"].value[-1] == run.last_reward
    assert runs.csv(run.pk, ["reward/mean"]).splitlines()[0] == "key,attempt,step,time,value"
    assert len(runs.csv(run.pk, ["reward/mean"]).splitlines()) == 4
    log = runs.log(run.pk)
    assert log.lines[0] == "attempt 1 starts at step 1"
    assert runs.log(run.pk, offset=log.end).lines == ()
    assert runs.show(run.pk).verdict[0].name == "Learning"


@pytest.fixture
def sampled(token: str, user: Any) -> Run:
    return make_run(user, MadeRun("made", "succeeded", 3, 3))


def test_steps_groups_and_their_records(client_of_site: Client, sampled: Run) -> None:
    rollouts = client_of_site.rollouts
    assert [one.step for one in rollouts.steps(sampled.pk)] == [3, 2, 1]
    groups = list(rollouts.groups(sampled.pk, 2, sort="entropy"))
    assert [one.entropy for one in groups] == sorted((one.entropy for one in groups), reverse=True)
    assert all(one.effective for one in rollouts.groups(sampled.pk, 2, effective=True))
    assert len(rollouts.group(sampled.pk, 2, 0)["rollouts"]) == 8
    assert [one.step for one in rollouts.elsewhere(sampled.pk, 2, 0)] == [1, 3]
    assert rollouts.what_if(sampled.pk, 2, "prefix")["rule"] == "prefix"


def test_rollouts_are_exported(client_of_site: Client, sampled: Run) -> None:
    rows = list(client_of_site.rollouts.export(sampled.pk, 2, 3, tokens=True))
    assert [(row["step"], row["sample"]) for row in rows] == [
        (step, sample) for step in (2, 3) for _ in range(6) for sample in range(8)
    ]
    assert rows[0]["logprobs"]
    hits = list(client_of_site.rollouts.export(sampled.pk, reason="match"))
    assert {row["reason"] for row in hits} == {"match"}


@pytest.mark.parametrize("cut", [5_000, 40_000, 70_000, 100_000])
def test_export_goes_on_after_a_lost_connection(
    faulty: tuple[Client, Faults], client_of_site: Client, sampled: Run, cut: int
) -> None:
    client, faults = faulty
    whole = list(client_of_site.rollouts.export(sampled.pk))
    faults.plan += [cut, "drop", cut]
    assert list(client.rollouts.export(sampled.pk)) == whole
    assert faults.connections >= 3
    assert not faults.plan


def test_evaluations_of_runs_checkpoints_and_models(client_of_site: Client, user: Any) -> None:
    run = make_bare_run(user)
    run.config["data"]["held_out_documents"] = 5
    run.save()
    project_run(run.job, 1, [made_event(0, made_result(70), 1), made_event(100, made_result(90), 2)])
    make_checkpoint(run, 10)
    evaluations = client_of_site.evaluations
    assert [one["step"] for one in evaluations.of_run(run.pk)["evaluations"]] == [0, 100]
    of_checkpoint = evaluations.checkpoint(run.pk, 10)
    of_model = evaluations.start(run.pk, "smollm2-135m-instruct")
    assert (of_checkpoint.step, of_model.run) == (10, None)
    found = evaluations.list()
    assert [one.id for one in found.pending] == [of_model.id, of_checkpoint.id]
    assert found.sets[0]["count"] == 200
    assert evaluations.cancel(of_model.id).changed
    job = evaluations.show(of_model.id).job
    assert job is not None and job.state == "cancelled"


def test_checkpoints_are_listed(client_of_site: Client, user: Any) -> None:
    run = make_bare_run(user)
    make_checkpoint(run, 10)
    (one,) = client_of_site.checkpoints.list(run.pk)
    assert (one.step, one.best, one.reference) == (10, True, f"run:{run.pk}/step:10")
    assert client_of_site.checkpoints.find(run.pk) == one


def test_corpus_is_cut_and_its_boundaries_are_changed(client_of_site: Client, user: Any, home: Path) -> None:
    segments, corpus = client_of_site.segments, cut_corpus(home, user)
    shown = segments.show(corpus.pk)
    assert shown.report and (shown.report["segments"], shown.adjusted) == (5, 0)
    one = segments.document(corpus.pk, 0)
    assert tuple(part.text for part in one.segments) == SEGMENTS
    joined = segments.join(corpus.pk, 0, one.revision, 1)
    cut = segments.split(corpus.pk, 0, joined.revision, 0, characters=6)
    assert [part.text for part in cut.segments[:2]] == ["Größe ", "eins ist da. "]
    assert [row.segments for row in segments.documents(corpus.pk, adjusted=True)] == [5]
    assert segments.undo(corpus.pk, 0, cut.revision) == joined
    assert segments.reset(corpus.pk, 0) == one
    made = segments.start(corpus.pk, min_characters=3)
    assert (made.settings["min_characters"], made.job.state) == (3, "queued")
    assert segments.cancel(corpus.pk).changed


def test_judge_is_audited_and_the_run_judged_again(client_of_site: Client, user: Any) -> None:
    run, audits, rejudgings = make_judged_run(user), client_of_site.audits, client_of_site.rejudgings
    assert audits.judge(run.pk).of_groups == 12
    made = audits.draw(run.pk, 40)
    pair = audits.next(made.id).pair
    assert pair is not None
    told = audits.answer(made.id, pair.place, "wrong")
    assert (told.predicted, told.answer) == (pair.predicted, "wrong")
    assert [one.answered for one in audits.list(run.pk)] == [1]
    assert audits.undo(made.id).changed
    assert audits.show(made.id) == made
    again = rejudgings.start(run.pk, "strict", kind="run")
    assert rejudgings.cancel(again.id).changed
    assert [one.id for one in rejudgings.list(run.pk)] == [again.id]
    assert rejudgings.show(again.id).result is None
    finish(Rejudging.objects.get())
    assert len(list(rejudgings.flips(again.id))) == 14


def test_scan_of_a_job_that_failed_says_why(client_of_site: Client, user: Any, home: Path) -> None:
    scan = made_scan(home, made_corpus(home, user))
    error = {"message": "No.", "field": "", "remedy": "Wait.", "retryable": True, "log": ["x"]}
    Job.objects.filter(pk=scan.job_id).update(state=State.FAILED, error=error)
    found = client_of_site.scans.show(scan.pk).job.error
    assert found == models.JobError(message="No.", field="", remedy="Wait.", retryable=True, log=("x",))


def test_runs_are_renamed_tagged_and_deleted(client_of_site: Client, user: Any) -> None:
    run, active = make_bare_run(user, MadeRun(state="failed")), make_bare_run(user)
    made = client_of_site.runs.change(run.pk, name="new", tags=["lr"], notes="why", starred=True)
    assert (made.name, made.tags, made.notes, made.starred) == ("new", ("lr",), "why", True)
    assert [one.id for one in client_of_site.runs.list(tag="lr", show="starred", method="rpt")] == [run.pk]
    done = client_of_site.runs.bulk("tag", [run.pk, active.pk], tags=["both"])
    assert done == models.BulkDone(changed=2, left=0, why="")
    with pytest.raises(ApiError, match="is active"):
        client_of_site.runs.delete(active.pk)
    client_of_site.runs.delete(run.pk)
    assert [one.tags for one in client_of_site.runs.list()] == [("both",)]


def test_notifications_and_webhooks(client_of_site: Client, user: Any) -> None:
    notice(make_bare_run(user, MadeRun("a run", "failed")), 1, "failed", "The disk is full.")
    notifications, webhooks = client_of_site.notifications, client_of_site.webhooks
    (one,) = notifications.list(unread=True)
    assert (one.title, one.detail, one.run_name) == ("a run has failed", "The disk is full.", "a run")
    assert notifications.read(one.id).changed and not notifications.read_all().changed
    assert notifications.settings().page == ("finished", "failed", "stalled", "collapse")
    assert notifications.choose(page=["failed"], address="ada@example.org").page == ("failed",)
    made = webhooks.make("https://hooks.example.org/", ["failed"])
    assert made.secret.startswith("fsw_")
    assert [hook.id for hook in webhooks.list()] == [made.id]
    test = webhooks.test(made.id)
    assert webhooks.deliveries(made.id) == (test,)
    webhooks.delete(made.id)
    assert webhooks.list() == ()
