"""Addresses of segments, below those of their corpus."""

from __future__ import annotations

from django.urls import path

from webapp.segments import views

urlpatterns = [
    path("corpora/<int:pk>/segments/", views.corpus_segments, name="corpus-segments"),
    path("corpora/<int:pk>/segments/start/", views.start, name="segments-start"),
    path("corpora/<int:pk>/segments/cancel/", views.cancel, name="segments-cancel"),
    path("corpora/<int:pk>/segments/<int:index>/", views.document, name="segments-document"),
    path("corpora/<int:pk>/segments/<int:index>/change/", views.change, name="segments-change"),
]
