"""A second judge of a sample, invited through the client and the command, on the real site."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from foresight import Client
from foresight.cli.main import main
from tests.webapp.audits.made import make_judged_run
from webapp.accounts.tokens import make_token
from webapp.audits.models import Audit
from webapp.audits.services.draw import draw_audit


@pytest.fixture
def audit(token: str, user: Any, home: Path) -> Audit:
    return draw_audit(make_judged_run(user), 20)


def test_second_judge_joins_by_link_or_secret(
    client_of_site: Client, site: str, audit: Audit, other_user: Any
) -> None:
    made = client_of_site.audits.invite(audit.pk)
    assert made.url == f"{site}/audits/join/{made.invitation}/"
    with Client(site, make_token(other_user, "second")[1]) as second:
        assert second.audits.join(made.url) == second.audits.join(made.invitation)
        assert second.audits.next(audit.pk).left == audit.pairs.count()
    assert list(audit.readers.all()) == [other_user]


def test_commands_print_the_link_and_what_waits(
    here: Path, site: str, audit: Audit, other_user: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    assert main(["invite", str(audit.pk)]) == 0
    link = capsys.readouterr().out.strip()
    assert re.fullmatch(rf"{site}/audits/join/[\w-]{{43}}/", link)
    monkeypatch.setenv("FORESIGHT_TOKEN", make_token(other_user, "second")[1])
    assert main(["join", link]) == 0
    pairs = audit.pairs.count()
    assert capsys.readouterr().out == f"{pairs} of {pairs} pairs wait for you: {site}/audits/{audit.pk}/\n"


def test_invitation_to_nothing_ends_with_its_remedy(here: Path, capsys: Any) -> None:
    assert main(["join", f"https://elsewhere/audits/join/{'x' * 43}/"]) == 2
    assert capsys.readouterr().err == (
        "error: invitation: This invitation opens nothing. "
        "Copy the whole secret from the link, or ask for the link again.\n"
    )
