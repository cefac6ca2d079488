"""Addresses of trajectories."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.trajectories import document_views, views

urlpatterns: list[URLPattern] = [
    path(
        "of-corpus/<int:corpus>/documents/<int:index>/",
        document_views.document_pass_rates,
        name="document-pass-rates",
    ),
    path("<int:pk>/steps/<int:step>/", views.step, name="run-step"),
    path("<int:pk>/steps/<int:step>/what-if/", views.other_reward, name="run-what-if"),
    path("<int:pk>/steps/<int:step>/groups/<int:group>/", views.group, name="run-group"),
]
