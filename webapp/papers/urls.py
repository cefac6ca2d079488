"""Addresses of the papers' tables and figures."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.papers import views

urlpatterns: list[URLPattern] = [
    path("evaluations/after-rlvr/", views.after_rlvr, name="after-rlvr"),
    path("evaluations/panels/", views.three_panels, name="panels"),
]
