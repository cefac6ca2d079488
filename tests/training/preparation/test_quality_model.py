"""Quality by a model: the band of perplexity, an endpoint's 0 and 1, its faults, and what is kept on file."""

from __future__ import annotations

import math
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.training.judging.fake_judge_server import FakeJudgeServer, error
from tests.training.tiny import make_tiny_model
from training.contract.errors import ForesightError
from training.contract.preparation_quality import QualityModelConfig
from training.judging.timing import Timing
from training.preparation.endpoint import EndpointModel
from training.preparation.finding import Finding, StageRun
from training.preparation.perplexity import PerplexityModel
from training.preparation.quality_model import start
from training.records import Document

TEXTS = (
    "the name of the value is the name of a list",
    "zzz qqq",
    "size and decreases size and decreases",
    "a",
)


def run(texts: tuple[str, ...], folder: Path, **settings: Any) -> tuple[StageRun, list[Finding]]:
    documents = [Document(index, f"document {index}", text) for index, text in enumerate(texts)]
    stage = start(documents, QualityModelConfig.model_validate({"enabled": True, **settings}), folder)
    return stage, list(stage.findings)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def model(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The tiny model by its name, in a home of the test's own."""
    shutil.copytree(tiny, tmp_path / "home" / "models" / "tiny")
    monkeypatch.setenv("FORESIGHT_HOME", str(tmp_path / "home"))
    return "tiny"


def by_transformers(folder: Path, text: str, most: int) -> float:
    """Perplexity by transformers' own loss."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    ids = torch.tensor([AutoTokenizer.from_pretrained(folder).encode(text)[:most]])
    with torch.no_grad():
        loss = AutoModelForCausalLM.from_pretrained(folder)(ids, labels=ids).loss
    return math.exp(float(loss))


def test_perplexity_is_that_of_transformers_in_batches_and_cut(model: str, tmp_path: Path) -> None:
    settings = QualityModelConfig(model=model, max_tokens=16)
    folder = tmp_path / "home" / "models" / "tiny"
    long = " ".join(TEXTS) * 200
    found = PerplexityModel(settings).ask([*TEXTS[:3], long, *TEXTS[:3]])
    wanted = [by_transformers(folder, text, 16) for text in (*TEXTS[:3], long, *TEXTS[:3])]
    assert [one.value for one in found] == pytest.approx(wanted, rel=1e-4)


def test_documents_outside_the_band_go_and_one_of_a_single_token_stays(model: str, tmp_path: Path) -> None:
    values = [one.value for one in PerplexityModel(QualityModelConfig(model=model)).ask(TEXTS)]
    assert values[3] is None
    first, second, third = (value for value in values if value is not None)
    low, middle, high = sorted((first, second, third))
    band = {"lowest_perplexity": (low + middle) / 2, "highest_perplexity": (middle + high) / 2}
    stage, found = run(TEXTS, tmp_path, model=model, **band)
    rules = {0: first, 1: second, 2: third}
    for index, value in rules.items():
        expected = {low: ["low_perplexity"], middle: [], high: ["high_perplexity"]}[value]
        assert [reason.rule for reason in found[index].reasons] == expected
    assert found[3].reasons == ()
    assert stage.notes == ["1 texts too short to measure; these documents stay: document 3."]


def test_endpoint_is_asked_the_prompt_and_its_zero_drops(tmp_path: Path) -> None:
    with FakeJudgeServer(judge=lambda question: "0" if "spam" in question else " 1.\n") as server:
        settings = {
            "judge": "endpoint",
            "url": server.url,
            "model": "m",
            "prompt": "Good? {text}",
            "max_characters": 100,
        }
        _, found = run(("sound", "spam", "x" * 200), tmp_path, **settings)
    assert [one.dropped for one in found] == [False, True, False]
    assert found[1].reasons[0].words == "m answered 0."
    assert sorted(server.questions) == sorted(["Good? sound", "Good? spam", f"Good? {'x' * 100}"])
    assert server.requests[0]["temperature"] == 0.0


def test_malformed_replies_are_counted_and_their_documents_stay(tmp_path: Path) -> None:
    with FakeJudgeServer(judge=lambda question: "It is 1, I think" if "odd" in question else "1") as server:
        settings = {"judge": "endpoint", "url": server.url, "model": "m", "prompt": "{text}"}
        stage, found = run(("odd", "sound"), tmp_path, **settings)
    assert [one.reasons for one in found] == [(), ()]
    assert stage.notes == ["1 replies that are neither 0 nor 1; these documents stay: document 0."]


def test_endpoint_that_fails_is_asked_again_and_then_called_down(tmp_path: Path) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    timing = Timing(sleep=sleep, chance=lambda: 0.0)
    with FakeJudgeServer(script=[error(503), error(429)], judge=lambda question: "1") as server:
        settings = QualityModelConfig(enabled=True, judge="endpoint", url=server.url, model="m", retries=2)
        assert EndpointModel(settings, timing).ask(["text"])[0].value == 1.0
        assert slept == [1.0, 2.0]
        server.stop()
        with pytest.raises(ForesightError) as caught:
            EndpointModel(settings, timing).ask(["text"])
    assert (caught.value.field, caught.value.retryable) == ("quality_model.url", True)
    assert caught.value.message.startswith("The endpoint does not answer (no connection")
    assert caught.value.message.endswith("after 2 retries.")


def test_refused_key_is_named_by_the_setting_of_this_stage() -> None:
    with FakeJudgeServer(script=[error(401, "no")]) as server:
        settings = QualityModelConfig(enabled=True, judge="endpoint", url=server.url, model="m")
        with pytest.raises(ForesightError) as caught:
            EndpointModel(settings).ask(["text"])
    assert caught.value.field == "quality_model.key_variable"


def test_opinions_on_file_are_not_asked_for_again(tmp_path: Path) -> None:
    with FakeJudgeServer(judge=lambda question: "1") as server:
        settings = {"judge": "endpoint", "url": server.url, "model": "m", "prompt": "{text}"}
        run(("one", "two"), tmp_path, **settings)
        with open(tmp_path / "opinions.jsonl", "a", encoding="utf-8") as file:
            file.write('["torn')
        run(("one", "three"), tmp_path, **settings)
        assert sorted(server.questions) == ["one", "three", "two"]
        run(("one",), tmp_path, **{**settings, "prompt": "Now {text}"})
        assert len(server.questions) == 4


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"judge": "endpoint"}, "url must begin with http:// or https://"),
        ({"key_variable": "FORESIGHT_SECRET_KEY"}, "ends in API_KEY"),
        ({"prompt": "no place"}, "Write {text} once"),
        ({"lowest_perplexity": 9, "highest_perplexity": 9}, "the band is empty"),
        ({"model": "../secret"}, "model"),
    ],
)
def test_settings_that_cannot_judge_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        QualityModelConfig.model_validate({"enabled": True, **settings})
