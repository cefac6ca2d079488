"""Addresses of checkpoints."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.checkpoints import views

urlpatterns: list[URLPattern] = [
    path("<int:pk>/checkpoints/", views.checkpoint_list, name="run-checkpoints"),
    path("<int:pk>/checkpoints/<int:step>/archive.tar", views.archive, name="checkpoint-archive"),
    path("<int:pk>/checkpoints/<int:step>/card/", views.card, name="checkpoint-card"),
    path("<int:pk>/checkpoints/<int:step>/files/<path:path>", views.file, name="checkpoint-file"),
]
