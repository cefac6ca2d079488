"""Steps and groups of runs that a judge or Math-Verify rewards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.training.judging.made_groups import ONE, OTHER, SHORT, TWO, made_group
from tests.webapp.audits.made import make_judged_run
from tests.webapp.made_problems import make_answers_run, problem_group
from tests.webapp.made_run import make_run, write_groups
from tests.webapp.trajectories.test_pages import group_page, groups_of, step_page
from webapp.runs.models import RolloutGroup, Run
from webapp.runs.page import checks_of
from webapp.trajectories.graded import graded_view
from webapp.trajectories.word_diff import Part

COPY = "So x squared is four times k squared."  # of the segment after the gap


@pytest.fixture
def judged(home: Path, user: Any) -> Run:
    return make_judged_run(user, steps=2)


@pytest.fixture
def answers(home: Path, user: Any) -> Run:
    return make_answers_run(user)


def labels(view: Any) -> list[str]:
    return [item.row.label for item in view.rollouts]


def test_outcomes_of_segments_are_said_in_words_and_counted() -> None:
    view = graded_view(made_group(1, 0, [ONE, OTHER, SHORT, COPY, None, ONE], kind="msr"), "prefix")
    said = [
        "Judged right",
        "Judged wrong",
        "Too short to judge",
        "Shown segment given back",
        "No pair of tags",
    ]
    assert labels(view) == [*said, "Judged right"]
    assert [(kind.label, count) for kind, count in view.classes] == list(
        zip(said, (2, 1, 1, 1, 1), strict=True)
    )
    assert (view.hits, view.disagreements) == (2, 0)
    assert view.mean == pytest.approx(1 / 3)


def test_prefix_rule_lays_predictions_beside_all_references() -> None:
    view = graded_view(made_group(1, 0, [ONE, TWO, None]), "prefix")
    one, two, none = (item.diff for item in view.rollouts)
    assert one is not None
    assert two is not None
    assert one.reference[0] == Part("Then x is two times k. ", "same")
    assert [part.state for part in one.reference] == ["same", "after"]
    assert [part.state for part in two.reference] == ["same", "after"]
    assert none is None


def test_strict_rule_lays_predictions_beside_the_target_alone() -> None:
    view = graded_view(made_group(1, 0, [TWO], rule="strict"), "strict")
    diff = view.rollouts[0].diff
    assert diff is not None
    assert diff.reference == (Part("Then x is two times k.", "same"),)
    assert diff.predicted[-1] == Part("So x squared is four times k squared.", "only")


def test_verdict_that_cannot_be_read_earns_nothing_and_agrees() -> None:
    view = graded_view(made_group(1, 0, [ONE], malformed=True))
    assert labels(view) == ["Verdict not readable"]
    assert (view.rollouts[0].computed, view.disagreements) == (0.0, 0)


def test_stored_reward_against_its_verdict_shouts() -> None:
    record = made_group(1, 0, [ONE, None])
    wrong = record.rollouts[1].model_copy(update={"reward": 1.0})
    record = record.model_copy(update={"rollouts": (record.rollouts[0], wrong)})
    view = graded_view(record)
    assert [item.agrees for item in view.rollouts] == [True, False]


def test_verdict_that_was_not_recorded_is_not_guessed() -> None:
    record = made_group(1, 0, [ONE])
    bare = record.rollouts[0].model_copy(update={"verdict": None})
    view = graded_view(record.model_copy(update={"rollouts": (bare,)}))
    assert (view.rollouts[0].computed, view.rollouts[0].agrees) == (None, True)


def test_long_context_shows_its_end() -> None:
    record = made_group(1, 0, [ONE]).model_copy(update={"context": "a" * 5 + "b" * 800})
    view = graded_view(record)
    assert (view.context_end, view.cut) == ("b" * 800, 5)


def test_group_of_segments_shows_what_was_asked_and_what_the_judge_said(
    client_signed_in: Client, judged: Run
) -> None:
    record = made_group(3, 0, [ONE, OTHER, COPY, None], kind="msr")
    write_groups(judged, 1, [record])
    page = group_page(client_signed_in, judged, 3, 0)
    assert "1 of 4 right, std 0.50" in page
    assert "a made proof, segment 1 · masked segment · weight λ 0.5" in page
    assert "Shown after the gap" in page
    assert "The true text, of which a beginning is right" in page
    verdict = record.rollouts[1].verdict
    assert verdict is not None
    assert f"Judged by {verdict.judge}." in page
    assert 'Verdict 0 <span class="meta">' in page
    assert "Nothing but words of the segment after the gap. No judge was asked." in page
    assert '<mark data-diff="only">Perhaps y was odd all along</mark>' in page
    assert 'class="ruler"' not in page
    assert "nats</span>" not in page


def test_what_a_model_wrote_is_text(client_signed_in: Client, judged: Run) -> None:
    write_groups(judged, 1, [made_group(3, 0, ["<b>bold</b> words and no others here"])])
    page = group_page(client_signed_in, judged, 3, 0)
    assert "<b>bold</b>" not in page
    assert (
        page.count("&lt;b&gt;bold&lt;/b&gt; words and no others here") == 2
    )  # beside the text, in the response


def test_same_segment_is_found_by_its_kind(client_signed_in: Client, judged: Run) -> None:
    RolloutGroup.objects.all().delete()
    write_groups(judged, 1, [made_group(1, 0, [ONE]), made_group(1, 1, [ONE], kind="msr")])
    write_groups(judged, 1, [made_group(2, 0, [ONE]), made_group(2, 1, [ONE], kind="msr")])
    page = group_page(client_signed_in, judged, 1, 1)
    assert (
        f'{reverse("run-group", args=[judged.pk, 2, 1])}">Step 2</a> <span class="meta">1 of 1 right' in page
    )
    assert f'{reverse("run-group", args=[judged.pk, 2, 0])}">Step 2</a> <span class="meta">' not in page


def test_step_of_segments_has_a_task_and_no_entropy(client_signed_in: Client, judged: Run) -> None:
    page = step_page(client_signed_in, judged, 1)
    assert groups_of(page) == [0, 1, 2, 3]
    assert "<th>Task</th>" in page
    assert page.count('<td class="meta">next segment</td>') == 2
    assert "Entropy" not in page
    assert "entropy" not in page
    assert "off boundary" not in page
    assert "verdict not readable" in page
    assert "What if" not in page
    assert reverse("run-judge", args=[judged.pk]) in page


def test_step_of_segments_is_filtered_by_task(client_signed_in: Client, judged: Run) -> None:
    assert groups_of(step_page(client_signed_in, judged, 1, kind="msr")) == [1, 3]
    assert groups_of(step_page(client_signed_in, judged, 1, kind="asr")) == [0, 2]
    assert groups_of(step_page(client_signed_in, judged, 1, kind="nonsense")) == [0, 1, 2, 3]
    assert "No group matches" in step_page(client_signed_in, judged, 1, kind="problem")
    assert groups_of(step_page(client_signed_in, judged, 1, sort="entropy")) == [0, 1, 2, 3]


def test_group_of_a_problem_shows_the_right_and_the_given_answers(
    client_signed_in: Client, answers: Run
) -> None:
    write_groups(answers, 1, [problem_group(7, 0, ("0.75", "1", "", None))])
    page = group_page(client_signed_in, answers, 7, 0)
    assert "1 of 4 right, std 0.50" in page
    assert "What is 1/2 + 1/4?" in page
    assert "<code>\\frac{3}{4}</code>" in page
    assert "<code>0.75</code>" in page
    assert page.count('<span class="nothing">(nothing)</span>') == 2
    for words in ("Right", "Wrong", "Empty box", "Truncated"):
        assert f"<b>1</b> {words}" in page
    assert "judge" not in page.casefold().split("<main")[1]
    assert 'class="ruler"' not in page


def test_step_of_problems_has_one_kind_and_no_other_reward(client_signed_in: Client, answers: Run) -> None:
    page = step_page(client_signed_in, answers, 1)
    assert groups_of(page) == [0, 1]
    assert "<th>Task</th>" not in page
    assert "Problem › right answer" in page
    assert "What if" not in page
    assert client_signed_in.get(reverse("run-what-if", args=[answers.pk, 1])).status_code == 404


def test_token_groups_keep_their_entropy_and_other_rewards(
    client_signed_in: Client, home: Path, user: Any
) -> None:
    run = make_run(user)
    page = step_page(client_signed_in, run, 1)
    assert "Entropy, nats" in page
    assert "What if" in page
    assert "<th>Task</th>" not in page


def test_worst_groups_name_their_task(client_signed_in: Client, judged: Run) -> None:
    page = client_signed_in.get(reverse("run-part", args=[judged.pk, "worst"])).content.decode()
    assert "<th>Task</th>" in page
    assert "Entropy" not in page
    assert "Lowest reward first. <a" in page


def test_checks_of_a_judged_run_name_its_judge_and_no_baselines(judged: Run) -> None:
    names = [check.name for check in checks_of(judged)]
    assert names == ["Learning", "Signal", "Exploration", "Drift", "Output", "Judge", "System"]
