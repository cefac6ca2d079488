"""Addresses of corpora."""

from __future__ import annotations

from django.urls import path

from webapp.corpora import atlas, views

urlpatterns = [
    path("", views.corpora, name="corpora"),
    path("upload/", views.upload, name="corpus-upload"),
    path("dataset/", views.dataset, name="corpus-dataset"),
    path("sample/", views.sample, name="corpus-sample"),
    path("<int:pk>/", views.corpus, name="corpus"),
    path("<int:pk>/check/", views.check_again, name="corpus-check"),
    path("<int:pk>/delete/", views.delete, name="corpus-delete"),
    path("<int:pk>/scan/", views.scan_corpus, name="corpus-scan"),
    path("<int:pk>/scans/", views.scans, name="corpus-scans"),
    path("<int:pk>/documents/<int:index>/", atlas.document, name="corpus-document"),
    path("scans/<int:pk>/", views.scan, name="scan"),
    path("scans/<int:pk>/cancel/", views.scan_cancel, name="scan-cancel"),
    path("scans/<int:pk>/documents/<int:index>/", atlas.positions, name="scan-positions"),
]
