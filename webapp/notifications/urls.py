"""Addresses of notifications."""

from __future__ import annotations

from django.urls import path

from webapp.notifications import settings_views, views

urlpatterns = [
    path("notifications/", views.listing, name="notifications"),
    path("notifications/news/", views.news, name="notifications-news"),
    path("notifications/read/", views.read_all, name="notifications-read"),
    path("notifications/<int:pk>/read/", views.read, name="notification-read"),
    path("account/notifications/", settings_views.wishes, name="notification-settings"),
    path("account/webhooks/make/", settings_views.make, name="webhook-make"),
    path("account/webhooks/<int:pk>/", settings_views.deliveries, name="webhook-deliveries"),
    path("account/webhooks/<int:pk>/test/", settings_views.test, name="webhook-test"),
    path("account/webhooks/<int:pk>/delete/", settings_views.delete, name="webhook-delete"),
]
