"""One of everything that a user can have, for tests of the API."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.webapp.audits.made import make_judged_run
from tests.webapp.corpora.made_scan import TEXT, made_corpus, made_scan
from tests.webapp.evaluations.made import made_result
from tests.webapp.evaluations.made_tasks import made_answers, made_tasks_result
from tests.webapp.made_run import MadeRun, make_checkpoint, make_run
from tests.webapp.preparations.made import draft_of
from tests.webapp.probes.made_probe import made_probe
from tests.webapp.probes.made_probe import made_result as made_probe_result
from tests.webapp.segments.made import made_segmentation
from training.evaluation.task_table import write_task_answers
from webapp.audits.models import Audit, Rejudging
from webapp.audits.services.draw import draw_audit
from webapp.audits.services.rejudge import judge_of, start_rejudging
from webapp.corpora.models import Corpus, Scan
from webapp.evaluations.models import Evaluation, TaskEvaluation
from webapp.evaluations.projection import _fields, _store_scores
from webapp.evaluations.task_projection import _fields as _task_fields
from webapp.jobs.models import State
from webapp.jobs.services.create import create_job, job_folder
from webapp.notifications.models import Notification, Webhook
from webapp.notifications.services.notice import notice
from webapp.notifications.services.webhooks import make_webhook
from webapp.playground.models import Question
from webapp.playground.services.ask import Asking, ask
from webapp.playground.subjects import find_subject
from webapp.preparations.models import Preparation
from webapp.preparations.services.start import start_preparation
from webapp.probes.models import Probe
from webapp.projects.models import Membership
from webapp.projects.services.create import create_project
from webapp.runs.models import Run

STEPS = 2


@dataclass(frozen=True)
class World:
    corpus: Corpus
    scan: Scan
    probe: Probe
    run: Run
    evaluation: Evaluation
    tasks: TaskEvaluation
    preparation: Preparation
    notification: Notification
    webhook: Webhook
    question: Question
    other: Run
    judged: Run
    audit: Audit
    rejudging: Rejudging
    membership: Membership

    def place(self, path: str) -> str:
        """An address of the OpenAPI document with numbers of this world in it."""
        of_judge = any(part in path for part in ("/judge", "/audits", "/rejudgings"))
        values = {
            "corpus": self.corpus.pk,
            "scan": self.scan.pk,
            "probe": self.probe.pk,
            "run": (self.judged if of_judge else self.run).pk,
            "audit": self.audit.pk,
            "rejudging": self.rejudging.pk,
            "job": self.rejudging.job_id,
            "experiment": self.run.experiment_id,
            "evaluation": self.evaluation.pk,
            "tasks": self.tasks.pk,
            "preparation": self.preparation.pk,
            "notification": self.notification.pk,
            "webhook": self.webhook.pk,
            "question": self.question.pk,
            "other": self.other.pk,
            "project": self.membership.project_id,
            "user": self.membership.user.get_username(),
            "index": 0,
            "step": STEPS,
            "group": 0,
            "path": "model/config.json",
            "name": "demo-cpu" if "presets" in path else "report.json",
        }
        return path.removeprefix("/api").format(**values)


def make_world(home: Path, owner: Any) -> World:
    corpus = made_corpus(home, owner, name="their corpus")
    made_segmentation(corpus, TEXT, (4, 7, 10))
    run = make_run(owner, MadeRun("their run", "cancelled", STEPS, 30))
    make_checkpoint(run, STEPS)
    job = create_job("evaluate", owner, "evaluations/{job}", [])
    job.state = State.SUCCEEDED
    job.save()
    result = made_result(90, model="their model")
    evaluation = Evaluation.objects.create(owner=owner, job=job, model=result.model, **_fields(result))
    _store_scores(evaluation, result)
    tasks = made_tasks(owner)
    probe = made_probe(corpus, made_probe_result())
    preparation = start_preparation(owner, draft_of(corpus))
    webhook, _ = make_webhook(owner, "https://their.example.org/hook", ["failed"])
    notice(run, 1, "failed", "their disk is full")
    notification = Notification.objects.get(run=run)
    scan = made_scan(home, corpus)
    question = ask(owner, find_subject(owner, f"run:{run.pk}/base"), Asking("their text", 5, 1, 1.0, 8, 1))
    judged = make_judged_run(owner, 1, made=MadeRun("their judged run", "succeeded", 1, 1))
    audit = draw_audit(judged, 20)
    rejudging = start_rejudging(judged, judge_of(judged, {"kind": "run"}), "strict")
    other = make_run(owner, MadeRun("their other run", "succeeded", STEPS, STEPS))
    return World(
        corpus,
        scan,
        probe,
        run,
        evaluation,
        tasks,
        preparation,
        notification,
        webhook,
        question,
        other,
        judged,
        audit,
        rejudging,
        create_project(owner, "their project"),
    )


def made_tasks(owner: Any) -> TaskEvaluation:
    """An evaluation on two problems that is a job of its own and has ended."""
    answered = made_answers((0, 4), name="their task")
    job = create_job("answers", owner, "evaluations/{job}", [])
    job.state = State.SUCCEEDED
    job.save()
    write_task_answers(job_folder(job) / "answers.parquet", answered)
    result = made_tasks_result(answered, model="their model", answers_file="answers.parquet")
    fields = _task_fields(result)
    made: TaskEvaluation = TaskEvaluation.objects.create(owner=owner, job=job, model=result.model, **fields)
    return made
