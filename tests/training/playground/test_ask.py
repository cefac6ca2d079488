"""A place of a text becomes exactly the prompt that training makes of it, or an error that names the remedy."""

from __future__ import annotations

from typing import Any

import pytest

from tests.training.tiny import make_tiny_model
from training.contract.errors import ForesightError
from training.contract.experiment import ExperimentConfig, parse_experiment
from training.contract.playground import Question
from training.models.token_bytes import TokenBytes, encode_document, load_tokenizer
from training.playground.ask import Asker
from training.prompts.build import TaskBuilder
from training.records import Document, TokenPosition

TEXT = "the name of the list is the end"
HEAD = "<|im_start|>user\nPredict the next token in \\boxed{}.\n\n"
TAIL = "<|im_end|>\n<|im_start|>assistant\n<think>\n"


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return load_tokenizer(make_tiny_model(tmp_path_factory.mktemp("ask")))


def experiment(**sections: dict[str, object]) -> ExperimentConfig:
    method = {"kind": "rpt", "prompt": "short", "prefill_think": True}
    return parse_experiment({"method": method, **sections})


def asker(tokenizer: Any, config: ExperimentConfig | None = None) -> Asker:
    return Asker(tokenizer, TokenBytes(tokenizer), config or experiment())


def question(text: str, at: int | None = None) -> Question:
    place = len(text.encode()) if at is None else at
    return Question.model_validate({"number": 1, "text": text, "at": place})


def test_typed_context_without_a_truth_stands_in_the_prompt_whole(tokenizer: Any) -> None:
    asked = asker(tokenizer).ask(question("the name of "))
    assert asked.prompt == f"{HEAD}the name of {TAIL}"
    assert asked.prompt_ids == tuple(tokenizer(asked.prompt)["input_ids"])
    assert (asked.kind, asked.truth, asked.boundaries, asked.is_cut) == ("token", b"", (), False)


def test_position_of_a_document_is_asked_as_training_asks_it(tokenizer: Any) -> None:
    config, table = experiment(), TokenBytes(tokenizer)
    encoded = encode_document(tokenizer, TEXT, table)
    at = encoded.byte_ends[3]
    position = TokenPosition(0, 4, at, encoded.byte_ends[4], encoded.ids[4], 1.0, 0.0, 0, 0)
    task = TaskBuilder(tokenizer, table, config).build(Document(0, "d", TEXT), encoded, position)
    asked = asker(tokenizer, config).ask(question(TEXT, at))
    assert task is not None
    assert (asked.prompt, asked.prompt_ids) == (task.prompt, task.prompt_ids)
    assert (asked.truth, asked.boundaries) == (task.truth, task.boundaries)
    assert (asked.context_ids, asked.true_id) == (task.context_ids, encoded.ids[4])


def test_long_context_is_cut_from_the_left_as_in_training(tokenizer: Any) -> None:
    config = experiment(positions={"max_context": 8, "min_context": 1})
    asked = asker(tokenizer, config).ask(question(f"{TEXT} {TEXT}"))
    assert len(asked.context_ids) == 8
    assert asked.is_cut
    assert TEXT.endswith(asked.context.lstrip())


@pytest.mark.parametrize(
    ("text", "at", "field", "says"),
    [
        ("", 0, "context", "There is no context"),
        ("abc", 0, "context", "There is no context"),
        ("abc", 9, "at", "The text has 3 bytes"),
        ("é is", 1, "at", "inside a character"),
        ("half \ud83d", 4, "context", "half of a surrogate pair"),
        ("the name", 2, "context", "inside the token 'the'"),
    ],
    ids=["nothing", "at the start", "outside", "inside a character", "half a character", "inside a token"],
)
def test_place_that_cannot_be_asked_names_field_and_remedy(
    tokenizer: Any, text: str, at: int, field: str, says: str
) -> None:
    with pytest.raises(ForesightError, match=says) as caught:
        asker(tokenizer).ask(
            question(text, at)
            if "\ud83d" not in text
            else Question.model_construct(
                number=1, text=text, at=at, samples=1, temperature=1.0, max_tokens=8, seed=0
            )
        )
    assert caught.value.field == field
    assert caught.value.remedy


def test_continuation_that_begins_inside_a_character_cannot_be_asked(tokenizer: Any) -> None:
    with pytest.raises(ForesightError, match="inside a character"):
        asker(tokenizer).ask(question("a 🙂 b", 4))


def test_segment_run_asks_for_the_next_segment(tokenizer: Any) -> None:
    config = parse_experiment({"method": {"kind": "rlpt", "template": "short", "prefill_think": False}})
    asked = asker(tokenizer, config).ask(question("One. Two.", 5))
    assert (asked.kind, asked.truth, asked.context, asked.context_ids) == ("segment", b"Two.", "One. ", ())
    assert "One. " in asked.prompt
    assert "Two." not in asked.prompt


def test_run_on_problems_asks_the_problem_and_knows_its_answer(tokenizer: Any) -> None:
    config = parse_experiment({"method": {"kind": "rlvr", "instruction": "short"}})
    asked = asker(tokenizer, config).ask(question("1 + 1 = ?2", 9))
    assert (asked.kind, asked.truth) == ("problem", b"2")
    assert "1 + 1 = ?\n\nAnswer in \\boxed{}." in asked.prompt


def test_problem_longer_than_the_prompts_of_its_run_is_refused(tokenizer: Any) -> None:
    config = parse_experiment(
        {"method": {"kind": "rlvr", "instruction": "short"}, "sampling": {"max_prompt_tokens": 64}}
    )
    with pytest.raises(ForesightError, match="at most 64") as caught:
        asker(tokenizer, config).ask(question("x" * 200))
    assert caught.value.field == "context"


def test_tuned_model_gets_the_text_as_a_message(tokenizer: Any) -> None:
    asked = asker(tokenizer, parse_experiment({"method": {"kind": "sft"}})).ask(question("hello"))
    assert asked.prompt == "<|im_start|>user\nhello<|im_end|>\n<|im_start|>assistant\n"
    assert (asked.kind, asked.think_prefilled) == ("chat", False)
