"""Presets of one's own: kept from the form, started from, replaced, removed; nobody sees another's."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.webapp.corpora.made_scan import made_corpus
from tests.webapp.experiments.posted import posted
from training.contract.errors import ForesightError
from training.contract.presets import preset
from webapp.experiments.models import OwnPreset
from webapp.experiments.services.save_preset import save_preset


def text_of(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", page)).split())


def starts(client: Client) -> list[str]:
    """The names of what the form offers to start from."""
    page = client.get("/experiments/new/").content.decode()
    return [text_of(found) for found in re.findall(r'<a class="start"[^>]*>(.*?)</a>', page)]


def test_saved_settings_are_a_preset_that_the_form_opens_with(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    corpus = made_corpus(home, user)
    data = posted(corpus, sampling__temperature="0.95", preset_name=" hot ", preset_help="Warm.")
    answer = client_signed_in.post("/experiments/presets/", data)
    assert (answer.status_code, answer["Location"]) == (
        302,
        f"/experiments/new/?preset=hot&corpus={corpus.pk}",
    )
    page = client_signed_in.get(answer["Location"]).content.decode()
    assert "Your preset hot is saved." in page
    assert "0 changed from hot" in page
    assert 'name="sampling.temperature" value="0.95"' in page
    assert 'data-about="Warm." aria-current="true">hot</a>' in page
    changed = posted(corpus, base="preset:hot", sampling__temperature="0.5")
    panel = client_signed_in.post("/experiments/check/", changed).content.decode()
    assert "1 changed from hot" in panel
    assert "<del>0.95</del></td><td><ins>0.5</ins>" in panel


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "A preset needs a name."),
        ("../up", "That is no name for a preset."),
        ("demo-cpu", "demo-cpu is a built-in preset."),
        ("hot", "You have a preset hot already."),
    ],
)
def test_name_that_cannot_be_used_keeps_the_form_and_says_why(
    home: Path, user: Any, client_signed_in: Client, name: str, sentence: str
) -> None:
    save_preset(user, "hot", preset("demo-cpu"))
    data = posted(made_corpus(home, user), seed="77", preset_name=name)
    answer = client_signed_in.post("/experiments/presets/", data)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    assert 'name="seed" value="77"' in page
    assert [one.name for one in OwnPreset.objects.all()] == ["hot"]


def test_own_preset_is_replaced_only_when_asked(home: Path, user: Any, client_signed_in: Client) -> None:
    save_preset(user, "hot", preset("demo-cpu"))
    data = posted(made_corpus(home, user), seed="5", preset_name="hot", preset_replace="on")
    assert client_signed_in.post("/experiments/presets/", data).status_code == 302
    assert OwnPreset.objects.get().typed.seed == 5


def test_faulty_settings_are_no_preset(home: Path, user: Any, client_signed_in: Client) -> None:
    data = posted(made_corpus(home, user), sampling__group_size="1", preset_name="hot")
    answer = client_signed_in.post("/experiments/presets/", data)
    assert answer.status_code == 422
    assert "Nothing was launched or saved" in answer.content.decode()
    assert not OwnPreset.objects.exists()


def test_removed_preset_is_offered_no_more(home: Path, user: Any, client_signed_in: Client) -> None:
    own = save_preset(user, "hot", preset("demo-cpu"))
    assert "hot" in starts(client_signed_in)
    client_signed_in.post(f"/experiments/presets/{own.pk}/delete/")
    assert "hot" not in starts(client_signed_in)
    page = client_signed_in.get("/experiments/new/", {"preset": "hot"}).content.decode()
    assert "0 changed from demo-cpu" in page


def test_another_users_preset_does_not_exist(
    home: Path, user: Any, other_user: Any, client_signed_in: Client
) -> None:
    theirs = save_preset(other_user, "theirs", preset("rpt-paper"))
    assert "theirs" not in starts(client_signed_in)
    page = client_signed_in.get("/experiments/new/", {"preset": "theirs"}).content.decode()
    assert "0 changed from demo-cpu" in page
    assert client_signed_in.post(f"/experiments/presets/{theirs.pk}/delete/").status_code == 404
    assert OwnPreset.objects.count() == 1


def test_description_that_is_too_long_is_refused(user: Any) -> None:
    with pytest.raises(ForesightError, match="The description has 201 characters") as caught:
        save_preset(user, "hot", preset("demo-cpu"), help_text="x" * 201)
    assert caught.value.field == "preset_help"
