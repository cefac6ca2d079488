"""Addresses of projects."""

from __future__ import annotations

from django.urls import path

from webapp.projects import views

urlpatterns = [
    path("projects/", views.projects, name="projects"),
    path("projects/make/", views.make, name="project-make"),
    path("projects/enter/", views.enter, name="project-enter"),
    path("projects/<int:pk>/", views.project, name="project"),
    path("projects/<int:pk>/rename/", views.rename, name="project-rename"),
    path("projects/<int:pk>/delete/", views.delete, name="project-delete"),
    path("projects/<int:pk>/members/", views.add, name="project-add"),
    path("projects/<int:pk>/members/<int:member>/", views.change, name="project-change"),
    path("projects/<int:pk>/members/<int:member>/remove/", views.remove, name="project-remove"),
]
