"""The judge that remembers: what is asked, what is kept, what stands on file."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import pickle
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from training.contract.errors import ForesightError
from training.contract.settings.segments import JudgeConfig
from training.judging.cache import CACHE_FILE, VerdictCache, verdict_key
from training.judging.cached import CachedJudge
from training.judging.down import JudgeDown
from training.judging.judge import open_judge
from training.judging.pair import Pair
from training.judging.pairs_file import PairsFile, pairs_path
from training.judging.source import Found
from training.records import Verdict

CONFIG = JudgeConfig(kind="deterministic_for_tests")
ONE, TWO, THREE = (Pair("prefix", "Let x be two.", text) for text in ("Let x be two.", "No.", "Perhaps."))


class FakeSource:
    """A fake: answers 1 to ONE, cannot decide on THREE, may fail before a pair. Remembers what it was asked."""

    name = "fake"

    def __init__(self, identity: str = "fake 1", fails_at: int | None = None) -> None:
        self.identity = identity
        self.asked: list[Pair] = []
        self._fails_at = fails_at

    async def ask(self, pairs: Sequence[Pair], found: Found) -> None:
        for index, pair in enumerate(pairs):
            if index == self._fails_at:
                raise JudgeDown(len(pairs) - index, "HTTP 500")
            self.asked.append(pair)
            score = None if pair == THREE else int(pair == ONE)
            found(index, Verdict(score, f"said {score}", self.name, False, 2.0))


def judge(tmp_path: Path, source: FakeSource, log: Path | None = None) -> CachedJudge:
    cache = VerdictCache(tmp_path / "cache" / "judge.sqlite")
    return CachedJudge(source, CONFIG, cache, PairsFile(log) if log else None)


def verdicts(judge: CachedJudge, *pairs: Pair) -> list[tuple[int | None, bool, float]]:
    return [(one.score, one.cached, one.seconds) for one in asyncio.run(judge.verdicts(pairs))]


def test_equal_pairs_of_a_call_are_asked_once(tmp_path: Path) -> None:
    source = FakeSource()
    found = verdicts(judge(tmp_path, source), ONE, TWO, ONE, ONE)
    assert found == [(1, False, 2.0), (0, False, 2.0), (1, True, 0.0), (1, True, 0.0)]
    assert source.asked == [ONE, TWO]


def test_pairs_judged_before_are_not_asked_malformed_ones_too(tmp_path: Path) -> None:
    verdicts(judge(tmp_path, FakeSource()), ONE, THREE)
    source = FakeSource()
    found = verdicts(judge(tmp_path, source), THREE, TWO, ONE)
    assert found == [(None, True, 0.0), (0, False, 2.0), (1, True, 0.0)]
    assert source.asked == [TWO]


def test_reply_and_judge_come_back_from_the_cache(tmp_path: Path) -> None:
    verdicts(judge(tmp_path, FakeSource()), THREE)
    (found,) = asyncio.run(judge(tmp_path, FakeSource()).verdicts([THREE]))
    assert found == Verdict(None, "said None", "fake", True, 0.0)


def test_what_was_found_before_a_failure_is_kept(tmp_path: Path) -> None:
    with pytest.raises(JudgeDown, match="1 pair waits"):
        verdicts(judge(tmp_path, FakeSource(fails_at=2)), ONE, TWO, THREE)
    source = FakeSource()
    assert verdicts(judge(tmp_path, source), ONE, TWO, THREE) == [
        (1, True, 0.0),
        (0, True, 0.0),
        (None, False, 2.0),
    ]
    assert source.asked == [THREE]


def test_another_judge_is_asked_anew(tmp_path: Path) -> None:
    verdicts(judge(tmp_path, FakeSource("fake 1")), ONE)
    source = FakeSource("fake 2")
    verdicts(judge(tmp_path, source), ONE)
    assert source.asked == [ONE]


@pytest.mark.parametrize(
    ("config", "pair"),
    [
        (JudgeConfig(kind="deterministic_for_tests", temperature=0.5), ONE),
        (JudgeConfig(kind="deterministic_for_tests", max_reply_tokens=17), ONE),
        (CONFIG, Pair("strict", ONE.reference, ONE.predicted)),
        (CONFIG, Pair("prefix", ONE.reference + " ", ONE.predicted)),
        (CONFIG, Pair("prefix", "Let x be", " two.Let x be two.")),
    ],
)
def test_key_depends_on_all_that_a_verdict_does(config: JudgeConfig, pair: Pair) -> None:
    assert verdict_key("fake", CONFIG, ONE) == verdict_key("fake", CONFIG, ONE)
    assert verdict_key("fake", config, pair) != verdict_key("fake", CONFIG, ONE)


def test_key_depends_on_nothing_else() -> None:
    other = JudgeConfig(kind="deterministic_for_tests", retries=9, timeout_seconds=1.0, max_concurrent=2)
    assert verdict_key("fake", other, ONE) == verdict_key("fake", CONFIG, ONE)


def test_every_pair_stands_on_file_in_an_attempts_order(tmp_path: Path) -> None:
    log = pairs_path(tmp_path, 2)
    assert log.name == "judged.2.jsonl"
    first = judge(tmp_path, FakeSource(fails_at=2), log)
    with pytest.raises(JudgeDown):
        verdicts(first, ONE, THREE, ONE, TWO)
    verdicts(judge(tmp_path, FakeSource(), log), TWO, ONE)
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    kept = ("rule", "reference", "predicted", "score", "reply", "judge", "cached", "seconds")
    assert [tuple(row[name] for name in kept) for row in rows] == [
        ("prefix", "Let x be two.", "Let x be two.", 1, "said 1", "fake", False, 2.0),
        ("prefix", "Let x be two.", "Let x be two.", 1, "said 1", "fake", True, 0.0),
        ("prefix", "Let x be two.", "Perhaps.", None, "said None", "fake", False, 2.0),
        ("prefix", "Let x be two.", "Let x be two.", 1, "said 1", "fake", True, 0.0),
        ("prefix", "Let x be two.", "No.", 0, "said 0", "fake", False, 2.0),
    ]


def test_disk_that_refuses_the_pairs_file_does_not_stop_judging(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert verdicts(judge(tmp_path, FakeSource(), tmp_path / "gone" / "judged.1.jsonl"), ONE) == [
        (1, False, 2.0)
    ]
    assert "A judged pair could not be written to judged.1.jsonl" in caplog.text


def test_cache_that_fails_does_not_stop_judging(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    kept = judge(tmp_path, FakeSource())
    with sqlite3.connect(tmp_path / "cache" / "judge.sqlite") as file:
        file.execute("DROP TABLE verdicts")
    assert verdicts(kept, ONE) == [(1, False, 2.0)]
    assert "The cache of verdicts could not be written: no such table: verdicts" in caplog.text


def test_file_that_is_no_cache_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    path = tmp_path / "judge.sqlite"
    path.write_text("something else, long enough to be no header of a database at all" * 20)
    with pytest.raises(ForesightError) as caught:
        VerdictCache(path)
    assert str(caught.value) == (
        f"judge: The cache of verdicts {path} cannot be opened: file is not a database. "
        "Delete the file, or make room for it: verdicts are then asked for again."
    )


def _write(path: Path, worker: int) -> None:
    cache = VerdictCache(path)
    for number in range(100):
        for key in (f"both {number}", f"{worker} {number}"):
            cache.keep(key, Verdict(1, "Score: 1", "fake", False, 0.0))
            assert cache.find([key])[key].score == 1


def test_several_processes_share_the_cache(tmp_path: Path) -> None:
    path = tmp_path / "judge.sqlite"
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_write, args=(path, worker)) for worker in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0]
    keys = [f"{who} {number}" for who in ("both", 0, 1) for number in range(100)]
    assert len(VerdictCache(path).find([*keys, "unknown"])) == 300


def test_opened_judge_of_the_settings_caches_under_the_home(tmp_path: Path) -> None:
    log = tmp_path / "judged.1.jsonl"
    for _ in range(2):
        opened = open_judge(CONFIG, policy=tmp_path, home=tmp_path, on_retry=print, log=log)
        found = asyncio.run(opened.verdicts([ONE, TWO]))
    assert opened.name == "deterministic_for_tests"
    assert [(one.score, one.cached) for one in found] == [(1, True), (0, True)]
    assert (tmp_path / CACHE_FILE).is_file()
    assert len(log.read_text().splitlines()) == 4


def test_judge_that_is_down_says_so_in_another_process_too() -> None:
    error = pickle.loads(pickle.dumps(JudgeDown(2, "HTTP 500")))
    assert isinstance(error, JudgeDown)
    assert (error.waiting, error.last, error.retryable, error.field) == (2, "HTTP 500", True, "judge")
