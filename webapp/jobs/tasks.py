"""Celery tasks of jobs: one call into a service each."""

from __future__ import annotations

from celery import shared_task

from webapp.jobs.services.launch import launch


@shared_task
def launch_job(job_id: int, attempt: int) -> bool:
    """Launch one attempt, unless somebody has or its turn has not come."""
    return launch(job_id, attempt)
