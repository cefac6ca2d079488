"""Addresses of jobs."""

from __future__ import annotations

from django.urls import path

from webapp.jobs.views import healthz

urlpatterns = [path("healthz", healthz, name="healthz")]
