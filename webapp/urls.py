"""Every address of the site, app by app."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("webapp.runs.urls")),
    path("", include("webapp.accounts.urls")),
    path("", include("webapp.people.urls")),
    path("", include("webapp.words.urls")),
    path("", include("webapp.projects.urls")),
    path("", include("webapp.jobs.urls")),
    path("", include("webapp.queue.urls")),
    path("corpora/", include("webapp.corpora.urls")),
    path("experiments/", include("webapp.experiments.urls")),
    path("", include("webapp.preparations.urls")),
    path("", include("webapp.segments.urls")),
    path("probes/", include("webapp.probes.urls")),
    path("runs/", include("webapp.charts.urls")),
    path("runs/", include("webapp.trajectories.urls")),
    path("runs/", include("webapp.checkpoints.urls")),
    path("", include("webapp.evaluations.urls")),
    path("", include("webapp.compare.urls")),
    path("try/", include("webapp.playground.urls")),
    path("", include("webapp.papers.urls")),
    path("", include("webapp.audits.urls")),
    path("", include("webapp.notifications.urls")),
    path("api/", include("webapp.api.urls")),
]
