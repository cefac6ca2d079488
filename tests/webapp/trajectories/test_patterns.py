"""Words that show a reasoning pattern are marked in responses, and nothing of a response is lost."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.webapp.made_run import make_bare_run, write_groups
from tests.webapp.trajectories.test_pages import HIT, MISS, record
from webapp.trajectories.group import Piece, pieces


def test_response_is_cut_at_its_pattern_words() -> None:
    assert pieces("Wait, it is\nprobably <b>so") == (
        Piece("Wait", "reflection"),
        Piece(", it is\n", ""),
        Piece("probably", "hypothesis"),
        Piece(" <b>so", ""),
    )


@pytest.mark.parametrize("text", ["", "no such word", "finally", " finally  wait etc. "])
def test_pieces_joined_are_the_response(text: str) -> None:
    assert "".join(piece.text for piece in pieces(text)) == text


def test_group_page_marks_the_words_and_counts_responses(
    user: Any, home: Any, client_signed_in: Client
) -> None:
    run = make_bare_run(user)
    said = (HIT.model_copy(update={"response": "Wait <i>probably</i>, wait"}), MISS)
    write_groups(run, 1, [record(3, 0, list(said))])
    page = client_signed_in.get(reverse("run-group", args=[run.pk, 3, 0])).content.decode()
    found = re.search(r"<pre class=\"response\" data-response>(.*?)</pre>", page, re.DOTALL)
    assert found
    assert found.group(1) == (
        '<mark data-pattern="reflection" title="reflection">Wait</mark> &lt;i&gt;'
        '<mark data-pattern="hypothesis" title="hypothesis">probably</mark>&lt;/i&gt;, '
        '<mark data-pattern="reflection" title="reflection">wait</mark>'
    )
    assert re.search(r"reflection</mark> in 1 of 2,", page)
