"""Contexts that two runs were asked at: who wins where, and which pairs are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.webapp.made_run import MadeRun, make_bare_run
from tests.webapp.made_tuning import make_tuning_run
from training.contract.errors import ForesightError
from webapp.compare import contexts
from webapp.compare.contexts import shared_contexts
from webapp.corpora.models import Corpus
from webapp.experiments.models import Experiment
from webapp.runs.models import Rollout, RolloutGroup, Run


def ask(run: Run, place: int, step: int, hits: int, attempt: int = 1) -> RolloutGroup:
    """A group of four rollouts at byte `place` of document 0, so many of them right."""
    group = RolloutGroup.objects.create(
        run=run, attempt=attempt, step=step, group=place, file="rollouts/x.zst", offset=0, length=1, document=0,
        byte_start=place, entropy=1.0, context_tail=f"context {place}", truth=" truth", mean_reward=hits / 4,
    )  # fmt: skip
    Rollout.objects.bulk_create(
        Rollout(
            group=group,
            sample=sample,
            reward=float(sample < hits),
            advantage=0.0,
            reason="match" if sample < hits else "mismatch",
            length=5,
        )
        for sample in range(4)
    )
    return group


@pytest.fixture
def pair(home: Path, user: Any) -> tuple[Run, Run]:
    one, other = (make_bare_run(user, MadeRun(name)) for name in ("one", "other"))
    return one, other


def test_each_context_counts_by_its_latest_group(pair: tuple[Run, Run]) -> None:
    one, other = pair
    ask(one, 10, step=1, hits=4)
    ask(one, 10, step=7, hits=0)
    ask(one, 20, step=2, hits=4)
    ask(one, 30, step=2, hits=2)
    ask(one, 99, step=2, hits=4)  # the other was never asked there
    ask(other, 10, step=3, hits=3)
    ask(other, 20, step=3, hits=1)
    ask(other, 30, step=3, hits=2)
    found = shared_contexts(one, other)
    assert (found.shared, found.one_better, found.other_better, found.equal) == (3, 1, 1, 1)
    (won,) = found.one_wins
    assert (won.winner.byte_start, won.winner.hits, won.loser.hits, won.gap) == (20, 4, 1, 0.75)
    (lost,) = found.other_wins
    assert (lost.winner.run, lost.winner.step, lost.loser.step) == (other, 3, 7)


def test_widest_gaps_come_first_and_few_are_shown(pair: tuple[Run, Run]) -> None:
    one, other = pair
    for place in range(contexts.SHOWN + 3):
        ask(one, place, step=1, hits=4 if place == 5 else 2)
        ask(other, place, step=1, hits=0)
    found = shared_contexts(one, other)
    assert (found.one_better, len(found.one_wins)) == (13, 10)
    assert found.one_wins[0].winner.byte_start == 5


def test_only_the_latest_groups_are_looked_at(pair: tuple[Run, Run], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contexts, "GROUPS", 1)
    one, other = pair
    for place, step in ((10, 1), (20, 2)):
        ask(one, place, step, hits=4)
        ask(other, place, step, hits=0)
    assert [row.winner.byte_start for row in shared_contexts(one, other).one_wins] == [20]


def test_runs_of_different_text_are_refused(pair: tuple[Run, Run], user: Any) -> None:
    one, other = pair
    corpus = Corpus.objects.create(owner=user, name="other text", state="ready")
    Experiment.objects.filter(pk=other.experiment_id).update(corpus=corpus)
    other = Run.objects.with_job().get(pk=other.pk)
    with pytest.raises(ForesightError, match="their contexts are of different text") as caught:
        shared_contexts(one, other)
    assert "Python language reference" in caught.value.message and "other text" in caught.value.message


def test_run_without_rollouts_is_refused(pair: tuple[Run, Run], user: Any) -> None:
    with pytest.raises(ForesightError, match="tuning draws no rollouts"):
        shared_contexts(pair[0], make_tuning_run(user))
