"""Instruction tuning from a corpus of conversations to weights, and as the cold start of another run; without Ray."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.training.pipeline.test_run_command import tiny_experiment
from tests.training.tiny import make_tiny_model
from training.checkpoints.origin import read_origin
from training.checkpoints.verify_run import verify_run
from training.contract.errors import ForesightError
from training.contract.events import (
    CheckpointSaved,
    Event,
    Failed,
    Finished,
    LogLine,
    Metrics,
    Progress,
    StageChanged,
)
from training.contract.experiment import ExperimentConfig, parse_experiment
from training.contract.stream import read_after, spool_path
from training.models.fingerprint import weights_sha256
from training.models.token_bytes import load_tokenizer
from training.pipeline import run
from training.stages import Teller, teach
from training.tuning.examples import conversation_examples

ROWS = 5


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    make_tiny_model(folder / "models" / "tiny")
    rows = [{"problem": f"{n} + 1?", "solution": str(n + 1)} for n in range(ROWS)]
    rows.append({"problem": "the end of the line " * 20, "solution": "the end"})
    (folder / "sums.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


@pytest.fixture(autouse=True)
def _at_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORESIGHT_HOME", str(home))


def tuning(home: Path, **changes: dict[str, Any]) -> ExperimentConfig:
    sections: dict[str, dict[str, Any]] = {
        "data": {"corpus": str(home / "sums.jsonl"), "held_out_documents": 1},
        "model": {"name": "tiny"},
        "method": {
            "kind": "sft",
            "epochs": 1,
            "max_tokens": 64,
            "prompt_field": "problem",
            "response_field": "solution",
        },
        "optimisation": {"contexts_per_step": 2, "learning_rate": 1e-3},
        "checkpoints": {"every": 1, "best_by": "sft/held_out_loss"},
        "resources": {"device": "cpu", "threads": 1, "micro_batch_rollouts": 2},
    }
    for section, values in changes.items():
        sections[section] = {**sections.get(section, {}), **values}
    return parse_experiment({"name": "tuning", **sections})


def events_of(folder: Path, attempt: int = 1) -> list[Event]:
    return [envelope.event for envelope in read_after(spool_path(folder, attempt))]


@pytest.fixture(scope="module")
def finished(home: Path) -> Path:
    """A finished run of two steps: five conversations, one of them too long, and one held out."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FORESIGHT_HOME", str(home))
        assert run(tuning(home), home / "run", attempt=1) == 2
    return home / "run"


def test_run_goes_from_conversations_to_weights(finished: Path) -> None:
    events = events_of(finished)
    stages = [(event.stage, event.status) for event in events if isinstance(event, StageChanged)]
    names = ("prepare", "documents", "tasks", "tuning")
    assert stages == [(name, status) for name in names for status in ("started", "finished")]
    assert [event.step for event in events if isinstance(event, Metrics)] == [0, 1, 2]
    assert [e.total for e in events if isinstance(e, Progress) and e.stage == "tuning"] == [2, 2, 2]
    assert events[-1] == Finished(steps_done=2, steps_asked=2)


def test_run_says_what_it_read_and_what_it_left_out(finished: Path) -> None:
    events = events_of(finished)
    details = {
        event.stage: event.detail
        for event in events
        if isinstance(event, StageChanged) and event.status == "finished"
    }
    assert details["documents"] == "5 conversations to train on, 1 held out"
    # "1" and the end token, in two or more tokens of the tiny tokenizer.
    assert details["tasks"].startswith("4 conversations, 8 of ")
    said = [event.text for event in events if isinstance(event, LogLine)]
    assert said == ["1 conversation was left out: more than 64 tokens."]


def test_run_verifies_and_its_weights_have_their_card(home: Path, finished: Path) -> None:
    assert [finding.text for finding in verify_run(finished) if not finding.ok] == []
    assert "steps: 2 of 2 done" in [finding.text for finding in verify_run(finished)]
    saved = [event for event in events_of(finished) if isinstance(event, CheckpointSaved)]
    assert [event.step for event in saved] == [1, 2]
    assert saved[-1].parent_weights_sha256 == weights_sha256(home / "models" / "tiny")
    card = (finished / saved[-1].path / "model" / "README.md").read_text()
    assert "Trained by instruction tuning: supervised training on conversations" in card
    assert "| Steps | 2 of 2 |" in card
    assert "| Data | sums.jsonl, 5 conversations |" in card
    assert "| Held-out loss | " in card
    origin = read_origin(finished)
    assert origin is not None and origin.documents == 5


