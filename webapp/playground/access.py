"""The way a view gets a question: by its owner. Another user's does not exist."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404

from webapp.playground.models import Question


def own_question(user: Any, pk: int) -> Question:
    """The user's question with its session, job and run. Raises Http404."""
    question: Question = get_object_or_404(Question.objects.owned_by(user).with_session(), pk=pk)
    return question
