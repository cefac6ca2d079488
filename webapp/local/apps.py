"""Which static files are collected: those that pages ask for."""

from __future__ import annotations

from django.contrib.staticfiles.apps import StaticFilesConfig


class CollectedFiles(StaticFilesConfig):
    """Of the plotly package pages load one script; its sample data and notebook widgets stay where they are."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "datasets", "templates", "widgetbundle.js"]
