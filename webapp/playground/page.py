"""What the page Try it shows: whom to ask, the form, the answer with its ruler, what was asked before."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Max
from django.utils.translation import gettext as _

from training.contract.task_places import HELD_OUT, TRAINED, Place, read_places
from webapp.jobs.models import JobEvent
from webapp.playground.models import Question
from webapp.playground.subjects import Subject
from webapp.trajectories.glyphs import Glyph, glyphs
from webapp.trajectories.group import Piece, pieces
from webapp.trajectories.reasons import REASONS
from webapp.trajectories.ruler import RulerRow, classify

PLACES_A_PAGE = 12
BEFORE = 12
"""Questions in the list of earlier ones."""
OTHERS = 8


@dataclass(frozen=True, slots=True)
class Row:
    """A prediction against the truth."""

    sample: int | None  # None: the plain argmax
    ruler: RulerRow | None  # None: no truth, or one that bytes do not compare
    prediction: bytes | None
    right: bool | None

    @property
    def text(self) -> str:
        return (self.prediction or b"").decode("utf-8", "backslashreplace")


@dataclass(frozen=True, slots=True)
class Answer:
    """One response."""

    row: Row
    fields: dict[str, Any]  # TryAnswered
    thought: tuple[Piece, ...]
    reason: str  # why there is no answer, in words; may be ""


@dataclass(frozen=True, slots=True)
class ResultView:
    """What came back."""

    truth: tuple[Glyph, ...]
    plain: Row | None
    answers: tuple[Answer, ...]

    @property
    def has_ruler(self) -> bool:
        return bool(self.truth)


def result_view(question: Question) -> ResultView:
    """Lay every prediction against the truth. Pure."""
    truth = question.asked.get("truth", "").encode()
    boundaries = question.asked.get("boundaries", [])
    by_bytes = bool(truth and boundaries)

    def row(prediction: bytes | None, reason: str, sample: int | None, right: bool | None) -> Row:
        ruler = classify(prediction, truth, boundaries, reason) if by_bytes else None
        return Row(sample, ruler, prediction, right)

    return ResultView(
        truth=glyphs(truth, boundaries) if by_bytes else (),
        plain=row(question.plain_token, "", None, question.plain["right"]) if question.plain else None,
        answers=tuple(
            Answer(
                row(_bytes(one["prediction_base64"]), one["reason"], one["sample"], one["right"]),
                one,
                pieces(one["thought"].strip("\n")),
                REASONS.get(one["reason"], "") if one["right"] is not True else "",
            )
            for one in question.answers
        ),
    )


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text)


def follow_data(question: Question) -> dict[str, Any]:
    """What the script needs to follow a question: nothing is shown twice, nothing is missed."""
    first = JobEvent.objects.filter(
        job=question.session.job, type="try_asked", payload__question=question.number
    ).aggregate(first=Max("pk"))["first"]
    newest = JobEvent.objects.filter(job=question.session.job).aggregate(last=Max("pk"))["last"] or 0
    return {
        "job": question.session.job_id,
        "number": question.number,
        "cursor": first - 1 if first else newest,
        "asked": question.created.isoformat(),
    }


def questions_before(user: Any, subject: Subject, question: Question | None) -> Sequence[Question]:
    """The latest questions to this model."""
    rows = Question.objects.owned_by(user).of_subject(subject.reference).with_session()
    found: list[Question] = list(rows.exclude(pk=question.pk if question else None)[:BEFORE])
    return found


def others_at(user: Any, question: Question) -> Sequence[Question]:
    """The newest answer of each other model at the same context, with the same truth."""
    rows = Question.objects.owned_by(user).same_place_as(question).with_session().exclude(done={})
    found: dict[str, Question] = {}
    for one in rows[: 10 * OTHERS]:
        if one.session.subject != question.session.subject:
            found.setdefault(one.session.subject, one)
    return list(found.values())[:OTHERS]


@dataclass(frozen=True, slots=True)
class Places:
    """A page of positions to pick from; `words` says why there are none."""

    page: Any
    places: tuple[Place, ...]
    words: str = ""


def places_of(subject: Subject, what: str, page: str | None) -> Places:
    """The positions that the subject's run trains on, or holds out, in the order of the file."""
    if subject.run is None:
        return Places(None, (), _("A model without a run has no positions: type a context."))
    path = subject.run.folder_path / (HELD_OUT if what == "held_out" else TRAINED)
    try:
        total, _first = read_places(path, 0, 1)
        found = Paginator(range(total), PLACES_A_PAGE).get_page(page)
        _total, places = read_places(path, found.start_index() - 1 if total else 0, PLACES_A_PAGE)
    except FileNotFoundError:
        return Places(None, (), _missing(what))
    except (OSError, ValueError, KeyError, TypeError):
        return Places(None, (), _("The list of positions cannot be read. Type a context instead."))
    return Places(found, tuple(places))


def _missing(what: str) -> str:
    if what == "held_out":
        return _("This run has measured nothing on held-out text, so it has no list of such positions.")
    return _("The run has not built its prompts yet, or its working files were deleted.")
