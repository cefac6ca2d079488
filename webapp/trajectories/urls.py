"""Addresses of trajectories."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.trajectories import views

urlpatterns: list[URLPattern] = [
    path("<int:pk>/steps/<int:step>/", views.step, name="run-step"),
    path("<int:pk>/steps/<int:step>/what-if/", views.other_reward, name="run-what-if"),
    path("<int:pk>/steps/<int:step>/groups/<int:group>/", views.group, name="run-group"),
]
