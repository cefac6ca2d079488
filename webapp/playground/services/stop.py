"""Stops a question: what the model has said so far stays."""

from __future__ import annotations

from training.contract.playground import stop_question
from webapp.jobs.services.cancel import request_cancel
from webapp.jobs.services.create import job_folder
from webapp.playground.models import Question


def stop(question: Question) -> bool:
    """Returns False when it had ended already. A session that has not begun to answer anything is ended whole."""
    if question.ended:
        return False
    session = question.session
    alone = session.questions.unanswered().count() == 1
    if alone and not session.ready:  # nothing is kept by waiting for the model
        return request_cancel(session.job)
    stop_question(job_folder(session.job), question.number)
    return True
