"""What is said of a run that is watched: lines, the bar, the end. And text that cannot steer a terminal."""

from __future__ import annotations

import io
from typing import Any

import pytest

from foresight.cli.terminal import StatusLine, bar, duration, json_text, printable, size, table
from foresight.cli.watching import Watch, ending
from foresight.models import Changed, Events

JOB = {"state": "running", "label": "Running", "ended": False, "ahead": 0, "error": {}}
RUN = {
    "step": 12,
    "steps_asked": 60,
    "stage": "train",
    "stage_label": "GRPO",
    "progress": {"done": 12, "total": 60, "unit": "steps"},
    "seconds_per_step": 18.0,
    "eta_seconds": 864.0,
    "last_reward": 0.29667,
}


def message(
    *events: dict[str, Any], job: dict[str, Any] | None = None, run: dict[str, Any] | None = None
) -> Events:
    return Events(cursor=1, job={**JOB, **(job or {})}, run={**RUN, **(run or {})}, events=events)


def event(kind: str, attempt: int = 1, **parts: Any) -> dict[str, Any]:
    return {"type": kind, "attempt": attempt, "seq": 1, "id": 1, "time": 0.0, **parts}


@pytest.mark.parametrize(
    ("found", "line"),
    [
        (
            event("metrics", step=12, values={"reward/mean": 0.29667}),
            "step 12 of 60  reward 0.297  14 min 24 s left",
        ),
        (
            event("metrics", step=60, values={"reward/mean": None}),
            "step 60 of 60  reward not measured  0 s left",
        ),
        (event("stage", stage="positions", status="started", detail=""), "stage positions"),
        (
            event("stage", stage="positions", status="reused", detail="a scan"),
            "stage positions reused: a scan",
        ),
        (event("log", level="warning", text="two\nlines"), "warning: two lines"),
        (event("checkpoint", step=20), "checkpoint of step 20"),
        (event("resumed", step=20), "goes on from the checkpoint of step 20"),
        (event("failed", message="No.", remedy="Wait."), "failed: No. Wait."),
    ],
)
def test_event_is_said_in_a_line(found: dict[str, Any], line: str) -> None:
    assert list(Watch(every_step=True).lines(message(found))) == [line]


@pytest.mark.parametrize(
    "found",
    [
        event("metrics", step=3, values={"cold_start/loss": 1.0}),
        event("log", level="info", text="x"),
        event("stage", stage="positions", status="finished", detail=""),
        event("rollouts", step=3, groups=6),
        event("progress", stage="train", done=3, total=60, unit="steps"),
        event("something new"),
    ],
)
def test_event_that_says_little_makes_no_line(found: dict[str, Any]) -> None:
    assert list(Watch(every_step=True).lines(message(found))) == []


def test_steps_and_progress_make_no_lines_beside_a_bar() -> None:
    quiet = Watch(every_step=False)
    events = (
        event("metrics", step=12, values={"reward/mean": 0.5}),
        event("progress", stage="positions", done=5, total=10, unit="tokens"),
        event("checkpoint", step=20),
    )
    assert list(quiet.lines(message(*events))) == ["checkpoint of step 20"]


def test_progress_makes_a_line_for_each_tenth() -> None:
    watch = Watch(every_step=True)
    events = [
        event("progress", stage="positions", done=done, total=200, unit="tokens") for done in range(201)
    ]
    lines = list(watch.lines(message(*events)))
    assert lines[:3] == ["positions 0/200 tokens", "positions 20/200 tokens", "positions 40/200 tokens"]
    assert (len(lines), lines[-1]) == (11, "positions 200/200 tokens")


def test_new_attempt_is_named_once() -> None:
    watch = Watch(every_step=True)
    found = message(event("checkpoint", attempt=1, step=1), event("resumed", attempt=2, step=1))
    assert list(watch.lines(found)) == [
        "checkpoint of step 1",
        "attempt 2",
        "goes on from the checkpoint of step 1",
    ]
    assert list(watch.lines(message(event("checkpoint", attempt=2, step=2)))) == ["checkpoint of step 2"]


