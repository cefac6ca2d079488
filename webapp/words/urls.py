"""Addresses of languages."""

from __future__ import annotations

from django.urls import path

from webapp.words import views

urlpatterns = [
    path("language/", views.choose, name="language"),
    path("words/<slug:language>/<slug:version>.js", views.ScriptWords.as_view(), name="words"),
]
