"""Documents put together with where their segments end, by rule or by a person."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.contract.boundaries_file import Boundaries, read_boundaries, text_sha256, write_boundaries
from training.contract.errors import ForesightError
from training.contract.experiment import parse_experiment
from training.contract.settings.segments import SegmentsConfig
from training.records import Document
from training.segments.cut import cut_at, ends_of, targets
from training.segments.run import Cut, segment_documents

TEXT = "Größe 1. Zwei ist da. Drei. Und vier.\n\nFünf"
ENDS = (11, 24, 30, 41, 46)


def document(text: str = TEXT, index: int = 3) -> Document:
    return Document(index, "numbers", text)


def segmented(documents: list[Document], home: Path, **segments: object) -> Cut:
    config = parse_experiment({"method": {"kind": "rlpt"}, "segments": segments})
    return segment_documents(documents, config, home, home, lambda done, total: None)


def test_ends_count_bytes_and_the_last_is_the_documents_end() -> None:
    assert ends_of("aß c", [3]) == (4, 5)
    assert ends_of("aß c", []) == (5,)


def test_document_cut_at_its_ends_joins_to_its_text() -> None:
    cut = cut_at(document(), ENDS)
    assert cut.segments == ("Größe 1. ", "Zwei ist da. ", "Drei. ", "Und vier.\n\n", "Fünf")
    assert "".join(cut.segments) == TEXT


@pytest.mark.parametrize(
    ("ends", "fault"),
    [
        ((), "The last segment must end with the document."),
        ((11, 45), "The last segment must end with the document."),
        ((11, 11, 46), "each with some text"),
        ((24, 11, 46), "each with some text"),
        ((0, 46), "each with some text"),
        ((3, 46), "inside a character"),
    ],
)
def test_ends_that_do_not_fit_the_text_are_refused(ends: tuple[int, ...], fault: str) -> None:
    with pytest.raises(ForesightError, match=fault) as caught:
        cut_at(document(), ends)
    assert caught.value.field == "segments.boundaries"


def test_targets_are_neither_first_nor_last_and_of_a_fitting_length() -> None:
    cut = cut_at(document(), ENDS)
    assert targets(cut, SegmentsConfig(min_characters=1)) == [1, 2, 3]  # s_2 .. s_n-1
    assert targets(cut, SegmentsConfig(min_characters=9)) == [1, 3]  # `Drei.` has 5, `Und vier.` 9
    assert targets(cut, SegmentsConfig(min_characters=1, max_characters=9)) == [2, 3]
    assert targets(cut_at(document("A. B."), (3, 5)), SegmentsConfig(min_characters=1)) == []


def test_documents_are_cut_into_sentences_and_found_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = [document(), document("One. Two.", 5)]
    first = segmented(documents, tmp_path)
    assert [len(cut.segments) for cut in first.cuts] == [5, 2]
    assert first.words == "7 segments of 2 documents"
    assert first.warnings == ()
    monkeypatch.setattr("training.segments.splitter.sentence_starts", lambda text: pytest.fail("cut again"))
    assert segmented(documents, tmp_path) == first


def test_cut_that_was_stopped_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    documents = [document(f"One {index}. Two.", index) for index in range(20)]
    whole = segmented(documents, tmp_path / "whole")
    asked: list[str] = []

    def stops(text: str) -> list[int]:
        asked.append(text)
        if len(asked) == 18:
            raise KeyboardInterrupt
        return [text.index("Two")]

    monkeypatch.setattr("training.segments.splitter.sentence_starts", stops)
    with pytest.raises(KeyboardInterrupt):
        segmented(documents, tmp_path / "stopped")
    partial = next((tmp_path / "stopped" / "cache" / "segments").glob("*.partial"))
    partial.write_bytes(partial.read_bytes() + b'{"document": 16, "en')  # killed while it wrote
    asked.clear()
    assert segmented(documents, tmp_path / "stopped") == whole
    assert asked == [one.text for one in documents[16:]]


def test_boundaries_of_a_person_go_before_the_splitter(tmp_path: Path) -> None:
    own = Boundaries(documents={text_sha256(TEXT): (24, 46), text_sha256("gone"): (4,)})
    write_boundaries(tmp_path / "own.json", own)
    assert read_boundaries(tmp_path / "own.json") == own
    found = segmented([document(), document("One. Two.", 5)], tmp_path, boundaries=str(tmp_path / "own.json"))
    assert [cut.segments for cut in found.cuts] == [
        ("Größe 1. Zwei ist da. ", "Drei. Und vier.\n\nFünf"),
        ("One. ", "Two."),
    ]
    assert found.words == "4 segments of 2 documents, 1 with adjusted boundaries"
    assert found.warnings == ()
    others = segmented([document("One. Two.", 5)], tmp_path, boundaries=str(tmp_path / "own.json"))
    assert others.warnings == (
        "None of the 2 documents with adjusted boundaries is among those that are cut.",
    )


def test_boundaries_that_are_no_such_file_name_the_setting(tmp_path: Path) -> None:
    (tmp_path / "poem.json").write_text('{"version": 2}')
    for name, words in (("none.json", "no file of boundaries"), ("poem.json", "is no file of segment")):
        with pytest.raises(ForesightError, match=words) as caught:
            segmented([document()], tmp_path, boundaries=str(tmp_path / name))
        assert caught.value.field == "segments.boundaries"
