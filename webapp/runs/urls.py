"""Addresses of runs."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.runs import actions, edits, threshold_views, views

urlpatterns: list[URLPattern] = [
    path("", views.home, name="home"),
    path("demo/", actions.demo, name="run-demo"),
    path("runs/", views.run_list, name="runs"),
    path("runs/bulk/", edits.bulk, name="runs-bulk"),
    path("runs/thresholds/", threshold_views.page, name="thresholds"),
    path("runs/<int:pk>/", views.run_page, name="run"),
    path("runs/<int:pk>/edit/", edits.edit, name="run-edit"),
    path("runs/<int:pk>/star/", edits.star, name="run-star"),
    path("runs/<int:pk>/archive/", edits.archive, name="run-archive"),
    path("runs/<int:pk>/parts/<slug:name>/", views.part, name="run-part"),
    path("runs/<int:pk>/cancel/", actions.cancel, name="run-cancel"),
    path("runs/<int:pk>/resume/", actions.resume, name="run-resume"),
    path("runs/<int:pk>/control/", actions.control, name="run-control"),
    path("runs/<int:pk>/log/", actions.log, name="run-log"),
    path("runs/<int:pk>/log/<int:attempt>/", actions.log_file, name="run-log-file"),
]
