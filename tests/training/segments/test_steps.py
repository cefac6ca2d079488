"""Atomic steps that a model marks, mapped back to the text."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.judging.fake_judge_server import FakeJudgeServer, error
from tests.training.tiny import make_tiny_model
from training.contract.errors import ForesightError
from training.contract.experiment import ExperimentConfig, parse_experiment
from training.contract.settings.segments import JudgeConfig
from training.judging.timing import Timing
from training.records import Document
from training.segments.marker import EndpointMarker, LocalMarker
from training.segments.run import open_splitter, segment_documents
from training.segments.splitter import SentenceSplitter
from training.segments.steps import MARK, StepSplitter, marked_places


class FakeMarker:
    """Stands in for a model: marks as it is told."""

    identity = "fake"

    def __init__(self, reply: Callable[[str], str]) -> None:
        self.reply = reply
        self.parts: list[str] = []

    def mark(self, parts: Sequence[str]) -> list[str]:
        self.parts += parts
        return [self.reply(part) for part in parts]


def pieces(text: str, ends: Sequence[int]) -> list[str]:
    data = text.encode()
    return [data[start:end].decode() for start, end in zip([0, *ends], ends, strict=False)]


@pytest.mark.parametrize(
    ("part", "reply", "places"),
    [
        ("So x = 2, hence y = 3. ", f"So x = 2,{MARK} hence y = 3.{MARK}", [10]),
        ("a b\n\n c", f"a\nb {MARK}\nc", [6]),  # whitespace is not compared
        ("a b", f"{MARK}a b{MARK}", []),  # nothing before the first character, nothing after the last
        ("a b", "a b", []),
        ("a b c", f"a{MARK}{MARK} b{MARK}c", [2, 4]),
    ],
)
def test_marks_are_mapped_back_to_the_text(part: str, reply: str, places: list[int]) -> None:
    assert marked_places(part, reply) == places


@pytest.mark.parametrize("reply", ["", "a B", "a b c", "Sure: a b", f"a{MARK}", "```\na b\n```"])
def test_reply_that_is_not_the_text_is_refused(reply: str) -> None:
    assert marked_places("a b", reply) is None


def test_text_that_holds_the_mark_is_refused() -> None:
    assert marked_places(f"a {MARK} b", f"a {MARK} b") is None


@given(
    words=st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=4), max_size=8),
    marks=st.lists(st.booleans(), min_size=8, max_size=8),
)
def test_segments_of_marks_join_to_the_text(words: list[str], marks: list[bool]) -> None:
    text = " ".join(words)
    marked = "".join(word + (MARK if mark else "") for word, mark in zip(words, marks, strict=False))
    splitter = StepSplitter(FakeMarker(lambda part: marked))
    if text:
        (split,) = splitter.split([text])
        assert "".join(pieces(text, split.ends)) == text


def test_part_that_the_model_changes_is_cut_into_sentences_and_counted() -> None:
    text = "One is odd, two even. Three is odd. " * 60  # two parts at least
    marker = FakeMarker(lambda part: part.replace(",", f",{MARK}") if part.startswith("One") else "")
    (good,) = StepSplitter(marker).split([text])
    parts = len(marker.parts)
    assert parts >= 2
    assert all(len(part) <= 1200 for part in marker.parts)
    assert "".join(marker.parts) == text
    assert (good.asked, good.refused) == (parts, sum(not part.startswith("One") for part in marker.parts))
    (bad,) = StepSplitter(FakeMarker(lambda part: "I cannot.")).split([text])
    assert bad.refused == bad.asked == parts
    assert bad.ends == SentenceSplitter().split([text])[0].ends


def test_mark_inside_a_formula_does_not_cut_it() -> None:
    text = "So $x = 2, y$ holds, and more."
    (split,) = StepSplitter(FakeMarker(lambda part: part.replace(",", f",{MARK}"))).split([text])
    assert pieces(text, split.ends) == ["So $x = 2, y$ holds, ", "and more."]


def experiment(**judge: object) -> ExperimentConfig:
    segments = {"splitter": "atomic_steps", "splitter_model": "qwen"}
    return parse_experiment({"method": {"kind": "rlpt"}, "segments": segments, "judge": judge})


def test_endpoint_is_asked_again_and_its_steps_are_kept(tmp_path: Path) -> None:
    def reply(question: str) -> str:
        return question.partition("\n\n")[2].replace(",", f",{MARK}")

    documents = [Document(0, "a", "One, two. Three."), Document(1, "b", "Four, {text}.")]
    with FakeJudgeServer([error(500)], reply) as server:
        config = experiment(kind="endpoint", url=server.url, model="judge", max_concurrent=1)
        for _ in range(2):  # the second time from the cache
            found = segment_documents(documents, config, tmp_path, tmp_path, lambda done, total: None)
            assert [cut.segments for cut in found.cuts] == [("One, ", "two. Three."), ("Four, ", "{text}.")]
        assert [request["model"] for request in server.requests] == ["qwen"] * 3


def test_endpoint_that_is_down_stops_with_what_to_do() -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        await asyncio.sleep(0)

    with FakeJudgeServer([error(503)] * 3) as server:
        config = JudgeConfig(kind="endpoint", url=server.url, model="judge", retries=2)
        marker = EndpointMarker(config, "qwen", Timing(lambda: 0.0, sleep, lambda: 0.0))
        with pytest.raises(ForesightError, match="HTTP 503") as caught:
            marker.mark(["One."])
    assert waits == [1.0, 2.0]
    assert (caught.value.field, caught.value.retryable) == ("segments.splitter_model", True)


def test_local_model_is_asked_and_its_babble_falls_back_to_sentences(tmp_path: Path) -> None:
    """The tiny model has random weights: what it says is never the text."""
    folder = make_tiny_model(tmp_path / "models" / "tiny")
    settings = {"splitter": "atomic_steps"}
    config = parse_experiment(
        {"method": {"kind": "rlpt"}, "segments": settings, "resources": {"device": "cpu"}}
    )
    documents = [Document(0, "a", "One is odd. Two is even.")]
    found = segment_documents(documents, config, folder, tmp_path, lambda done, total: None)
    assert found.cuts[0].segments == ("One is odd. ", "Two is even.")
    assert found.warnings == (
        "The splitting model changed the text of 1 of 1 parts: they are cut into sentences.",
    )


def test_splitter_takes_the_named_model_else_the_policy(tmp_path: Path) -> None:
    folder = make_tiny_model(tmp_path / "models" / "tiny", seed=1)
    policy = make_tiny_model(tmp_path / "policy")
    named = experiment(kind="local").model_copy(
        update={"segments": experiment().segments.model_copy(update={"splitter_model": "tiny"})}
    )
    unnamed = named.model_copy(update={"segments": named.segments.model_copy(update={"splitter_model": ""})})
    assert open_splitter(named, policy, tmp_path).identity.endswith(LocalMarker(folder, "cpu", 1).identity)
    assert open_splitter(unnamed, policy, tmp_path).identity.endswith(LocalMarker(policy, "cpu", 1).identity)
    with pytest.raises(ForesightError) as caught:
        open_splitter(experiment(kind="local"), policy, tmp_path)
    assert caught.value.field == "segments.splitter_model"