def test_second_attempt_of_a_finished_run_does_no_step(home: Path, finished: Path) -> None:
    assert run(tuning(home), finished, attempt=2) == 2
    events = events_of(finished, 2)
    assert not any(isinstance(event, Metrics) for event in events)
    assert events[-1] == Finished(steps_done=2, steps_asked=2)


@pytest.mark.parametrize(
    ("changes", "message", "field"),
    [
        (
            {"method": {"max_tokens": 16}},
            "None of the 5 conversations is left: 5 have more than 16 tokens.",
            "method.max_tokens",
        ),
        (
            {"method": {"prompt_field": "question"}},
            "sums.jsonl, line 1: there is no field 'messages', nor both 'question' and 'solution'. The fields "
            "there are: problem, solution.",
            "data.corpus",
        ),
        (
            {"data": {"held_out_documents": 6}},
            "Holding out 6 of 6 documents leaves none to train on.",
            "data.held_out_documents",
        ),
    ],
)
def test_run_that_cannot_begin_says_why(
    home: Path, tmp_path: Path, changes: dict[str, Any], message: str, field: str
) -> None:
    with pytest.raises(ForesightError):
        run(tuning(home, **changes), tmp_path / "run", attempt=1)
    failed = events_of(tmp_path / "run")[-1]
    assert isinstance(failed, Failed)
    assert (failed.message, failed.field) == (message, field)


def with_conversations(home: Path, **changes: dict[str, object]) -> ExperimentConfig:
    rows = [{"prompt": f"{n} + 1?", "response": str(n + 1)} for n in range(3)]
    file = home / "start.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    cold_start = {"steps": 2, "batch_size": 4, "conversations": str(file)}
    return tiny_experiment(home / "sums.jsonl", cold_start=cold_start, **changes)


def test_cold_start_learns_the_conversations_in_place_of_its_own_examples(home: Path, tmp_path: Path) -> None:
    events: list[Event] = []

    def own_examples() -> list[Any]:
        raise AssertionError("conversations were named")

    weights = tmp_path / "weights"
    model = home / "models" / "tiny"
    teach(with_conversations(home), model, weights, own_examples, Teller(events.append))
    assert [event.step for event in events if isinstance(event, Metrics)] == [1, 2]
    details = [event.detail for event in events if isinstance(event, StageChanged)]
    assert details == ["", "8 examples of conversations"]
    assert weights_sha256(weights) != weights_sha256(model)


def test_cold_start_goes_through_few_conversations_again_and_again(home: Path) -> None:
    tokenizer = load_tokenizer(home / "models" / "tiny")
    examples = conversation_examples(with_conversations(home), tokenizer, print)
    counts = sorted(examples.count(one) for one in set(examples))
    assert counts == [2, 3, 3]


def test_cold_start_on_conversations_that_do_not_fit_names_the_room(home: Path) -> None:
    tokenizer = load_tokenizer(home / "models" / "tiny")
    tight = with_conversations(
        home, sampling={"max_prompt_tokens": 17, "max_response_tokens": 1}, positions={"max_context": 16}
    )
    with pytest.raises(ForesightError, match="fits into 18 tokens, a prompt and a response") as caught:
        conversation_examples(tight, tokenizer, print)
    assert caught.value.field == "cold_start.conversations"


def test_cold_start_on_a_bad_row_names_it_and_the_setting(home: Path) -> None:
    config = with_conversations(home)
    (home / "start.jsonl").write_text('{"prompt": "a"}\n')
    with pytest.raises(ForesightError, match=r"start\.jsonl, line 1") as caught:
        conversation_examples(config, load_tokenizer(home / "models" / "tiny"), print)
    assert caught.value.field == "cold_start.conversations"


def test_conversations_without_a_step_are_refused_by_the_schema() -> None:
    with pytest.raises(ForesightError) as caught:
        parse_experiment({"cold_start": {"conversations": "a.jsonl"}})
    assert caught.value.field == "cold_start"
    assert "steps (0) makes no cold start" in caught.value.message
