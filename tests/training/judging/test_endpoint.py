"""A judge behind a server that is down, slow, refuses or talks nonsense: requests, waits, words, nothing lost."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.training.judging.fake_judge_server import Answer, FakeJudgeServer, error, says
from training.contract.errors import ForesightError
from training.contract.settings.segments import JudgeConfig
from training.judging.cache import VerdictCache
from training.judging.cached import CachedJudge
from training.judging.down import JudgeDown
from training.judging.endpoint import EndpointJudge
from training.judging.pair import Pair
from training.judging.prompt import question
from training.judging.timing import Timing
from training.records import Verdict

PAIRS = [Pair("prefix", f"Segment {n}. And more.", f"Segment {n}.") for n in range(4)]


class Slept:
    """A clock that only moves when someone sleeps, and remembers how long."""

    def __init__(self, chance: float = 0.0) -> None:
        self.waits: list[float] = []
        self.time = 0.0
        self.timing = Timing(lambda: self.time, self._sleep, lambda: chance)

    async def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.time += seconds
        await asyncio.sleep(0)


@pytest.fixture
def server() -> Iterator[FakeJudgeServer]:
    with FakeJudgeServer() as server:
        yield server


def config(server: FakeJudgeServer, **changes: object) -> JudgeConfig:
    given = {"kind": "endpoint", "url": server.url, "model": "qwen", "max_concurrent": 1, **changes}
    return JudgeConfig.model_validate(given)


def ask(
    config: JudgeConfig, pairs: list[Pair], slept: Slept | None = None, retries: list[str] | None = None
) -> dict[int, Verdict]:
    """The verdicts of one call, also where it fails: then the error is raised with them as `found`."""
    said = [] if retries is None else retries
    judge = EndpointJudge(config, said.append, (slept or Slept()).timing)
    found: dict[int, Verdict] = {}
    asyncio.run(judge.ask(pairs, lambda index, verdict, keep=True: found.update({index: verdict})))
    return found


def test_request_is_a_chat_completion_with_the_papers_question(server: FakeJudgeServer) -> None:
    found = ask(config(server, max_reply_tokens=9), PAIRS[:1])
    assert found == {0: Verdict(1, "Score: 1", "endpoint qwen", False, 0.0)}
    assert server.requests == [
        {
            "model": "qwen",
            "messages": [{"role": "user", "content": question(PAIRS[0])}],
            "temperature": 0.0,
            "max_tokens": 9,
        }
    ]
    assert server.keys == [None]


def test_verdicts_are_those_of_their_own_pairs(server: FakeJudgeServer) -> None:
    server.judge = lambda text: "Score: 1" if "Predicted: Segment 2." in text else "Score: 0"
    found = ask(config(server, max_concurrent=4), PAIRS)
    assert {index: verdict.score for index, verdict in found.items()} == {0: 0, 1: 0, 2: 1, 3: 0}


@pytest.mark.parametrize(
    ("reply", "score"),
    [
        ("<think>Score: 0</think>\n- Score: 1", 1),
        ("Score: 0\nScore: 1", None),
        ("I cannot say.", None),
        ("yes " * 100_000, None),
    ],
)
def test_reply_is_kept_as_it_came(server: FakeJudgeServer, reply: str, score: int | None) -> None:
    server.judge = lambda text: reply
    verdict = ask(config(server), PAIRS[:1])[0]
    assert (verdict.score, verdict.reply) == (score, reply)
    assert len(server.requests) == 1


def test_reply_without_text_is_malformed(server: FakeJudgeServer) -> None:
    server.script = [says(None)]
    verdict = ask(config(server), PAIRS[:1])[0]
    assert (verdict.score, verdict.reply) == (None, "")


def test_half_a_surrogate_pair_in_a_reply_becomes_a_question_mark(server: FakeJudgeServer) -> None:
    server.script = [Answer(body=b'{"choices": [{"message": {"content": "\\ud800\\nScore: 1"}}]}')]
    verdict = ask(config(server), PAIRS[:1])[0]
    assert (verdict.score, verdict.reply) == (1, "?\nScore: 1")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (error(500), "HTTP 500"),
        (error(503, "model is loading"), "HTTP 503: model is loading"),
        (error(429, "slow down"), "HTTP 429: slow down"),
        (Answer(body=b"<html>Welcome</html>"), "the reply is no JSON"),
        (Answer(body=b"[" * 100_000), "the reply is no JSON"),
        (Answer(body=b'{"object": "list"}'), "the reply is no chat completion"),
        (Answer(body=b'{"choices": []}'), "the reply is no chat completion"),
        (Answer(body=b'{"choices": [{"message": {"content": 7}}]}'), "the reply is no chat completion"),
        (Answer(body=b"x" * (1024 * 1024 + 1)), "a reply of more than 1024 KB"),
    ],
)
def test_failure_is_asked_again_once_and_then_right(
    server: FakeJudgeServer, answer: Answer, why: str
) -> None:
    server.script = [answer]
    slept, retries = Slept(), list[str]()
    assert ask(config(server), PAIRS[:1], slept, retries)[0].score == 1
    assert len(server.requests) == 2
    assert slept.waits == [1.0]
    assert retries == [f"The judge does not answer ({why}); asked again in 1.0 s, retry 1 of 5."]


def test_connection_that_breaks_within_a_reply_is_asked_again(server: FakeJudgeServer) -> None:
    whole = says("Score: 1")
    server.script = [Answer(body=whole.body, cut=True)]
    assert ask(config(server), PAIRS[:1])[0].score == 1
    assert len(server.requests) == 2


def test_slow_server_fails_after_the_timeout(server: FakeJudgeServer) -> None:
    server.script = [Answer(body=says("Score: 1").body, delay=0.6)]
    retries = list[str]()
    assert ask(config(server, timeout_seconds=0.2), PAIRS[:1], retries=retries)[0].score == 1
    assert retries == [
        "The judge does not answer (no reply within 0.2 s); asked again in 1.0 s, retry 1 of 5."
    ]


def test_waits_double_up_to_thirty_seconds(server: FakeJudgeServer) -> None:
    server.script = [error(500)] * 7
    slept = Slept()
    ask(config(server, retries=7), PAIRS[:1], slept)
    assert slept.waits == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


def test_jitter_adds_up_to_a_quarter(server: FakeJudgeServer) -> None:
    server.script = [error(500)] * 2
    slept = Slept(chance=0.5)
    ask(config(server), PAIRS[:1], slept)
    assert slept.waits == [1.125, 2.25]


@pytest.mark.parametrize(
    ("header", "waits"),
    [
        ("7", [7.0]),
        ("0", [0.0]),
        ("86400", [600.0]),
        ("Wed, 21 Oct 2015 07:28:00 GMT", [0.0]),
        ("soon", [1.0]),
    ],
)
def test_a_server_says_how_long_to_wait(server: FakeJudgeServer, header: str, waits: list[float]) -> None:
    server.script = [error(429, "slow down", Retry_After=header)]
    slept = Slept()
    ask(config(server), PAIRS[:1], slept)
    assert slept.waits == waits


def test_judge_that_stays_down_ends_with_how_many_wait_and_why(server: FakeJudgeServer) -> None:
    server.judge = lambda text: error(503, "no workers")
    slept = Slept()
    with pytest.raises(JudgeDown) as caught:
        ask(config(server, retries=2), PAIRS, slept)
    assert len(server.requests) == 3  # one place: the other pairs were never asked
    assert slept.waits == [1.0, 2.0]
    assert caught.value.retryable
    assert str(caught.value) == (
        "judge: The judge does not answer; 4 pairs wait for a verdict. Last failure: HTTP 503: no workers. "
        "Start the judge again, then resume: verdicts it gave are not asked for again."
    )


def test_judge_that_stays_down_gets_no_more_than_its_places_times_its_tries(server: FakeJudgeServer) -> None:
    server.judge = lambda text: error(500)
    pairs = [Pair("prefix", f"{n}", f"{n}") for n in range(40)]
    with pytest.raises(JudgeDown, match="40 pairs wait"):
        ask(config(server, retries=1, max_concurrent=3), pairs)
    assert 4 <= len(server.requests) <= 6
    assert len({body["messages"][0]["content"] for body in server.requests}) == 3


def test_nobody_listens(server: FakeJudgeServer) -> None:
    server.stop()
    slept = Slept()
    with pytest.raises(JudgeDown) as caught:
        ask(config(server, retries=1), PAIRS[:1], slept)
    assert slept.waits == [1.0]
    assert caught.value.message == (
        "The judge does not answer; 1 pair waits for a verdict. "
        "Last failure: no connection (All connection attempts failed)."
    )


def test_no_retries_means_one_request(server: FakeJudgeServer) -> None:
    server.judge = lambda text: error(500)
    with pytest.raises(JudgeDown):
        ask(config(server, retries=0), PAIRS[:1])
    assert len(server.requests) == 1


def test_verdicts_before_the_failure_are_not_asked_for_again(server: FakeJudgeServer, tmp_path: Path) -> None:
    def judged(server_config: JudgeConfig) -> list[Verdict]:
        source = EndpointJudge(server_config, lambda text: None, Slept().timing)
        cache = VerdictCache(tmp_path / "judge.sqlite")
        return asyncio.run(CachedJudge(source, server_config, cache).verdicts(PAIRS))

    server.script = [says("Score: 1"), says("so so"), *[error(500)] * 2]
    with pytest.raises(JudgeDown, match="2 pairs wait"):
        judged(config(server, retries=1))
    assert len(server.requests) == 4
    server.requests.clear()
    server.judge = lambda text: "Score: 0"
    verdicts = judged(config(server, retries=1))
    assert [(verdict.score, verdict.cached) for verdict in verdicts] == [
        (1, True),
        (None, True),
        (0, False),
        (0, False),
    ]
    assert server.questions == [question(pair) for pair in PAIRS[2:]]


def test_request_under_way_when_another_fails_is_not_lost(server: FakeJudgeServer) -> None:
    def judge(text: str) -> Answer:
        slow = "Segment 1." in text
        return Answer(body=says("Score: 1").body, delay=0.3) if slow else error(500)

    server.judge = judge
    found: dict[int, Verdict] = {}
    endpoint = EndpointJudge(config(server, max_concurrent=2, retries=0), lambda text: None, Slept().timing)
    with pytest.raises(JudgeDown, match="3 pairs wait"):
        asyncio.run(endpoint.ask(PAIRS, lambda index, verdict, keep=True: found.update({index: verdict})))
    assert {index: verdict.score for index, verdict in found.items()} == {1: 1}
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("answer", "field", "message"),
    [
        (error(401, "bad key"), "judge.key_variable", "The judge asks for a key (HTTP 401: bad key)."),
        (error(403), "judge.key_variable", "The judge asks for a key (HTTP 403)."),
        (
            error(404, "The model `qwen` does not exist."),
            "judge.model",
            "The judge's server has no model 'qwen' (HTTP 404: The model `qwen` does not exist.).",
        ),
        (error(404, "Not Found"), "judge.url", "There is no judge at this address (HTTP 404: Not Found)."),
        (error(400, "no such field"), "judge", "The judge refuses the request (HTTP 400: no such field)."),
        (error(302, Location="/elsewhere"), "judge", "The judge refuses the request (HTTP 302)."),
    ],
)
def test_refusal_that_no_retry_changes_ends_at_once(
    server: FakeJudgeServer, answer: Answer, field: str, message: str
) -> None:
    server.judge = lambda text: answer
    slept = Slept()
    with pytest.raises(ForesightError) as caught:
        ask(config(server), PAIRS, slept)
    assert (caught.value.field, caught.value.message, caught.value.retryable) == (field, message, False)
    assert len(server.requests) == 1
    assert slept.waits == []


@pytest.mark.parametrize(
    "answer",
    [
        error(400, "This model's maximum context length is 4096 tokens. However, you requested 5000."),
        error(413, "payload too large"),
    ],
)
def test_pair_too_long_for_the_judge_is_malformed_and_others_go_on(
    server: FakeJudgeServer, answer: Answer
) -> None:
    server.script = [answer]
    found = ask(config(server), PAIRS[:2])
    assert found[0].score is None
    assert found[0].reply.startswith(f"HTTP {answer.status}: ")
    assert found[1].score == 1
    assert len(server.requests) == 2


def test_key_comes_from_the_environment_and_shows_nowhere(
    server: FakeJudgeServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("JUDGE_API_KEY", "canary-5551")
    server.script = [error(500, "no Bearer canary-5551 here"), error(401, "canary-5551 is wrong")]
    retries = list[str]()
    with caplog.at_level("DEBUG"), pytest.raises(ForesightError) as caught:
        ask(config(server, key_variable="JUDGE_API_KEY"), PAIRS[:1], retries=retries)
    assert server.keys == ["Bearer canary-5551"] * 2
    assert caught.value.message == "The judge refuses the key in JUDGE_API_KEY (HTTP 401: *** is wrong)."
    assert retries == [
        "The judge does not answer (HTTP 500: no Bearer *** here); asked again in 1.0 s, retry 1 of 5."
    ]
    assert "canary" not in caplog.text + str(caught.value)


def test_key_that_is_not_set_is_said_before_anything_is_asked(
    server: FakeJudgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JUDGE_API_KEY", raising=False)
    with pytest.raises(ForesightError) as caught:
        EndpointJudge(config(server, key_variable="JUDGE_API_KEY"), lambda text: None)
    assert str(caught.value) == (
        "judge.key_variable: The environment variable JUDGE_API_KEY is not set where the judge is asked. "
        "Set it for the worker and start the worker again."
    )
    assert server.requests == []


def test_no_more_requests_are_under_way_than_allowed(server: FakeJudgeServer) -> None:
    server.judge = lambda text: Answer(body=says("Score: 1").body, delay=0.05)
    pairs = [Pair("prefix", f"{n}", f"{n}") for n in range(12)]
    assert len(ask(config(server, max_concurrent=3), pairs)) == 12
    assert server.most_at_once == 3


def test_requests_keep_their_pace(server: FakeJudgeServer) -> None:
    slept = Slept()
    server.script = [error(500)]
    ask(config(server, requests_per_minute=30), PAIRS[:3], slept)
    # One every 2 s; the failed one waits 1 s for its retry and 1 s more for its turn.
    assert slept.waits == [1.0, 1.0, 2.0, 2.0]
    assert len(server.requests) == 4


def test_one_judge_serves_several_event_loops(server: FakeJudgeServer) -> None:
    judge = EndpointJudge(config(server), lambda text: None, Slept().timing)
    for _ in range(2):
        found: list[int] = []
        asyncio.run(judge.ask(PAIRS, lambda index, verdict, keep=True, found=found: found.append(index)))
        assert found == [0, 1, 2, 3]
