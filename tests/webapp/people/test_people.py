"""The page of people: who may open it, what it lists, and every rule of what staff may do."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests.webapp.made_run import MadeRun, make_bare_run, make_checkpoint
from training.contract.errors import ForesightError
from webapp.accounts.models import Quota
from webapp.accounts.tokens import make_token
from webapp.people.listing import Person, persons
from webapp.people.services.role import set_active, set_staff
from webapp.runs.models import Checkpoint

PASSWORD = "correct horse battery"
CHANGES = [
    ("person-password", {}),
    ("person-staff", {"staff": "1"}),
    ("person-active", {"active": "0"}),
    ("person-quota", {"jobs": "1"}),
]


def words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def told(client: Client, name: str, user: Any, **posted: str) -> str:
    """What the page says after a change."""
    answer = client.post(reverse(name, args=[user.pk]), posted, follow=True)
    return words(answer.content.decode())


def accounts() -> list[tuple[Any, ...]]:
    found = User.objects.order_by("pk").values_list("username", "password", "is_staff", "is_active")
    return [*found, *Quota.objects.values_list()]


def secret(page: str) -> str:
    (found,) = re.findall(r'<pre id="secret"[^>]*>([^<]+)</pre>', page)
    return html.unescape(found)


def may_sign_in(name: str, password: str) -> bool:
    return Client().login(username=name, password=password)


def test_page_and_every_change_are_404_for_who_is_no_administrator(
    other_user: Any, client_signed_in: Client
) -> None:
    before = accounts()
    assert client_signed_in.get(reverse("people")).status_code == 404
    assert client_signed_in.post(reverse("person-invite"), {"name": "eve"}).status_code == 404
    for name, posted in CHANGES:
        assert client_signed_in.post(reverse(name, args=[other_user.pk]), posted).status_code == 404, name
    assert accounts() == before
    assert reverse("people") not in client_signed_in.get(reverse("password")).content.decode()


def test_account_that_nobody_can_sign_in_with_is_no_person(staff_client: Client) -> None:
    account = User.objects.create_user("of-a-project")
    before = accounts()
    assert "of-a-project" not in staff_client.get(reverse("people")).content.decode()
    for name, posted in CHANGES:
        assert staff_client.post(reverse(name, args=[account.pk]), posted).status_code == 404, name
    assert accounts() == before


def test_change_is_no_page_to_read(user: Any, staff_client: Client) -> None:
    before = accounts()
    for name, _ in CHANGES:
        assert staff_client.get(reverse(name, args=[user.pk])).status_code == 405
    assert accounts() == before


def test_invited_person_signs_in_with_the_password_that_was_shown_once(staff_client: Client) -> None:
    answer = staff_client.post(reverse("person-invite"), {"name": " grace.hopper "})
    password = secret(answer.content.decode())
    assert (answer.status_code, len(password)) == (201, 16)
    assert "no-store" in answer.headers["Cache-Control"]
    made = User.objects.get(username="grace.hopper")
    assert (made.is_staff, made.is_superuser, made.is_active) == (False, False, True)
    assert may_sign_in("grace.hopper", password)
    assert password not in staff_client.get(reverse("people")).content.decode()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("ADA", "There is an account named 'ADA' already. Choose another name."),
        ("ada lovelace", "'ada lovelace' is no user name. Use at most 150 letters, digits and @ . + - _"),
        ("", "'' is no user name."),
        ("x" * 151, "is no user name."),
    ],
)
def test_name_that_is_taken_or_no_name_is_refused(
    user: Any, staff_client: Client, name: str, said: str
) -> None:
    before = accounts()
    answer = staff_client.post(reverse("person-invite"), {"name": name})
    assert answer.status_code == 422
    assert said in words(answer.content.decode())
    assert accounts() == before


def test_new_password_takes_the_old_one_and_every_session(
    user: Any, client_signed_in: Client, staff_client: Client
) -> None:
    page = staff_client.post(reverse("person-password", args=[user.pk])).content.decode()
    assert (may_sign_in("ada", PASSWORD), may_sign_in("ada", secret(page))) == (False, True)
    assert client_signed_in.get("/").url == "/sign-in/?next=/"


def test_administrator_is_made_and_unmade(user: Any, client_signed_in: Client, staff_client: Client) -> None:
    assert "ada is an administrator now." in told(staff_client, "person-staff", user, staff="1")
    assert client_signed_in.get(reverse("people")).status_code == 200
    assert "ada is no administrator any more." in told(staff_client, "person-staff", user, staff="0")
    assert client_signed_in.get(reverse("people")).status_code == 404


def test_deactivated_persons_sessions_and_tokens_stop_and_their_jobs_go_on(
    user: Any, client_signed_in: Client, staff_client: Client, home: Path
) -> None:
    run = make_bare_run(user, MadeRun("goes on", "running"))
    program = {"Authorization": f"Bearer {make_token(user, 'script')[1]}"}
    assert Client().get("/api/me", headers=program).status_code == 200
    said = told(staff_client, "person-active", user, active="0")
    assert "ada is deactivated: sign-ins and API tokens are refused from now on." in said
    assert client_signed_in.get("/").url == "/sign-in/?next=/"
    assert Client().get("/api/me", headers=program).status_code == 401
    assert not may_sign_in("ada", PASSWORD)
    run.job.refresh_from_db()
    assert (run.job.state, run.job.desired) == ("running", "run")
    assert "ada can sign in again." in told(staff_client, "person-active", user, active="1")
    assert may_sign_in("ada", PASSWORD)


def test_nobody_changes_their_own_rights_or_resets_their_own_password(
    staff: Any, staff_client: Client
) -> None:
    before = accounts()
    for name, posted in CHANGES[1:3]:
        said = told(staff_client, name, staff, **dict.fromkeys(posted, "0"))
        assert "Nobody can change this of their own account. Ask another administrator to do it." in said
    said = told(staff_client, "person-password", staff)
    assert "Change your own password on the page of your password." in said
    assert accounts() == before


@pytest.mark.parametrize("change", [set_staff, set_active])
def test_last_active_administrator_stays(user: Any, staff: Any, change: Any) -> None:
    User.objects.create_user("away", is_staff=True, is_active=False)
    with pytest.raises(ForesightError, match="root is the last active administrator") as refused:
        change(staff, False, user)  # whose own rights were taken at the same moment
    assert refused.value.remedy == "Make another person an administrator first."
    staff.refresh_from_db()
    assert (staff.is_staff, staff.is_active) == (True, True)


def test_limit_is_stored_changed_and_taken_away(user: Any, staff_client: Client) -> None:
    for text, kept in (("3", [3]), (" 0 ", [0]), ("", [])):
        assert "The limit of ada is stored." in told(staff_client, "person-quota", user, jobs=text)
        assert list(Quota.objects.values_list("jobs", flat=True)) == kept


@pytest.mark.parametrize("text", ["-1", "two", "1.5", "10001", "²", "9" * 30])
def test_limit_that_is_no_number_of_jobs_is_refused(user: Any, staff_client: Client, text: str) -> None:
    said = told(staff_client, "person-quota", user, jobs=text)
    assert "is no number of jobs. Enter a whole number from 0 to 10000, or nothing for no limit." in said
    assert not Quota.objects.exists()


def test_list_counts_runs_active_jobs_and_checkpoints_that_are_kept(
    user: Any, staff: Any, home: Path
) -> None:
    run = make_bare_run(user, MadeRun("one", "running"))
    make_bare_run(user, MadeRun("two", "succeeded"))
    make_checkpoint(run, 1)
    make_checkpoint(run, 2, removed=True)
    Checkpoint.objects.filter(step=1).update(bytes=700)
    Quota.objects.create(user=user, jobs=4)
    mine, root = persons([user, staff], staff)
    assert mine == Person(user, False, 2, 1, 700, 4)
    assert root == Person(staff, True, 0, 0, 0, None)


def test_page_takes_as_many_queries_for_many_people_as_for_one(
    staff_client: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        User.objects.create_user(f"person{number}", password=PASSWORD)
    with django_assert_max_num_queries(10):
        page = staff_client.get(reverse("people")).content.decode()
    assert "person19" in page
