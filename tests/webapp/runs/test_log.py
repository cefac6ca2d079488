"""The trainer's log: its tail, what came after an offset, as a terminal would show it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.webapp.made_run import make_bare_run
from webapp.runs.log import log_after, log_attempts, log_path, log_tail
from webapp.runs.models import Run


@pytest.fixture
def run(user: Any, settings: Any, tmp_path: Any) -> Run:
    settings.HOME = tmp_path
    return make_bare_run(user)


def test_tail_gives_the_last_two_hundred_lines(run: Run) -> None:
    log_path(run, 1).write_text("".join(f"line {n}\n" for n in range(250)))
    part = log_tail(run, 1)
    assert (len(part.lines), part.lines[0], part.lines[-1], part.cut) == (200, "line 50", "line 249", True)
    assert part.end == log_path(run, 1).stat().st_size


def test_line_without_its_newline_waits(run: Run) -> None:
    log_path(run, 1).write_bytes(b"one\ntw")
    assert log_tail(run, 1).lines == ("one",)
    log_path(run, 1).write_bytes(b"one\ntwo\nthree\n")
    part = log_after(run, 1, 4)
    assert (part.lines, part.end) == (("two", "three"), 14)


def test_nothing_new_keeps_the_offset(run: Run) -> None:
    log_path(run, 1).write_bytes(b"one\n")
    part = log_after(run, 1, 4)
    assert (part.lines, part.end) == ((), 4)


def test_offset_behind_the_end_gives_the_tail_again(run: Run) -> None:
    log_path(run, 1).write_bytes(b"new\n")
    assert log_after(run, 1, 999).lines == ("new",)


def test_colours_and_lines_drawn_over_are_shown_as_in_the_end(run: Run) -> None:
    log_path(run, 1).write_bytes(b"\x1b[36m(actor)\x1b[0m hi\r\n10%\r50%\r100%\n\xff\n")
    assert log_tail(run, 1).lines == ("(actor) hi", "100%", "\ufffd")


def test_missing_log_is_empty(run: Run) -> None:
    part = log_tail(run, 1)
    assert (part.lines, part.end, part.cut) == ((), 0, False)
    assert log_attempts(run) == []


def test_endpoint_gives_lines_as_json(client_signed_in: Client, run: Run) -> None:
    log_path(run, 1).write_bytes(b"<script>alert(1)</script>\nb\n")
    answer = client_signed_in.get(reverse("run-log", args=[run.pk]))
    assert answer.json() == {
        "attempt": 1,
        "lines": ["<script>alert(1)</script>", "b"],
        "end": 28,
        "cut": False,
    }
    more = client_signed_in.get(reverse("run-log", args=[run.pk]), {"attempt": 1, "offset": 26})
    assert more.json()["lines"] == ["b"]


def test_whole_log_is_a_text_file(client_signed_in: Client, run: Run) -> None:
    log_path(run, 1).write_bytes(b"all of it\n")
    answer = client_signed_in.get(reverse("run-log-file", args=[run.pk, 1]))
    assert answer.content == b"all of it\n"
    assert answer["Content-Disposition"] == 'attachment; filename="made-run-attempt-1.log"'
    assert client_signed_in.get(reverse("run-log-file", args=[run.pk, 2])).status_code == 404
