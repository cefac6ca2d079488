"""Addresses of experiments."""

from __future__ import annotations

from django.urls import path

from webapp.experiments import views

urlpatterns = [
    path("", views.experiments, name="experiments"),
    path("new/", views.new, name="experiment-new"),
    path("check/", views.check, name="experiment-check"),
    path("import/", views.import_yaml, name="experiment-import"),
    path("launch/", views.launch, name="experiment-launch"),
]
