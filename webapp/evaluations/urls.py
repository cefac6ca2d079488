"""Addresses of evaluations."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.evaluations import task_views, views

urlpatterns: list[URLPattern] = [
    path("evaluations/", views.evaluations, name="evaluations"),
    path("evaluations/start/", views.start, name="evaluation-start"),
    path("evaluations/<int:pk>/cancel/", views.cancel, name="evaluation-cancel"),
    path("evaluations/tasks/", task_views.tasks, name="task-evaluations"),
    path("evaluations/tasks/start/<slug:what>/", task_views.start, name="task-start"),
    path("evaluations/tasks/<int:pk>/", task_views.answers, name="task-answers"),
    path("evaluations/tasks/<int:pk>/cancel/", task_views.cancel, name="task-cancel"),
    path("runs/<int:pk>/evaluation/", views.run_evaluation, name="run-evaluation"),
    path("runs/<int:pk>/checkpoints/<int:step>/evaluate/", views.checkpoint, name="checkpoint-evaluate"),
]
