"""Scores of responses to tasks, and the file of the answers: values computed by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.contract.events import ENVELOPE, Envelope, TasksEvaluated
from training.contract.task_answers import find_rows, read_rows
from training.contract.task_result import ScoreKind, TaskResult
from training.evaluation.intervals import wilson
from training.evaluation.task_scores import TaskAnswer, TaskAnswers, judged, task_scores, tasks_key
from training.evaluation.task_table import write_task_answers
from training.records import Reward


def answer(right: bool) -> TaskAnswer:
    if right:
        return TaskAnswer(True, "match", "42", "so</think>\\boxed{42}<|im_end|>", 8, False)
    return TaskAnswer(False, "truncated", None, "so it", 4, True)


def asked(place: int, right: int, samples: int = 8, kind: ScoreKind = "problem") -> TaskAnswers:
    answers = tuple(answer(number < right) for number in range(samples))
    return TaskAnswers(kind, f"task {place}", place, f"row {place}", f"{place}?", "42", answers)


def test_pass_at_k_is_the_mean_over_the_tasks_with_intervals_over_the_tasks() -> None:
    (score,) = task_scores([asked(0, 1), asked(1, 4), asked(2, 0), asked(3, 8)], ks=(1, 8))
    assert (score.n, score.samples, score.correct, score.accuracy) == (4, 8, 13, 13 / 32)
    assert (score.low, score.high) == wilson(13 / 8, 4)
    assert [(one.k, one.value) for one in score.pass_at] == [(1, pytest.approx(13 / 32)), (8, 0.75)]
    assert (score.pass_at[1].low, score.pass_at[1].high) == wilson(3, 4)


def test_form_length_truncation_and_reasons_are_over_the_responses() -> None:
    (score,) = task_scores([asked(0, 1, samples=2), asked(1, 0, samples=2)])
    assert (score.format_share, score.truncated, score.mean_length) == (0.25, 0.75, 5.0)
    assert score.reasons == {"truncated": 3, "match": 1}
    assert [one.k for one in score.pass_at] == [1, 2]


def test_kinds_are_scored_apart_and_a_letter_has_no_pass_at_k() -> None:
    letter, reasoning = task_scores([asked(0, 1, 1, "letter"), asked(0, 1, 4, "reasoning")])
    assert (letter.accuracy, letter.pass_at, letter.format_share) == (1.0, (), None)
    assert (reasoning.accuracy, [one.k for one in reasoning.pass_at]) == (0.25, [1, 2, 4])


def test_different_numbers_of_responses_are_refused() -> None:
    with pytest.raises(ValueError, match="different numbers of responses"):
        task_scores([asked(0, 1, 2), asked(1, 1, 4)])


def test_set_is_named_by_its_tasks_whatever_the_order_or_the_kind() -> None:
    one, other = asked(0, 1), asked(1, 1)
    assert tasks_key([one, other]) == tasks_key([other, one, asked(0, 0, 2, "letter")])
    assert tasks_key([one, other]) != tasks_key([one, asked(2, 1)])


def test_reward_becomes_an_answer() -> None:
    found = judged(Reward(0.0, "mismatch", "½".encode(), "so"), "so</think>", length=3, truncated=False)
    assert found == TaskAnswer(False, "mismatch", "½", "so</think>", 3, False)


def test_answers_come_back_from_their_file_row_by_row(tmp_path: Path) -> None:
    path = tmp_path / "answers.parquet"
    answered = [asked(place, place % 3, samples=2) for place in range(70)]  # three row groups
    write_task_answers(path, answered)
    assert find_rows(path, lambda kind, right, samples: right == samples)[:3] == [2, 5, 8]
    last, first, none = (*read_rows(path, [69, 1]), read_rows(path, [70]))
    assert (last.row, last.asked, last.right, none) == (69, "69?", 0, [])
    assert (first.predictions, first.reasons) == (("42", None), ("match", "truncated"))
    assert (first.lengths, first.truncated, first.responses[1]) == ((8, 4), (False, True), "so it")


def test_result_travels_in_an_event_and_names_its_metrics() -> None:
    result = TaskResult(
        what="answers", model="tiny", parameters=1, weights_sha256="ab", tasks="k", source="arithmetic",
        rule="math-verify", prompt="short", temperature=0.6, top_p=0.95, max_response_tokens=32, seconds=1.5,
        answers_file="a.parquet", scores=task_scores([asked(0, 1, 2)]),
    )  # fmt: skip
    line = Envelope(seq=1, time=1.0, event=TasksEvaluated(step=5, result=result)).model_dump_json()
    event = ENVELOPE.validate_json(line).event
    assert isinstance(event, TasksEvaluated)
    assert (event.step, event.result) == (5, result)
    assert event.result.metrics == {"eval/answers/pass_1": 0.5}
