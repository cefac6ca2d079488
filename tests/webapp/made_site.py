"""A site with something on every page: one made object of each kind, for one user.

`fill` returns the address of each page by the name of its address in the URL configuration, so that whoever
visits pages can tell that none was forgotten. PAGES_WITHOUT names the addresses that are no pages.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.test import RequestFactory
from django.urls import URLResolver, get_resolver, reverse

from tests.training.preparation.planted import write_corpus, write_set
from tests.webapp.audits.made import make_judged_run
from tests.webapp.corpora.made_scan import made_corpus, made_scan
from tests.webapp.evaluations.made import made_event, made_result
from tests.webapp.evaluations.made_tasks import (
    made_answers,
    made_tasks_event,
    made_tasks_result,
    make_rlvr_run,
    write_answers_of,
)
from tests.webapp.made_comparison import make_comparison
from tests.webapp.made_problems import make_answers_run
from tests.webapp.made_run import MadeRun, make_run
from tests.webapp.made_tuning import make_tuning_run
from tests.webapp.playground.made import make_asked_run
from tests.webapp.preparations.made import prepared, uploaded
from tests.webapp.probes.made_probe import made_probe, made_table
from tests.webapp.probes.made_probe import made_result as made_probe_result
from tests.webapp.segments.made import cut_corpus
from webapp.audits.services.draw import draw_audit
from webapp.audits.services.rejudge import judge_of, start_rejudging
from webapp.evaluations.models import TaskEvaluation
from webapp.evaluations.projection import project_run as project_scores
from webapp.evaluations.task_projection import project_run as project_tasks
from webapp.jobs.models import Job, State
from webapp.notifications.services.webhooks import make_webhook
from webapp.projects.services.create import create_project
from webapp.runs.models import Run

NO_PAGES = {
    "audit-join": "leads to the sample",
    "checkpoint-archive": "a file",
    "checkpoint-file": "a file",
    "compare-series": "data of a chart",
    "document-pass-rates": "data of the atlas",
    "api-root": "leads to the documentation",
    "healthz": "answers programs",
    "notifications-news": "data of the bar on top",
    "preparation-file": "a file",
    "run-csv": "a file",
    "run-log": "a part of the run's page",
    "run-log-file": "a file",
    "run-part": "a part of the run's page",
    "run-rollout-excerpts": "a part of the rollouts' page",
    "run-rollout-export": "a file",
    "run-series": "data of a chart",
    "run-verdicts": "a part of the judge's page",
    "compare-contexts": "a part of the comparison",
    "corpus-scans": "a part of the corpus' page",
    "scan-positions": "data of the atlas",
    "try-places": "a part of the page Try it",
    "try-result": "a part of the page Try it",
    "run-edit": "a form inside the list of runs",
    "checkpoint-card": "a part of the list of checkpoints",
    "compare-what-if": "a part of the comparison",
    "webhook-deliveries": "a part of the notification settings",
    "words": "a script",
}
"""Addresses that are read and are no pages of their own, and why. Those that only take a POST are found out."""


def fill(owner: Any) -> dict[str, str]:
    """Make one of everything; {name of the address: a page of it}."""
    home = Path(settings.HOME)
    corpus = made_corpus(home, owner, name="a scanned text")
    scan = made_scan(home, corpus)
    with TemporaryDirectory() as folder:
        items = uploaded(owner, write_set(Path(folder)), "problem")
        preparation = prepared(uploaded(owner, write_corpus(Path(folder))), items)
    segmented = cut_corpus(home, owner)
    probe = made_probe(corpus, made_probe_result())
    made_probe(corpus, made_table(), "prompts")
    runs = _runs(owner)
    judged, compared = runs["judged"], make_comparison(owner, 8)
    rejudging = start_rejudging(judged, judge_of(judged, {"kind": "run"}), "strict")
    Job.objects.filter(pk=rejudging.job_id).update(state=State.CANCELLED)
    make_webhook(owner, "https://hooks.example/foresight", ["failed"])
    main = runs["main"].pk
    project = create_project(owner, "Proofs").project
    return {
        **{name: reverse(name) for name in _without_arguments()},
        "project": reverse("project", args=[project.pk]),
        "corpus": reverse("corpus", args=[corpus.pk]),
        "corpus-document": reverse("corpus-document", args=[corpus.pk, 0]),
        "corpus-prepare": reverse("corpus-prepare", args=[corpus.pk]),
        "corpus-segments": reverse("corpus-segments", args=[segmented.pk]),
        "segments-document": reverse("segments-document", args=[segmented.pk, 0]),
        "scan": reverse("scan", args=[scan.pk]),
        "preparation": reverse("preparation", args=[preparation.pk]),
        "probe": reverse("probe", args=[probe.pk]),
        "run": reverse("run", args=[main]),
        "run of instruction tuning": reverse("run", args=[runs["tuning"].pk]),
        "run that failed": reverse("run", args=[runs["failed"].pk]),
        "run-rollouts": reverse("run-rollouts", args=[main]),
        "run-step": reverse("run-step", args=[main, 7]),
        "run-what-if": reverse("run-what-if", args=[main, 7]),
        "run-group": reverse("run-group", args=[main, 7, 0]),
        "run-group of segments": reverse("run-group", args=[judged.pk, 1, 0]),
        "run-group of a problem": reverse("run-group", args=[runs["problems"].pk, 1, 0]),
        "run-checkpoints": reverse("run-checkpoints", args=[main]),
        "run-evaluation": reverse("run-evaluation", args=[main]),
        "run-evaluation of problems": reverse("run-evaluation", args=[runs["rlvr"].pk]),
        "task-answers": reverse("task-answers", args=[TaskEvaluation.objects.latest("pk").pk]),
        "run-judge": reverse("run-judge", args=[judged.pk]),
        "audit": reverse("audit", args=[draw_audit(judged, 10).pk]),
        "rejudging": reverse("rejudging", args=[rejudging.pk]),
        "compare": f"{reverse('compare')}?runs={','.join(str(run.pk) for run in compared)}",
        "panels": f"{reverse('panels')}?runs={main},{judged.pk}",
        "try": f"{reverse('try')}?of=run:{runs['asked'].pk}/step:20",
        "experiment-new": f"{reverse('experiment-new')}?preset=demo-cpu",
        "experiment-new of RLPT": f"{reverse('experiment-new')}?preset=rlpt-demo-cpu",
    }


def readable_addresses() -> Iterator[str]:
    """The names of all addresses, but those that only take a POST and NO_PAGES."""
    for pattern in _patterns(get_resolver()):
        if pattern.name in NO_PAGES or _only_posted(pattern.callback):
            continue
        yield pattern.name


def _patterns(resolver: URLResolver) -> Iterator[Any]:
    for part in resolver.url_patterns:
        if isinstance(part, URLResolver):
            if part.namespace != "api":
                yield from _patterns(part)
        elif part.name:
            yield part


def _without_arguments() -> list[str]:
    names = (p.name for p in _patterns(get_resolver()) if "<" not in str(p.pattern))
    return [name for name in names if name in set(readable_addresses())]


@lru_cache
def _only_posted(view: Any) -> bool:
    """Whether a view refuses to be read: its `require_POST` answers 405 before anything else happens."""
    logging.disable(logging.WARNING)  # each refusal is logged
    try:
        answer: Any = view(RequestFactory().get("/"))
    except Exception:  # it wants arguments or a user: it was let in
        return False
    finally:
        logging.disable(logging.NOTSET)
    return getattr(answer, "status_code", 200) == 405


def _runs(owner: Any) -> dict[str, Run]:
    """A run of each method and state that pages show."""
    main = make_run(owner, MadeRun("rpt", "succeeded", steps=8, steps_asked=8, resumed_at=4))
    main.config["evaluation"]["every"] = 4
    main.config["data"]["held_out_documents"] = 4
    main.save()
    for step in (0, 4, 8):
        patterns = {"hypothesis": 0.1 * (1 + step / 8), "deduction": 0.2, "reflection": 0.3}
        project_scores(main.job, 1, [made_event(step, made_result(40 + step, patterns=patterns))])
    error = {
        "message": "The trainer stopped with exit code 9.",
        "remedy": "Read the log, then resume the run.",
        "log": ["killed"],
    }
    rlvr = make_rlvr_run(owner, "rlvr", state="succeeded", steps=4, steps_asked=4, colour=3)
    for step in (0, 4):
        answered = made_answers([min(4, (number + step) % 6) for number in range(24)])
        file = write_answers_of(rlvr, step, answered)
        project_tasks(rlvr.job, 1, [made_tasks_event(step, made_tasks_result(answered, answers_file=file))])
    return {
        "main": main,
        "judged": make_judged_run(owner, 2),
        "tuning": make_tuning_run(owner),
        "problems": make_answers_run(owner),
        "rlvr": rlvr,
        "failed": make_run(owner, MadeRun("failed", "failed", steps=3, steps_asked=8, error=error, colour=4)),
        "asked": make_asked_run(owner),
    }
