"""Addresses of evaluations."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.evaluations import views

urlpatterns: list[URLPattern] = [
    path("evaluations/", views.evaluations, name="evaluations"),
    path("evaluations/start/", views.start, name="evaluation-start"),
    path("evaluations/<int:pk>/cancel/", views.cancel, name="evaluation-cancel"),
    path("runs/<int:pk>/evaluation/", views.run_evaluation, name="run-evaluation"),
    path("runs/<int:pk>/checkpoints/<int:step>/evaluate/", views.checkpoint, name="checkpoint-evaluate"),
]
