"""The stage line before GRPO."""

from __future__ import annotations

from typing import Any

from webapp.runs.stages import stage_states, stages_of

RPT = stages_of("rpt")


def event(stage: str, status: str, **more: Any) -> dict[str, Any]:
    return {"stage": stage, "status": status, **more}


def states(events: list[dict[str, Any]], current: str = "", ended: bool = False) -> dict[str, str]:
    found = stage_states(events, current=current, progress=(3, 16, "steps"), ended=ended, order=RPT)
    return {stage.key: stage.status for stage in found}


def test_queued_run_waits_for_every_stage() -> None:
    assert list(states([])) == ["prepare", "documents", "positions", "cold_start", "tasks", "engine"]
    assert set(states([]).values()) == {"waiting"}


def test_method_has_its_own_stages() -> None:
    assert stages_of("rlpt")[:4] == ("prepare", "documents", "segments", "cold_start")
    assert stages_of("sft")[:3] == ("prepare", "documents", "tasks")
    assert "positions" in stages_of("ntp") and "engine" not in stages_of("ntp")


def test_current_stage_carries_its_progress() -> None:
    events = [event("prepare", "finished", seconds=2.5), event("cold_start", "started")]
    shown = stage_states(events, current="cold_start", progress=(3, 16, "steps"), ended=False, order=RPT)
    found = {state.key: state for state in shown}
    assert (found["prepare"].status, found["prepare"].seconds) == ("finished", 2.5)
    cold = found["cold_start"]
    assert (cold.status, cold.done, cold.total, cold.unit) == ("running", 3, 16, "steps")
    assert found["tasks"].status == "waiting"


def test_stage_that_was_passed_over_is_left_out() -> None:
    events = [event("prepare", "finished"), event("documents", "finished"), event("positions", "reused")]
    assert states([*events, event("tasks", "started")], "tasks") == {
        "prepare": "finished",
        "documents": "finished",
        "positions": "reused",
        "tasks": "running",
        "engine": "waiting",
    }


def test_training_run_shows_the_stages_it_had() -> None:
    assert states([event("prepare", "finished"), event("train", "started")], "train") == {
        "prepare": "finished"
    }


def test_ended_run_stopped_in_its_current_stage() -> None:
    assert states([event("prepare", "started")], "prepare", ended=True)["prepare"] == "stopped"


def test_stage_that_never_said_it_ended_has_ended_when_a_later_one_began() -> None:
    assert states([event("prepare", "started"), event("tasks", "started")], "tasks")["prepare"] == "finished"
