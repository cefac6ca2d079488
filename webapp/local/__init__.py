"""Foresight on one machine: `manage.py up` and what it needs."""
