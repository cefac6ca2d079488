"""Addresses of the page Try it."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.playground import views

urlpatterns: list[URLPattern] = [
    path("", views.playground, name="try"),
    path("ask/", views.ask_question, name="try-ask"),
    path("places/", views.places, name="try-places"),
    path("<int:pk>/", views.result, name="try-result"),
    path("<int:pk>/stop/", views.stop, name="try-stop"),
]
