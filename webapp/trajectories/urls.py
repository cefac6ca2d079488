"""Addresses of trajectories."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.trajectories import document_views, mark_views, rollout_views, views

urlpatterns: list[URLPattern] = [
    path("<int:pk>/rollouts/", rollout_views.rollouts, name="run-rollouts"),
    path("<int:pk>/rollouts/excerpts/", rollout_views.rollout_excerpts, name="run-rollout-excerpts"),
    path("<int:pk>/rollouts/export/", rollout_views.export, name="run-rollout-export"),
    path(
        "of-corpus/<int:corpus>/documents/<int:index>/",
        document_views.document_pass_rates,
        name="document-pass-rates",
    ),
    path("<int:pk>/steps/<int:step>/", views.step, name="run-step"),
    path("<int:pk>/steps/<int:step>/what-if/", views.other_reward, name="run-what-if"),
    path("<int:pk>/steps/<int:step>/groups/<int:group>/", views.group, name="run-group"),
    path("<int:pk>/steps/<int:step>/groups/<int:group>/star/", mark_views.rollout_star, name="rollout-star"),
    path("<int:pk>/steps/<int:step>/groups/<int:group>/note/", mark_views.rollout_note, name="rollout-note"),
]
