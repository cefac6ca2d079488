"""Addresses of probes."""

from __future__ import annotations

from django.urls import path

from webapp.probes import views

urlpatterns = [
    path("", views.probes, name="probes"),
    path("start/", views.start, name="probe-start"),
    path("prompts/", views.prompts, name="prompts-start"),
    path("prompt/", views.prompt, name="probe-prompt"),
    path("<int:pk>/", views.probe, name="probe"),
    path("<int:pk>/cancel/", views.cancel, name="probe-cancel"),
]
