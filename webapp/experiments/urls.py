"""Addresses of experiments."""

from __future__ import annotations

from django.urls import path

from webapp.experiments import preset_views, views

urlpatterns = [
    path("", views.experiments, name="experiments"),
    path("new/", views.new, name="experiment-new"),
    path("check/", views.check, name="experiment-check"),
    path("verl/", views.verl, name="experiment-verl"),
    path("import/", views.import_yaml, name="experiment-import"),
    path("export/", views.export, name="experiment-export"),
    path("launch/", views.launch, name="experiment-launch"),
    path("presets/", preset_views.save, name="preset-save"),
    path("presets/<int:pk>/delete/", preset_views.delete, name="preset-delete"),
]
