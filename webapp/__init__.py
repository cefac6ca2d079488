"""Foresight's web side: Django, Channels and Celery around `python -m training`.

Reaches training through `training.contract` alone.
"""
