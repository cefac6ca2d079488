"""The API put together: its routers, who may ask, how often, and how errors are answered."""

from __future__ import annotations

from ninja import NinjaAPI
from ninja.operation import Operation

from webapp.api import errors
from webapp.api.auth import PerUser, Token
from webapp.api.operations import (
    account,
    audits,
    checkpoints,
    compare,
    corpora,
    evaluations,
    experiments,
    metrics,
    notifications,
    papers,
    preparations,
    presets,
    probes,
    projects,
    queue,
    rollouts,
    runs,
    scans,
    segments,
    task_evaluations,
    thresholds,
    tries,
)

DESCRIPTION = (
    "Everything the pages of Foresight do, for programs. Send a token of the page API tokens as "
    "`Authorization: Bearer <token>`; a browser that is signed in may read without one. Another user's objects are "
    "404. Every error has one shape: see Problem."
)


class ForesightApi(NinjaAPI):
    """Operations are named after their functions."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__


api = ForesightApi(
    title="Foresight",
    version="1",
    description=DESCRIPTION,
    urls_namespace="api",
    docs_url=None,  # its page would load scripts from elsewhere; ours is webapp/api/docs.py
    auth=Token(),
    throttle=[PerUser()],
)
errors.register(api)
OF_TEXTS = (account, corpora, preparations, scans, segments, presets, experiments, probes)
OF_RUNS = (runs, metrics, rollouts, audits, checkpoints, tries, compare, evaluations, task_evaluations)
OF_A_PERSON = (papers, thresholds, queue, notifications, projects)
for one in (*OF_TEXTS, *OF_RUNS, *OF_A_PERSON):
    api.add_router("", one.router)
