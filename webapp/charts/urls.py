"""Addresses of charts."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.charts import views

urlpatterns: list[URLPattern] = [
    path("<int:pk>/series/", views.series, name="run-series"),
    path("<int:pk>/metrics.csv", views.csv, name="run-csv"),
]
