"""The atlas: text tiled by tokens, usable positions, and the figures behind the threshold."""

from __future__ import annotations

import json
from base64 import b64decode
from itertools import pairwise
from pathlib import Path
from typing import Any

from django.test import Client

from tests.webapp.corpora.made_scan import TEXT, made_corpus, made_scan
from training.contract.settings.text import PositionsConfig
from webapp.corpora.atlas import scan_data
from webapp.corpora.positions import kept, overview, piece, tokens, usable_histogram
from webapp.corpora.shading import packed, script_offsets, shading


def test_pieces_of_tokens_inside_a_character_tile_the_text() -> None:
    raw = "é中😀".encode()
    cuts = [0, 1, 2, 4, 5, 7, 9]
    pieces = [piece(raw, start, stop) for start, stop in pairwise(cuts)]
    assert pieces == ["", "é", "", "中", "", "😀"]


def test_overview_names_positions_without_context_or_inside_a_character(home: Path, user: Any) -> None:
    scan = made_scan(home, made_corpus(home, user))
    found = overview(Path(scan.positions_file), 0, 2)
    assert (found.first, found.positions) == (1, 5)
    assert found.entropy == [0.25, 0.75, 1.25, 1.75, 2.25]
    assert found.unusable == [0, 2]


def test_shading_tiles_the_text_and_is_as_exact_as_a_threshold(home: Path, user: Any) -> None:
    scan = made_scan(home, made_corpus(home, user))
    found = shading(Path(scan.positions_file), 0, TEXT, 2)
    assert (found.text, found.lead, found.first, found.positions) == (TEXT, 3, 1, 5)
    assert found.lengths == [1, 0, 1, 1, 3]  # the second token ends inside the é
    assert b64decode(found.entropy) == bytes([25, 75, 125, 175, 225, 0, 0, 0, 0, 0])
    assert (found.unusable, found.windows) == ([0, 2], [])


def test_suggested_threshold_is_where_easy_begins_with_the_share_it_keeps(home: Path, user: Any) -> None:
    scan = made_scan(home, made_corpus(home, user))
    assert scan_data(scan)["suggested"] == {"threshold": 0.5, "share": 100.0}  # of 0.75, 1.75, 2.25
    scan.settings["min_context"] = 1
    assert scan_data(scan)["suggested"] == {"threshold": 0.5, "share": 75.0}
    scan.settings["entropy"] = "full"
    assert scan_data(scan)["suggested"] is None


def test_shading_of_an_unknown_document_is_empty(home: Path, user: Any) -> None:
    scan = made_scan(home, made_corpus(home, user))
    found = shading(Path(scan.positions_file), 7, TEXT, 2)
    assert (found.text, found.positions, found.lengths) == ("", 0, [])


def test_packed_numbers_are_low_bytes_then_high_ones() -> None:
    assert b64decode(packed([1, 277, 65_535])) == bytes([1, 21, 255, 0, 1, 255])


def test_script_offsets_count_what_a_script_counts() -> None:
    # JavaScript: "a".length 1, "é".length 1, "😀".length 2
    offsets = script_offsets("aé😀b".encode())
    assert [offsets[place] for place in (0, 1, 3, 7, 8)] == [0, 1, 2, 4, 5]
    assert list(script_offsets(b"abc")) == [0, 1, 2, 3]


def test_usable_histogram_counts_only_usable_positions(home: Path, user: Any) -> None:
    scan = made_scan(home, made_corpus(home, user))
    counts = usable_histogram(Path(scan.positions_file), 2)
    assert {place: count for place, count in enumerate(counts) if count} == {75: 1, 175: 1, 225: 1}


def test_kept_at_a_threshold_agrees_with_the_histogram(home: Path, user: Any) -> None:
    file = Path(made_scan(home, made_corpus(home, user)).positions_file)
    counts = usable_histogram(file, 2)
    for threshold in (0.0, 0.75, 0.76, 1.75, 2.26):
        assert kept(file, PositionsConfig(threshold=threshold, min_context=2)) == sum(
            counts[round(threshold * 100) :]
        )


def test_kept_in_a_band_is_the_difference_of_two_tails(home: Path, user: Any) -> None:
    file = Path(made_scan(home, made_corpus(home, user)).positions_file)
    band = PositionsConfig(selection="band", threshold=0.75, upper_threshold=2.25, min_context=2)
    assert kept(file, band) == 2


def test_tokens_bring_text_lead_and_words(home: Path, user: Any) -> None:
    scan = made_scan(home, made_corpus(home, user))
    answer = tokens(Path(scan.positions_file), 0, TEXT, 1, 6)
    assert answer["lead"] == "One"
    assert [row["text"] for row in answer["rows"]] == [" ", "", "é", " ", "two"]
    assert answer["lead"] + "".join(row["text"] for row in answer["rows"]) == TEXT
    assert answer["words"][7] == " the"


def test_document_page_tells_its_script_the_scan(home: Path, user: Any, client_signed_in: Client) -> None:
    corpus = made_corpus(home, user)
    scan = made_scan(home, corpus)
    page = client_signed_in.get(f"/corpora/{corpus.pk}/documents/0/").content.decode()
    data = json.loads(page.split('id="scan-data" type="application/json">')[1].split("</script>")[0])
    assert (data["scan"], data["threshold"], data["min_context"]) == (scan.pk, 0.5, 2)
    assert round(data["scale"], 4) == 2.7726
    assert data["covers"] == "its one document, counted exactly"
    assert (data["parameters"], data["tokens_a_rollout"], data["at"]) == (134_515_008, 128, None)
    answer = client_signed_in.get(data["endpoint"])
    assert (answer.json()["unusable"], answer.json()["text"]) == ([0, 2], TEXT)
    answer = client_signed_in.get(data["endpoint"], {"from": 2, "to": 4})
    assert [row["index"] for row in answer.json()["rows"]] == [2, 3]


def test_address_names_a_byte_for_links_from_groups(home: Path, user: Any, client_signed_in: Client) -> None:
    corpus = made_corpus(home, user)
    made_scan(home, corpus)
    for byte, character in (("6", 5), ("10", 9), ("11", None), ("x", None)):
        page = client_signed_in.get(f"/corpora/{corpus.pk}/documents/0/?byte={byte}").content.decode()
        data = json.loads(page.split('id="scan-data" type="application/json">')[1].split("</script>")[0])
        assert data["at"] == character, byte


def test_scan_of_some_documents_says_of_which(home: Path, user: Any) -> None:
    corpus = made_corpus(home, user)
    scan = made_scan(home, corpus)
    scan.summary |= {"documents": 0}
    assert scan_data(scan)["covers"] == "the first 0 of 1 documents, counted exactly"


def test_document_without_scan_is_plain_text(home: Path, user: Any, client_signed_in: Client) -> None:
    corpus = made_corpus(home, user)
    page = client_signed_in.get(f"/corpora/{corpus.pk}/documents/0/").content.decode()
    assert TEXT in page
    assert "There is no finished scan" in page
    assert client_signed_in.get(f"/corpora/{corpus.pk}/documents/1/").status_code == 404


def test_positions_bad_ranges_are_not_found(home: Path, user: Any, client_signed_in: Client) -> None:
    scan = made_scan(home, made_corpus(home, user))
    for query in ("from=a&to=2", "from=2&to=2", "from=0&to=99999", "from=1"):
        address = f"/corpora/scans/{scan.pk}/documents/0/?{query}"
        assert client_signed_in.get(address).status_code == 404, query
