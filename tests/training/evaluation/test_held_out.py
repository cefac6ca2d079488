"""The positions an experiment is evaluated on: held out, above 0.5 nats, the same for every model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.training.tiny import make_tiny_model
from training.contract.errors import ForesightError
from training.contract.events import Event, LogLine
from training.contract.experiment import ExperimentConfig, parse_experiment
from training.corpus.split import split_documents
from training.held_out import held_out_tasks
from training.stages import Teller, read_all

TEXT = "the name of the value is the name of a list and the end of the line is the end of the text {n}. "


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    make_tiny_model(folder / "models" / "tiny")
    rows = [json.dumps({"text": TEXT.format(n=n) * 3}) for n in range(6)]
    (folder / "text.jsonl").write_text("\n".join(rows) + "\n")
    return folder


@pytest.fixture(autouse=True)
def _home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORESIGHT_HOME", str(home))


def config(home: Path, **changes: Any) -> ExperimentConfig:
    return parse_experiment(
        {
            "data": {"corpus": str(home / "text.jsonl"), "held_out_documents": 2, **changes.pop("data", {})},
            "model": {"name": "tiny"},
            "positions": {"threshold": 2.0, "min_context": 4, "max_context": 16},
            "method": {"prompt": "short"},
            "sampling": {"max_prompt_tokens": 300, "max_response_tokens": 8},
            "evaluation": {"positions": 12},
            "resources": {"device": "cpu", "threads": 1},
            **changes,
        }
    )


def draw(config: ExperimentConfig, model: Path, said: list[Event] | None = None, count: int = 0) -> list[Any]:
    tell = Teller((said if said is not None else []).append)
    return list(held_out_tasks(config, model, model, tell, count))


def test_tasks_lie_in_held_out_documents_above_half_a_nat(home: Path) -> None:
    experiment, said = config(home), list[Event]()
    tasks = draw(experiment, home / "models" / "tiny", said)
    held_out = split_documents(read_all(experiment).documents, 2, experiment.seed)[1]
    assert len(tasks) == 12
    assert {task.position.document for task in tasks} <= {document.index for document in held_out}
    assert all(task.position.entropy > 0.5 for task in tasks)
    texts = {document.index: document.text for document in held_out}
    for task in tasks:
        rest = texts[task.position.document].encode()[task.position.byte_start :]
        assert rest.startswith(task.truth)
    assert any(
        isinstance(event, LogLine) and event.text.startswith("12 held-out positions") for event in said
    )


def test_same_seed_draws_the_same_positions_and_fewer_are_the_first_of_them(home: Path) -> None:
    model = home / "models" / "tiny"
    tasks = draw(config(home), model)
    assert draw(config(home), model) == tasks
    assert draw(config(home), model, count=5) == tasks[:5]


def test_another_model_is_asked_at_the_same_positions(home: Path) -> None:
    other = make_tiny_model(home / "models" / "other", vocabulary=340)
    reference = home / "models" / "tiny"
    own = held_out_tasks(config(home), reference, reference, Teller(list[Event]().append))
    theirs = held_out_tasks(config(home), other, reference, Teller(list[Event]().append))
    places = [(task.position.document, task.position.byte_start) for task in own]
    assert [(task.position.document, task.position.byte_start) for task in theirs] == [
        place for place in places if place in {(t.position.document, t.position.byte_start) for t in theirs}
    ]
    assert theirs


def test_experiment_that_holds_nothing_out_is_refused(home: Path) -> None:
    with pytest.raises(ForesightError, match="holds no documents out") as caught:
        draw(config(home, data={"held_out_documents": 0}), home / "models" / "tiny")
    assert caught.value.field == "data.held_out_documents"


def test_evaluation_without_held_out_documents_is_no_experiment() -> None:
    with pytest.raises(ForesightError, match=r"evaluation.every \(5\) asks for held-out documents"):
        parse_experiment({"evaluation": {"every": 5}})


def test_several_responses_at_temperature_0_are_refused() -> None:
    with pytest.raises(ForesightError, match="are all the same") as caught:
        parse_experiment({"evaluation": {"samples": 4}})
    assert caught.value.field == "evaluation"
