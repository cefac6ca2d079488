"""What a person asks a model on the page Try it, and how it reaches the process that holds the model.

The process of a session keeps the model loaded and answers questions until none has come for a while.
Questions are files in the session's folder:

    asked/000001.json   a Question; removed once it is answered
    asked/000001.stop   the person has stopped it
    closed              the process takes no more questions

Both sides hold the folder's lock while they look and write, so that no question falls between the last
look and the end. Answers are events (`training.contract.events`).
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

MOST_SAMPLES = 16
MOST_TOKENS = 8192
MOST_CHARACTERS = 2_000_000
"""Of a whole document; a prompt never holds more than its limit of tokens."""


class Question(BaseModel):
    """A place of a text, and how the model is asked there.

    What stands before byte `at` is the context (the problem, in RLVR); what follows is what the model should
    say, and may be empty: nothing is judged then.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int = Field(ge=1)  # within the session
    text: str = Field(max_length=MOST_CHARACTERS)
    at: int = Field(ge=0)  # offset in the text's UTF-8 bytes
    samples: int = Field(1, ge=1, le=MOST_SAMPLES)
    temperature: float = Field(1.0, ge=0, le=5)  # 0: the most likely token
    max_tokens: int = Field(256, ge=1, le=MOST_TOKENS)
    seed: int = Field(0, ge=0, lt=2**31)


def put_question(folder: Path, question: Question) -> bool:
    """Hand a question over. False: the session takes none any more, so another one has to be started."""
    with _locked(folder):
        if (folder / "closed").exists():
            return False
        partial = folder / "asked" / f".{question.number:06d}.partial"
        partial.write_text(question.model_dump_json(), encoding="utf-8")
        partial.rename(_file(folder, question.number))
        return True


def stop_question(folder: Path, number: int) -> None:
    """Ask for an end of a question's answer. One that is answered already stays so."""
    if _file(folder, number).exists():
        _stop_file(folder, number).touch()


def is_stopped(folder: Path, number: int) -> bool:
    return _stop_file(folder, number).exists()


def next_question(folder: Path) -> Question | None:
    """The first question that waits."""
    files = sorted((folder / "asked").glob("*.json"))
    return Question.model_validate_json(files[0].read_text(encoding="utf-8")) if files else None


def forget_question(folder: Path, number: int) -> None:
    """It has its answer."""
    _file(folder, number).unlink(missing_ok=True)
    _stop_file(folder, number).unlink(missing_ok=True)


def close_if_idle(folder: Path) -> bool:
    """Take no more questions, unless one waits; returns whether the session is closed."""
    with _locked(folder):
        if next_question(folder) is not None:
            return False
        (folder / "closed").touch()
        return True


def _file(folder: Path, number: int) -> Path:
    return folder / "asked" / f"{number:06d}.json"


def _stop_file(folder: Path, number: int) -> Path:
    return folder / "asked" / f"{number:06d}.stop"


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    (folder / "asked").mkdir(parents=True, exist_ok=True)
    with open(folder / "asked" / ".lock", "ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
