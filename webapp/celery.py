"""The Celery application: short tasks over Redis, JSON messages alone.

A task here is a hint that something is due; the database row says what is true, so a lost or
doubled message does no harm.
"""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings")

app = Celery("foresight")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
