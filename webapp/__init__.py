"""Foresight's web side: Django, Channels and Celery around `python -m training`.

Reaches training through `training.contract` alone.
"""

from __future__ import annotations

from webapp.celery import app as celery_app

__all__ = ["celery_app"]
