"""What a first start makes: a user with a random password, and the demo run. Later starts find them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model

from webapp.runs.models import Run
from webapp.runs.services.demo import PRESET, launch_demo

NAME = "admin"


@dataclass(frozen=True, slots=True)
class FirstUser:
    """The user a first start made; the password is kept nowhere else."""

    name: str
    password: str


def ensure_first_user() -> FirstUser | None:
    """Make `admin` with a random password on a site without users; None when there is one."""
    users = get_user_model().objects
    if users.exists():
        return None
    password = secrets.token_urlsafe(12)
    users.create_superuser(NAME, password=password)
    return FirstUser(NAME, password)


def first_user() -> Any:
    """The user that has been there longest."""
    return get_user_model().objects.order_by("pk").first()


def ensure_demo() -> tuple[Run, bool]:
    """The demo run of the first user, and whether this call launched it.

    Raises:
        ForesightError: the sample corpus cannot be read.
    """
    owner = first_user()
    run = Run.objects.owned_by(owner).filter(experiment__preset=PRESET).order_by("pk").first()
    return (run, False) if run is not None else (launch_demo(owner), True)


def box(lines: list[str]) -> str:
    """Lines in a frame."""
    width = max(map(len, lines))
    rule = "+" + "-" * (width + 4) + "+"
    return "\n".join([rule, *(f"|  {line.ljust(width)}  |" for line in lines), rule])
