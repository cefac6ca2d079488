"""Addresses of audits."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.audits import views

urlpatterns: list[URLPattern] = [
    path("runs/<int:pk>/judge/", views.judge_tab, name="run-judge"),
    path("runs/<int:pk>/judge/verdicts/", views.verdicts, name="run-verdicts"),
    path("runs/<int:pk>/judge/sample/", views.start, name="audit-start"),
    path("runs/<int:pk>/judge/again/", views.rejudge, name="rejudge-start"),
    path("audits/<int:pk>/", views.audit, name="audit"),
    path("audits/<int:pk>/answer/", views.answer, name="audit-answer"),
    path("audits/<int:pk>/undo/", views.undo, name="audit-undo"),
    path("audits/<int:pk>/invite/", views.ask_second, name="audit-invite"),
    path("audits/join/<str:invitation>/", views.join, name="audit-join"),
    path("rejudgings/<int:pk>/", views.rejudging, name="rejudging"),
    path("rejudgings/<int:pk>/cancel/", views.cancel, name="rejudging-cancel"),
]
