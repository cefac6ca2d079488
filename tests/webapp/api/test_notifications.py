"""Notifications and webhooks over the API, and what people say of runs. Each operation with exact values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.webapp.api.conftest import Program
from tests.webapp.made_run import MadeRun, make_bare_run
from webapp.notifications.models import Delivery, Notification, Webhook
from webapp.notifications.services.notice import notice
from webapp.runs.models import Run


def test_run_is_renamed_tagged_and_found_by_its_tag(program: Program, user: Any) -> None:
    run = make_bare_run(user, MadeRun("old", "failed"))
    made = program.call(
        "PATCH", f"/runs/{run.pk}", '{"name": "new", "tags": ["lr", "best"], "notes": "why", "starred": true}',
        "application/json",
    ).json()  # fmt: skip
    assert (made["name"], made["tags"], made["notes"], made["starred"], made["archived"]) == (
        "new", ["best", "lr"], "why", True, False
    )  # fmt: skip
    assert [row["name"] for row in program.get("/runs", tag="lr", show="starred").json()["items"]] == ["new"]
    assert program.get("/runs", tag="other").json()["items"] == []
    assert program.get("/runs", method="rlpt").json()["items"] == []
    row = program.get("/runs", method="rpt", corpus=run.corpus_id).json()["items"][0]
    assert (row["tags"], row["method"], row["health"], row["changed"]) == (["best", "lr"], "rpt", "", [])


@pytest.mark.parametrize(
    ("body", "field"),
    [('{"name": ""}', "name"), ('{"archived": true}', "archived"), ('{"tags": "x"}', "tags")],
)
def test_change_is_refused_with_the_field(program: Program, user: Any, body: str, field: str) -> None:
    run = make_bare_run(user)
    answer = program.call("PATCH", f"/runs/{run.pk}", body, "application/json")
    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_many_runs_are_changed_and_those_that_cannot_be_are_counted(program: Program, user: Any) -> None:
    ended, active = make_bare_run(user, MadeRun(state="failed")), make_bare_run(user)
    body = {"action": "archive", "runs": [ended.pk, active.pk, 999_999]}
    assert program.post("/runs/bulk", body).json() == {
        "changed": 1, "left": 1, "why": "Active runs stay in sight: cancel them first.",
    }  # fmt: skip
    assert program.get("/runs", show="archived").json()["total"] == 1
    answer = program.post("/runs/bulk", {"action": "explode", "runs": [1]})
    assert (answer.status_code, answer.json()["field"]) == (422, "action")


def test_run_is_deleted_once_it_has_ended(program: Program, user: Any) -> None:
    ended, active = make_bare_run(user, MadeRun(state="failed")), make_bare_run(user)
    assert program.delete(f"/runs/{ended.pk}").status_code == 204
    answer = program.delete(f"/runs/{active.pk}")
    assert (answer.status_code, answer.json()["remedy"]) == (409, "Cancel it first.")
    assert list(Run.objects.values_list("pk", flat=True)) == [active.pk]


def test_notifications_are_listed_and_read(program: Program, user: Any) -> None:
    run = make_bare_run(user, MadeRun("a run", "failed"))
    for attempt in (1, 2):
        notice(run, attempt, "failed", "The disk is full.")
    (newest, oldest) = program.get("/notifications").json()["items"]
    assert (newest["attempt"], newest["title"], newest["detail"], newest["run"], newest["read"]) == (
        2, "a run has failed", "The disk is full.", run.pk, None
    )  # fmt: skip
    path = f"/notifications/{oldest['id']}/read"
    assert program.post(path).json() == {"changed": True, "message": "1 marked as read."}
    assert program.post(path).json() == {"changed": False, "message": "Nothing was unread."}
    assert [one["attempt"] for one in program.get("/notifications", unread=True).json()["items"]] == [2]
    assert program.post("/notifications/read").json()["changed"] is True
    assert program.get("/notifications", unread=True).json()["items"] == []


def test_what_comes_where_is_chosen(program: Program, user: Any) -> None:
    assert program.get("/notification-settings").json() == {
        "page": ["finished", "failed", "stalled", "collapse"], "email": ["failed", "stalled", "collapse"],
        "address": "", "email_on": False,
    }  # fmt: skip
    body = '{"page": ["stalled", "failed"], "email": [], "address": "ada@example.org"}'
    made = program.call("PUT", "/notification-settings", body, "application/json").json()
    assert (made["page"], made["email"], made["address"]) == (["failed", "stalled"], [], "ada@example.org")
    wrong = '{"page": [], "email": [], "address": "nobody"}'
    answer = program.call("PUT", "/notification-settings", wrong, "application/json")
    assert (answer.status_code, answer.json()["field"]) == (422, "address")
    notice(make_bare_run(user), 1, "finished", "")
    assert program.get("/notifications").json()["items"] == []
    assert Notification.objects.count() == 1


def test_webhook_is_made_tested_and_removed(program: Program, home: Path) -> None:
    answer = program.post(
        "/webhooks", {"url": "https://hooks.example.org/x", "events": ["stalled", "failed"]}
    )
    made = answer.json()
    assert (answer.status_code, made["events"], made["secret"][:4]) == (201, ["failed", "stalled"], "fsw_")
    assert len(made["secret"]) == 47
    (listed,) = program.get("/webhooks").json()
    assert "secret" not in listed and listed["url"] == "https://hooks.example.org/x"
    test = program.post(f"/webhooks/{made['id']}/test").json()
    assert (test["event"], test["state"], test["attempts"]) == ("test", "waiting", 0)
    assert program.get(f"/webhooks/{made['id']}/deliveries").json() == [test]
    assert program.delete(f"/webhooks/{made['id']}").status_code == 204
    assert (Webhook.objects.count(), Delivery.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://hooks.example.org/", "The address is not encrypted."),
        ("ftp://hooks.example.org/", "This is no address of the web."),
        ("https://ada:secret@hooks.example.org/", "The address holds a user name."),
        ("https://127.0.0.1/", "The address leads into a private network, and this site does not go there."),
        ("https://[::1]:8000/", "The address leads into a private network, and this site does not go there."),
        (
            "https://169.254.169.254/latest",
            "The address leads into a private network, and this site does not go there.",
        ),
        ("https://", "This is no address of the web."),
        ("https://a:99999/", "This is no address."),
        ("https://ex ample.org/", "This is no address of the web."),
    ],
)
def test_webhook_to_an_address_that_will_not_do_is_refused(program: Program, url: str, words: str) -> None:
    answer = program.post("/webhooks", {"url": url, "events": ["failed"]})
    assert (answer.status_code, answer.json()["field"], answer.json()["error"]) == (422, "url", words)
