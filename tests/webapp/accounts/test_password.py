"""A person changes their own password."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.urls import reverse

OLD, NEW = "correct horse battery", "purple monkey dishwasher"


def change(client: Client, old: str, new: str, again: str = "") -> Any:
    posted = {"old_password": old, "new_password1": new, "new_password2": again or new}
    return client.post(reverse("password"), posted, follow=True)


def test_new_password_signs_in_and_ends_every_other_session(user: Any, client_signed_in: Client) -> None:
    elsewhere = Client()
    elsewhere.force_login(user)
    page = change(client_signed_in, OLD, NEW)
    assert "Your password is changed." in page.content.decode()
    assert client_signed_in.get("/").status_code == 200
    assert elsewhere.get("/").url == "/sign-in/?next=/"
    assert (Client().login(username="ada", password=OLD), Client().login(username="ada", password=NEW)) == (
        False,
        True,
    )


def test_wrong_old_short_common_or_mistyped_password_changes_nothing(
    user: Any, client_signed_in: Client
) -> None:
    before = user.password
    for posted, said in (
        (("wrong", NEW), "Your old password was entered incorrectly"),
        ((OLD, "short"), "at least 10 characters"),
        ((OLD, "1234567890"), "too common"),
        ((OLD, NEW, "another monkey"), "The two password fields didn’t match."),
    ):
        page = change(client_signed_in, *posted).content.decode()
        assert said in page.replace("&#x27;", "'"), posted
    user.refresh_from_db()
    assert user.password == before


def test_page_is_for_who_is_signed_in(db: None) -> None:
    assert Client().get(reverse("password")).url == "/sign-in/?next=/account/password/"
