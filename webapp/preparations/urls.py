"""Addresses of preparations."""

from __future__ import annotations

from django.urls import path

from webapp.preparations import views

urlpatterns = [
    path("preparations/", views.preparations, name="preparations"),
    path("preparations/<int:pk>/", views.preparation, name="preparation"),
    path("preparations/<int:pk>/cancel/", views.cancel, name="preparation-cancel"),
    path("preparations/<int:pk>/files/<str:name>", views.file, name="preparation-file"),
    path("corpora/<int:pk>/prepare/", views.prepare, name="corpus-prepare"),
]
