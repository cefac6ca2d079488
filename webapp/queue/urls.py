"""Addresses of the queue."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.queue import views

urlpatterns: list[URLPattern] = [
    path("queue/", views.queue, name="queue"),
    path("queue/<int:pk>/move/", views.move, name="queue-move"),
    path("queue/<int:pk>/cancel/", views.cancel, name="queue-cancel"),
]
