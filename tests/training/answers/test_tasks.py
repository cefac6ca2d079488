"""Problems as tasks: the exact prompts, the cold start's examples, the difficulty filter."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from training.answers.difficulty_filter import Filtered, Solver, filter_tasks
from training.answers.examples import make_examples
from training.answers.problem import Problem
from training.answers.problem_set import arithmetic_problems
from training.answers.tasks import TEMPLATES, ProblemAsker, unanswered
from training.contract.errors import ForesightError
from training.engine.sampler import AskedRule
from training.engine.tokens import decode
from training.models.generate import Sampled
from training.records import ProblemTask

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

RULE = AskedRule(samples=4, temperature=1.0, top_p=1.0, max_new_tokens=8, seed=None)


def asker(tokenizer: PreTrainedTokenizerFast, **changes: Any) -> ProblemAsker:
    settings = {"instruction": "short", "prefill_think": True, "max_prompt_tokens": 200, **changes}
    return ProblemAsker(tokenizer, **settings)


def tasks(tokenizer: PreTrainedTokenizerFast, *texts: str) -> tuple[ProblemTask, ...]:
    problems = (Problem(place, f"p{place}", text, "42") for place, text in enumerate(texts))
    return asker(tokenizer).ask(problems).tasks


def test_templates_are_these_to_the_letter() -> None:
    assert TEMPLATES == {
        "boxed": "{problem}\n\nPlease reason step by step, and put your final answer within \\boxed{}.",
        "short": "{problem}\n\nAnswer in \\boxed{}.",
    }


def test_prompt_is_the_template_in_the_chat_template_with_the_thought_opened(
    tokenizer: PreTrainedTokenizerFast,
) -> None:
    (task,) = tasks(tokenizer, "What is {x} + 1? ")
    assert task.prompt == (
        "<|im_start|>user\nWhat is {x} + 1? \n\nAnswer in \\boxed{}.<|im_end|>\n<|im_start|>assistant\n<think>\n"
    )
    assert decode(tokenizer, task.prompt_ids) == task.prompt
    assert (task.document, task.document_name, task.answer, task.think_prefilled) == (0, "p0", "42", True)


def test_thought_is_not_opened_where_that_is_off(tokenizer: PreTrainedTokenizerFast) -> None:
    (task,) = asker(tokenizer, prefill_think=False).ask([Problem(0, "p", "1?", "1")]).tasks
    assert task.prompt.endswith("<|im_start|>assistant\n")
    assert not task.think_prefilled


def test_problem_too_long_for_its_prompt_is_left_out_and_counted(tokenizer: PreTrainedTokenizerFast) -> None:
    problems = [Problem(0, "p", "the " * 300, "1"), Problem(1, "q", "1?", "1")]
    asked = asker(tokenizer).ask(problems)
    assert ([task.document for task in asked.tasks], asked.too_long) == ([1], 1)
    with pytest.raises(ForesightError, match="None of the 1 problems fits into 200 tokens"):
        asker(tokenizer).ask(problems[:1])


def test_same_problem_has_the_same_identity_wherever_it_lies(tokenizer: PreTrainedTokenizerFast) -> None:
    first, second = tasks(tokenizer, "1?", "1?")
    assert unanswered(first).identity == unanswered(second).identity == "1?\n42"


def test_examples_show_the_working_and_the_box_and_none_of_the_sets_problems(
    tokenizer: PreTrainedTokenizerFast,
) -> None:
    taken = {problem.text for problem in arithmetic_problems()}
    found = make_examples(asker(tokenizer), tokenizer, taken, count=40, max_response_tokens=64, seed=0)
    assert len(found) == 40
    for one in found:
        pairs = list(zip(one.ids, one.learnt, strict=True))
        prompt = decode(tokenizer, [token for token, counts in pairs if not counts])
        working, box = decode(tokenizer, [token for token, counts in pairs if counts]).split("</think>")
        assert box == f"\\boxed{{{working.split(' ')[-1]}}}<|im_end|>"
        assert prompt.split("\n")[1] not in taken


def test_examples_that_do_not_fit_are_refused_in_words(tokenizer: PreTrainedTokenizerFast) -> None:
    with pytest.raises(ForesightError, match="Only 0 of 4 cold-start examples fit into 3 tokens"):
        make_examples(asker(tokenizer), tokenizer, (), count=4, max_response_tokens=3, seed=0)


class PlantedSampler:
    """A fake: the n-th problem it is asked is solved in n of the responses. Notes the seeds."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast) -> None:
        self._tokenizer = tokenizer
        self.seeds: list[int | None] = []

    def sample(self, prompts: Sequence[tuple[int, ...]], rule: AskedRule) -> list[list[Sampled]]:
        self.seeds.append(rule.seed)
        return [[self._said(prompt, number) for number in range(rule.samples)] for prompt in prompts]

    def _said(self, prompt: tuple[int, ...], number: int) -> Sampled:
        asked = int(decode(self._tokenizer, prompt).split("problem ")[1].split("?")[0])
        text = f"</think>\\boxed{{{42 if number < asked else 41}}}<|im_end|>"
        return Sampled(tuple(self._tokenizer(text)["input_ids"]), (), truncated=False)


def filtered(
    tokenizer: PreTrainedTokenizerFast, sampler: PlantedSampler, cache: Path, asked: Sequence[int]
) -> Filtered:
    solver = Solver(sampler, tokenizer, ("<|im_end|>",), RULE)
    problems = tasks(tokenizer, *(f"problem {n}?" for n in asked))
    return filter_tasks(problems, lambda: solver, 4, 100, 2, cache, lambda done: None)


def test_problems_always_or_never_solved_are_dropped_and_counted(
    tokenizer: PreTrainedTokenizerFast, tmp_path: Path
) -> None:
    found = filtered(tokenizer, PlantedSampler(tokenizer), tmp_path / "c.jsonl", [0, 1, 4, 3, 0])
    assert [task.problem for task in found.kept] == ["problem 1?", "problem 3?"]
    assert found.words == "2 of 5 problems kept; 2 never solved, 1 always"


def test_counts_are_cached_and_a_stopped_filter_goes_on(
    tokenizer: PreTrainedTokenizerFast, tmp_path: Path
) -> None:
    cache = tmp_path / "folder" / "c.jsonl"
    whole = PlantedSampler(tokenizer)
    first = filtered(tokenizer, whole, cache, [1, 2, 3, 0])
    assert whole.seeds == [100, 102]
    again = PlantedSampler(tokenizer)
    assert filtered(tokenizer, again, cache, [1, 2, 3, 0]) == first
    assert again.seeds == []
    lines = cache.read_text().splitlines(keepends=True)
    cache.write_text("".join(lines[:2]) + lines[2][:9])  # stopped in the midst of a line
    rest = PlantedSampler(tokenizer)
    assert filtered(tokenizer, rest, cache, [1, 2, 3, 0]) == first
    assert rest.seeds == [102]
    assert [json.loads(line)["right"] for line in cache.read_text().splitlines()] == [1, 2, 3, 0]


def test_filter_that_leaves_nothing_says_why(tokenizer: PreTrainedTokenizerFast, tmp_path: Path) -> None:
    with pytest.raises(ForesightError) as caught:
        filtered(tokenizer, PlantedSampler(tokenizer), tmp_path / "c.jsonl", [0, 0, 4])
    assert caught.value.field == "method.filter_samples"
    assert caught.value.message == (
        "The difficulty filter leaves no problem: 2 were never solved in 4 responses, 1 always."
    )
