"""The index of rollouts: what it holds after runs went on, were resumed, lost files. Runs on either database."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from tests.webapp.made_run import write_groups
from tests.webapp.trajectories.made_search import (
    CUT,
    HIT,
    SHARED,
    group,
    make_searched_run,
    rollout,
)
from training.contract.rollout_file import rollout_file
from webapp.jobs.models import Job
from webapp.jobs.upkeep import Upkeep
from webapp.runs.models import Rollout, Run
from webapp.runs.services.delete import delete_run
from webapp.trajectories.index import text
from webapp.trajectories.index.build import due_runs, forget_all, index_due, index_run, index_some
from webapp.trajectories.index.words import terms_of
from webapp.trajectories.models import IndexedRollout, Mark, RolloutIndex
from webapp.trajectories.rollout_search import indexed
from webapp.trajectories.services.star import star


@pytest.fixture
def run(user: Any, home: Path) -> Run:
    return make_searched_run(user)


def rows(run: Run) -> list[tuple[int, int, str]]:
    found = IndexedRollout.objects.of_run(run).order_by("step", "pk")
    return list(found.values_list("step", "rollout__sample", "reason"))


def test_rollout_is_found_by_its_class_patterns_and_numbers(run: Run) -> None:
    found = list(IndexedRollout.objects.of_run(run).order_by("pk"))
    assert [row.miss for row in found] == [2, 8, 1, 6, 5]  # hit, shared bytes, no answer, form, whitespace
    assert [row.patterns for row in found] == [2, 8, 0, 32, 0]  # reflection, hypothesis, deduction
    assert [(row.step, row.length, row.entropy, row.reward) for row in found[:2]] == [
        (1, 9, 0.4, 1.0),
        (1, 3, 0.4, 0.0),
    ]
    assert [row.prediction for row in found] == [" size", " sit", "", " SIZE", "mass"]


def test_bytes_do_not_count_for_problems(run: Run) -> None:
    answered = group(5, 0, [HIT], "1 + 1", "2").model_copy(update={"kind": "problem", "boundaries": ()})
    write_groups(run, 1, [answered])
    index_run(run)
    assert IndexedRollout.objects.get(run=run, step=5).miss == 0


def test_later_attempt_takes_the_place_of_the_earlier(run: Run) -> None:
    write_groups(run, 2, [group(2, 0, [CUT], "again", " size and")])
    index_run(run)
    assert rows(run) == [
        (1, 0, "match"), (1, 1, "mismatch"), (2, 0, "truncated"), (4, 0, "mismatch"),
    ]  # fmt: skip


def test_step_that_was_written_again_in_one_attempt_is_indexed_anew(run: Run) -> None:
    run.groups.filter(step=2).delete()
    write_groups(run, 1, [group(2, 0, [HIT], "again", " size and")])
    index_run(run)
    assert rows(run) == [(1, 0, "match"), (1, 1, "mismatch"), (2, 0, "match"), (4, 0, "mismatch")]


def test_removed_run_takes_its_index_and_marks_along(run: Run) -> None:
    hit = Rollout.objects.get(group__run=run, reason="match")
    star(run.owner, hit.group, hit, True)
    star(run.owner, hit.group, None, True)
    delete_run(run)
    assert [model.objects.count() for model in (IndexedRollout, RolloutIndex, Mark, Rollout)] == [0] * 4


def test_file_that_was_written_again_before_its_rows_came_is_left_to_them(run: Run) -> None:
    write_groups(run, 1, [group(6, 0, [HIT, SHARED], "before", " size and")])
    kept = (run.folder_path / rollout_file(6)).read_bytes()
    write_groups(run, 2, [group(7, 0, [CUT, CUT.model_copy(update={"sample": 1})], "after", " size and")])
    (run.folder_path / rollout_file(7)).replace(run.folder_path / rollout_file(6))
    index_run(run)
    assert 6 not in {step for step, _, _ in rows(run)}
    assert kept != (run.folder_path / rollout_file(6)).read_bytes()


def test_lost_file_is_counted_and_the_rest_is_indexed(run: Run) -> None:
    write_groups(run, 1, [group(5, 0, [HIT], "lost", " size and")])
    (run.folder_path / rollout_file(5)).unlink()
    write_groups(run, 1, [group(6, 0, [HIT], "there", " size and")])
    assert indexed(run).behind
    index_run(run)
    found = indexed(run)
    assert (found.step, found.behind, found.unreadable) == (6, False, 1)
    assert [row for row in rows(run) if row[0] > 4] == [(6, 0, "match")]


def test_long_responses_are_written_in_several_transactions(run: Run) -> None:
    long = rollout(0, "wait " * 60_000)
    write_groups(run, 1, [group(5, number, [long], "long", " size and") for number in range(3)])
    assert [index_some(run), index_some(run), index_some(run)] == [2, 1, 0]


def test_run_that_ended_is_left_alone_until_it_is_resumed(run: Run) -> None:
    jobs = Job.objects.filter(pk=run.job_id)
    jobs.update(finished=timezone.now())
    forget_all()
    assert (index_due(), index_due()) == (True, False)
    assert due_runs() == [run]  # late events may come
    jobs.update(finished=timezone.now() - timedelta(hours=1))
    assert not index_due()
    assert due_runs() == []
    jobs.update(state="running")
    assert due_runs() == [run]


def test_upkeep_indexes_what_came_and_says_when_it_is_done(run: Run) -> None:
    Job.objects.filter(pk=run.job_id).update(state="running")
    write_groups(run, 1, [group(5, 0, [HIT], "new", " size and")])
    upkeep = Upkeep()
    assert [upkeep.once(), upkeep.once()] == [True, False]
    assert rows(run)[-1] == (5, 0, "match")


def test_index_that_was_forgotten_is_made_again(run: Run) -> None:
    before = rows(run)
    forget_all()
    assert (rows(run), RolloutIndex.objects.count()) == ([], 0)
    assert text.newest(text.ROLLOUTS, terms_of("proton"), 0, 2**40, 10) == []
    index_run(run)
    assert rows(run) == before
    hit = IndexedRollout.objects.get(run=run, reason="match")
    assert text.newest(text.ROLLOUTS, terms_of("proton"), 0, 2**40, 10) == [hit.pk]


def test_two_that_index_at_once_write_everything_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    write_groups(run, 1, [group(5, 0, [HIT], "new", " size and")])
    index = RolloutIndex.objects.get(run=run)

    def other_was_quicker(*args: Any, **kwargs: Any) -> tuple[RolloutIndex, bool]:
        monkeypatch.undo()
        index_run(run)
        return index, False

    monkeypatch.setattr(RolloutIndex.objects, "get_or_create", other_was_quicker)
    assert index_some(run) == 1
    assert len(rows(run)) == 6
