"""Deliveries against a real HTTP server and Django's mail backend in memory."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from tests.webapp.notifications.conftest import due_now
from tests.webapp.notifications.receiver import Receiver
from webapp.notifications import outbound
from webapp.notifications.models import Delivery, Wishes
from webapp.notifications.services.deliver import WAITS, deliver_due
from webapp.notifications.services.webhooks import make_webhook, send_test
from webapp.notifications.watch import notice_due
from webapp.runs.models import Run

Happened = Callable[..., Run]


@pytest.fixture(autouse=True)
def _no_mail(user: Any) -> None:
    Wishes.objects.create(owner=user, page=["failed"], email=[])


def state() -> tuple[str, int, int | None]:
    one = Delivery.objects.get()
    return one.state, one.attempts, one.status


def test_webhook_is_signed_over_time_and_bytes(
    happened: Happened, user: Any, hooks: Receiver, settings: Any
) -> None:
    settings.SITE_URL = "https://foresight.example.org"
    _, secret = make_webhook(user, hooks.url, ["failed"])
    run = happened("failed", "größer")
    notice_due()
    deliver_due()
    ((headers, body),) = hooks.came
    expected = hmac.new(
        secret.encode(), headers["Foresight-Timestamp"].encode() + b"." + body, hashlib.sha256
    )
    assert headers["Foresight-Signature"] == f"v1={expected.hexdigest()}"
    assert abs(int(headers["Foresight-Timestamp"]) - timezone.now().timestamp()) < 60
    found = json.loads(body)
    assert (found["event"], found["message"], found["id"]) == (
        "failed", "größer has failed", f"delivery-{Delivery.objects.get().pk}"
    )  # fmt: skip
    assert found["run"] == {
        "id": run.pk, "name": "größer", "attempt": 1, "step": 12, "steps_asked": 30,
        "url": f"https://foresight.example.org/runs/{run.pk}/",
    }  # fmt: skip
    assert (headers["Foresight-Event"], headers["Content-Type"]) == ("failed", "application/json")
    assert state() == ("delivered", 1, 204)


def test_webhook_is_tried_again_with_longer_waits_and_then_given_up(
    happened: Happened, user: Any, hooks: Receiver
) -> None:
    make_webhook(user, hooks.url, ["failed"])
    hooks.answers = [(500, {})] * 6
    happened("failed")
    notice_due()
    waits = []
    for attempt in range(1, 7):
        deliver_due()
        assert len(hooks.came) == attempt
        deliver_due()  # its time has not come
        assert len(hooks.came) == attempt
        waits.append(round((Delivery.objects.get().due - timezone.now()).total_seconds(), -1))
        due_now()
    assert waits[:5] == list(WAITS)
    assert state() == ("failed", 6, 500)
    deliver_due()
    assert len(hooks.came) == 6
    assert Delivery.objects.get().said == "The receiver answered 500 Internal Server Error"


def test_receiver_that_comes_back_gets_it_with_the_same_id(
    happened: Happened, user: Any, hooks: Receiver
) -> None:
    make_webhook(user, hooks.url, ["failed"])
    hooks.answers = [(503, {})]
    happened("failed")
    notice_due()
    deliver_due()
    due_now()
    deliver_due()
    assert state() == ("delivered", 2, 204)
    assert len({json.loads(body)["id"] for _, body in hooks.came}) == 1


@pytest.mark.parametrize(
    "target", ["http://169.254.169.254/latest", "http://127.0.0.1:9/", "https://example.org/"]
)
def test_redirect_is_not_followed(
    user: Any, hooks: Receiver, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook, _ = make_webhook(user, hooks.url, ["failed"])
    hooks.answers = [(307, {"Location": target})]
    send_test(hook)
    asked: list[str] = []
    resolve = socket.getaddrinfo

    def noted(host: str, *rest: Any, **more: Any) -> Any:
        asked.append(host)
        return resolve(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", noted)
    deliver_due()
    assert state() == ("waiting", 1, 307)
    assert Delivery.objects.get().said == f"The address sends on to {target}. Give the last address itself."
    assert (asked, len(hooks.came)) == (["127.0.0.1"], 1)


def test_name_that_leads_into_a_private_network_is_refused(
    user: Any, hooks: Receiver, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBHOOK_HOSTS = frozenset()
    hook, _ = make_webhook(user, "https://hooks.example.org/x", ["failed"])
    port = int(hooks.url.split(":")[2].split("/")[0])
    for places in (
        ["127.0.0.1"],
        ["93.184.216.34", "10.0.0.7"],
        ["::1"],
        ["fd00::1"],
        ["::ffff:192.168.0.1"],
    ):
        monkeypatch.setattr(
            socket,
            "getaddrinfo",
            lambda *_, places=places, **__: [
                (socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in places
            ],
        )
        answer = outbound.post(hook.url, b"{}", {})
        assert answer.status is None and answer.wrong.startswith("The address leads into a private network")
    assert hooks.came == []


def test_connection_goes_to_the_address_that_was_checked(
    user: Any, hooks: Receiver, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBHOOK_HOSTS = frozenset({"hooks.internal"})
    port = int(hooks.url.split(":")[2].split("/")[0])
    answers = [[(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers.pop(0))  # a second question fails
    assert outbound.post("http://hooks.internal/x", b"{}", {}).status == 204
    assert hooks.came[0][0]["Host"] == "hooks.internal"


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True), ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("10.1.2.3", False), ("172.16.0.1", False), ("192.168.1.1", False), ("127.0.0.1", False),
        ("169.254.169.254", False), ("100.64.0.1", False), ("0.0.0.0", False), ("255.255.255.255", False),
        ("224.0.0.1", False), ("::1", False), ("::", False), ("fe80::1", False), ("fc00::1", False),
        ("::ffff:127.0.0.1", False), ("::ffff:93.184.216.34", True), ("2002:7f00:1::", False),
        ("64:ff9b::7f00:1", False), ("2001:0:0:0:0:0:f5ff:fffe", False), ("ff02::1", False),
    ],
)  # fmt: skip
def test_is_public(address: str, public: bool) -> None:
    import ipaddress

    assert outbound.is_public(ipaddress.ip_address(address)) is public


def test_receiver_that_answers_drop_by_drop_is_cut(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.WEBHOOK_HOSTS = frozenset({"127.0.0.1"})
    monkeypatch.setattr(outbound, "SECONDS", 0.6)
    with socket.create_server(("127.0.0.1", 0)) as server:
        done = threading.Event()

        def drip() -> None:
            connection, _ = server.accept()
            with connection:
                while not done.wait(0.1):
                    try:
                        connection.sendall(b"H")
                    except OSError:
                        return

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        answer = outbound.post(f"http://127.0.0.1:{server.getsockname()[1]}/", b"{}", {})
        done.set()
        thread.join()
    assert answer == outbound.Answer(None, "No answer within 1 s.")


def test_mail_says_what_happened_and_where(happened: Happened, user: Any, settings: Any) -> None:
    settings.EMAIL_ON, settings.SITE_URL = True, "https://foresight.example.org"
    Wishes.objects.update(email=["failed"])
    user.email = "ada@example.org"
    user.save()
    run = happened("failed", "line\nbreak")
    notice_due()
    deliver_due()
    deliver_due()
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == (["ada@example.org"], "Foresight: line break has failed")
    assert f"https://foresight.example.org/runs/{run.pk}/" in sent.body
    assert "attempt 1, step 12 of 30" in sent.body
    assert state() == ("delivered", 1, None)


def test_mail_without_a_server_waits_and_says_so(happened: Happened, settings: Any) -> None:
    settings.EMAIL_ON = False
    Wishes.objects.update(email=["failed"])
    happened("failed")
    notice_due()
    deliver_due()
    assert (state(), mail.outbox) == (("waiting", 1, None), [])
    assert Delivery.objects.get().said == "This site sends no e-mail: FORESIGHT_EMAIL_HOST is not set."


def test_dead_mail_server_is_tried_again(happened: Happened, user: Any, settings: Any) -> None:
    settings.EMAIL_ON, settings.EMAIL_BACKEND = True, "django.core.mail.backends.smtp.EmailBackend"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        settings.EMAIL_HOST, settings.EMAIL_PORT = probe.getsockname()
    Wishes.objects.update(email=["failed"])
    user.email = "ada@example.org"
    user.save()
    happened("failed")
    notice_due()
    deliver_due()
    assert state() == ("waiting", 1, None)
    assert Delivery.objects.get().said.startswith("The mail server refused or did not answer")


@pytest.mark.django_db(transaction=True)
def test_two_couriers_send_each_delivery_once(happened: Happened, user: Any, hooks: Receiver) -> None:
    make_webhook(user, hooks.url, ["failed"])
    for number in range(6):
        happened("failed", f"run {number}")
    notice_due()
    start = threading.Barrier(3)

    def send() -> None:
        start.wait()
        while deliver_due():
            pass
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(json.loads(body)["run"]["name"] for _, body in hooks.came) == [f"run {n}" for n in range(6)]
    assert set(Delivery.objects.values_list("state", flat=True)) == {"delivered"}


def test_receiver_of_the_documents_tells_genuine_from_forged(hooks: Receiver, user: Any) -> None:
    text = (Path(__file__).resolve().parents[3] / "docs" / "api.md").read_text()
    (code,) = [part for part in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "def genuine" in part]
    space: dict[str, Any] = {}
    exec(code, space)
    hook, secret = make_webhook(user, hooks.url, ["failed"])
    send_test(hook)
    deliver_due()
    ((headers, body),) = hooks.came
    genuine = space["genuine"]
    assert genuine(secret, headers, body)
    assert not genuine("fsw_other", headers, body)
    assert not genuine(secret, headers, body + b" ")
    assert not genuine(secret, {**headers, "Foresight-Timestamp": "1000"}, body)