def test_waiting_is_said_when_it_changes() -> None:
    watch = Watch(every_step=True)
    queued = {"state": "queued", "label": "Queued"}
    said = [list(watch.lines(message(job={**queued, "ahead": ahead}))) for ahead in (2, 2, 1, 0)]
    assert said == [["Queued, 2 ahead of it"], [], ["Queued, 1 ahead of it"], ["Queued"]]


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (message(), "GRPO |█████▋                      |  12/60 steps  reward 0.297  14 min 24 s left"),
        (
            message(
                run={
                    "stage": "positions",
                    "stage_label": "Scoring positions",
                    "step": 0,
                    "progress": {"done": 50, "total": 100, "unit": "documents"},
                    "last_reward": None,
                    "eta_seconds": None,
                }
            ),
            "Scoring positions |██████████████              |  50/100 documents",
        ),
        (message(job={"state": "queued", "label": "Queued", "ahead": 1}), "Queued, 1 ahead of it"),
        (message(job={"state": "starting", "label": "Starting"}, run={"stage": ""}), "Starting"),
    ],
)
def test_status_line_has_a_bar(found: Events, status: str) -> None:
    assert Watch(every_step=False).status(found) == status


@pytest.mark.parametrize(
    ("job", "said"),
    [
        ({"state": "succeeded", "label": "Finished"}, "Finished after 12 of 60 steps, reward 0.297."),
        (
            {
                "state": "failed",
                "label": "Failed",
                "error": {"message": "The disk is full.", "remedy": "Free some."},
            },
            "Failed after 12 of 60 steps, reward 0.297. The disk is full. Free some.",
        ),
        ({"state": "cancelled", "label": "Cancelled"}, "Cancelled after 12 of 60 steps, reward 0.297."),
    ],
)
def test_end_says_how_and_why(job: dict[str, Any], said: str) -> None:
    assert ending(message(job=job)) == said


def test_text_of_a_site_cannot_steer_the_terminal() -> None:
    assert printable("a\x1b[2Jb\r\x07\u202ec\nd\te\u2028f") == "a[2Jbc d ef"
    assert printable("Größe 中文 🙂") == "Größe 中文 🙂"


def test_table_is_as_wide_as_it_needs_to_be() -> None:
    assert (
        table(("ID", "NAME"), [(1, "a"), (12, "long name")], numbers=(0,)) == "ID  NAME\n 1  a\n12  long name"
    )


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, "–"), (0, "0 s"), (59.4, "59 s"), (200, "3 min 20 s"), (3840, "1 h 04 min")]
)
def test_duration_in_words(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1_500, "1.5 kB"), (538_000_000, "538 MB"), (2e12, "2 TB")],
)
def test_size_in_words(count: float, text: str) -> None:
    assert size(count) == text


def test_bar_is_full_at_the_end_and_empty_without_a_total() -> None:
    assert [bar(done, 4, 2) for done in range(6)] == ["  ", "▌ ", "█ ", "█▌", "██", "██"]
    assert bar(3, 0, 2) == "  "


def test_json_of_models_and_plain_data() -> None:
    assert json_text(Changed(changed=True, message="é")) == '{\n  "changed": true,\n  "message": "é"\n}'
    assert json_text([{"a": 1}]) == '[\n  {\n    "a": 1\n  }\n]'


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_status_line_is_drawn_over_and_lines_stay_above_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "10")
    out = Terminal()
    line = StatusLine(out)
    line.show("a long status")
    line.print("stays")
    line.show("b")
    line.clear()
    assert out.getvalue() == "\r\x1b[2Ka long st\r\x1b[2Kstays\n\r\x1b[2Kb\r\x1b[2K"


def test_without_a_terminal_there_is_no_status_line() -> None:
    out = io.StringIO()
    line = StatusLine(out)
    line.show("status")
    line.print("stays")
    line.clear()
    assert out.getvalue() == "stays\n"
