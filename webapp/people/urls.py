"""Addresses of the people of a site."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.people import views

urlpatterns: list[URLPattern] = [
    path("people/", views.people_page, name="people"),
    path("people/invite/", views.invite_person, name="person-invite"),
    path("people/<int:pk>/password/", views.new_password, name="person-password"),
    path("people/<int:pk>/staff/", views.change_staff, name="person-staff"),
    path("people/<int:pk>/active/", views.change_active, name="person-active"),
    path("people/<int:pk>/quota/", views.change_quota, name="person-quota"),
]
