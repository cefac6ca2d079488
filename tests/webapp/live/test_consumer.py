"""The websocket of a job: who may open it, and that a client sees every event once."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.contrib.sessions.models import Session

from tests.webapp.live.conftest import Connect, add_events
from tests.webapp.live.socket import Socket
from webapp.jobs.models import Job
from webapp.live import consumer
from webapp.live.doorbell import _ring
from webapp.projects.services.create import create_project
from webapp.projects.services.members import add_member

Talk = Callable[[Socket], Awaitable[None]]


def talk(socket: Socket, conversation: Talk) -> None:
    """Open the socket, hold the conversation, close it."""

    async def run() -> None:
        assert await socket.open()
        await conversation(socket)
        await socket.close()

    async_to_sync(run)()


def refused(socket: Socket) -> bool:
    return not async_to_sync(socket.open)()


def test_socket_of_another_user_is_refused(connect: Connect, other_user: Any, job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(owner=other_user)
    assert refused(connect(job.pk))


def test_socket_of_a_projects_job_is_open_to_its_members_until_they_leave(
    connect: Connect, user: Any, other_user: Any, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "SESSION_SECONDS", 0.0)
    project = create_project(other_user, "Proofs").project
    Job.objects.filter(pk=job.pk).update(owner=project.account)
    assert refused(connect(job.pk))
    membership = add_member(project, user.username, "viewer")

    async def conversation(socket: Socket) -> None:
        await socket.ask(after=0)
        assert (await socket.receive())["job"]["state"] == "queued"
        await sync_to_async(membership.delete)()
        assert await socket.closed_with() == consumer.NOT_FOUND

    talk(connect(job.pk), conversation)


def test_socket_of_a_job_that_is_not_there_is_refused(job: Job, connect: Connect) -> None:
    assert refused(connect(999_999))


def test_socket_without_a_session_is_refused(connect: Connect, job: Job) -> None:
    assert refused(connect(job.pk, signed_in=False))


@pytest.mark.parametrize("origin", ["http://evil.example", "http://localhost.evil.example", "null", None])
def test_socket_from_another_origin_is_refused(connect: Connect, job: Job, origin: str | None) -> None:
    assert refused(connect(job.pk, origin=origin))


def test_client_gets_the_state_and_the_events_after_its_cursor(connect: Connect, job: Job) -> None:
    cursors = add_events(job, 1, 3)

    async def conversation(socket: Socket) -> None:
        await socket.ask(after=cursors[0])
        message = await socket.receive()
        assert message["cursor"] == cursors[2]
        assert [event["seq"] for event in message["events"]] == [2, 3]
        assert message["events"][0] == {
            "id": cursors[1],
            "attempt": 1,
            "seq": 2,
            "type": "log",
            "time": 1893456000.0,
            "text": "2",
        }
        assert (message["job"]["state"], message["job"]["label"]) == ("queued", "Queued")
        assert message["run"] is None

    talk(connect(job.pk), conversation)


def test_many_events_arrive_in_pages_each_once(connect: Connect, job: Job) -> None:
    add_events(job, 1, 1203)

    async def conversation(socket: Socket) -> None:
        await socket.ask(after=0)
        pages = [await socket.receive() for _ in range(3)]
        assert [len(page["events"]) for page in pages] == [500, 500, 203]
        seen = [event["seq"] for page in pages for event in page["events"]]
        assert seen == list(range(1, 1204))

    talk(connect(job.pk), conversation)


def test_new_event_arrives_without_redis_within_the_poll(connect: Connect, job: Job) -> None:
    async def conversation(socket: Socket) -> None:
        await socket.ask(after=0)
        await socket.receive()
        await sync_to_async(add_events)(job, 1, 1)
        message = await socket.receive(timeout=3)
        assert [event["seq"] for event in message["events"]] == [1]

    talk(connect(job.pk), conversation)


def test_doorbell_wakes_the_socket_before_the_poll(
    redis_layer: None, connect: Connect, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "POLL_SECONDS", 60.0)

    async def conversation(socket: Socket) -> None:
        await socket.ask(after=0)
        await socket.receive()
        await sync_to_async(add_events)(job, 1, 1)
        # The subscription may take a moment: a page rings until it is answered.
        deadline = time.monotonic() + 10
        message = None
        while message is None:
            assert time.monotonic() < deadline
            await _ring(job.pk)
            if not await socket.silent(0.3):
                message = await socket.receive()
        assert [event["seq"] for event in message["events"]] == [1]

    talk(connect(job.pk), conversation)


def test_nothing_new_sends_nothing(connect: Connect, job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumer, "POLL_SECONDS", 0.05)

    async def conversation(socket: Socket) -> None:
        await socket.ask(after=0)
        await socket.receive()
        assert await socket.silent(0.5)

    talk(connect(job.pk), conversation)


@pytest.mark.parametrize("text", ['{"after": -1}', '{"after": true}', '{"before": 1}', "[]", "no json"])
def test_bad_message_closes_the_socket(connect: Connect, job: Job, text: str) -> None:
    async def conversation(socket: Socket) -> None:
        await socket.send(text)
        assert await socket.closed_with() == consumer.BAD_MESSAGE

    talk(connect(job.pk), conversation)


def test_signing_out_closes_the_socket(connect: Connect, job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumer, "SESSION_SECONDS", 0.0)
    monkeypatch.setattr(consumer, "POLL_SECONDS", 0.05)

    async def conversation(socket: Socket) -> None:
        await sync_to_async(Session.objects.all().delete)()
        assert await socket.closed_with() == consumer.SIGNED_OUT

    talk(connect(job.pk), conversation)
