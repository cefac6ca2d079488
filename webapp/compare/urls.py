"""Addresses of the comparison."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.compare import views

urlpatterns: list[URLPattern] = [
    path("compare/", views.compare, name="compare"),
    path("compare/series/", views.series, name="compare-series"),
    path("compare/what-if/", views.what_if, name="compare-what-if"),
    path("compare/contexts/", views.contexts, name="compare-contexts"),
]
