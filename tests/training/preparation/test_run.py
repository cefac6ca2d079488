"""A whole preparation: what comes out, what is told of what does not, and that nothing is lost between."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import zstandard

from tests.training.preparation.planted import GOES, TEXTS, index_of, write_corpus, write_set
from training.__main__ import main
from training.contract.errors import ForesightError
from training.contract.events import Event, Failed, Finished, Progress, StageChanged
from training.contract.preparation import STAGES, parse_preparation
from training.contract.preparation_report import PreparationReport, StageReport, read_report
from training.contract.stream import read_after


def prepare(folder: Path, *options: str) -> PreparationReport:
    corpus, against = write_corpus(folder), write_set(folder)
    out = folder / "out"
    call = ["prepare", "--corpus", str(corpus), "--against", f"{against}:problem", "--out", str(out)]
    assert main([*call, "--events", str(folder / "events.1.jsonl"), *options]) == 0
    return read_report(out / "report.json")


def kept(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "out" / "documents.jsonl").read_text().splitlines()]


def dropped(folder: Path) -> list[dict[str, Any]]:
    with zstandard.open(folder / "out" / "dropped.jsonl.zst", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def stage(report: PreparationReport, name: str) -> StageReport:
    return next(one for one in report.stages if one.stage == name)


def test_planted_documents_go_where_they_should_each_with_its_reason(tmp_path: Path) -> None:
    report = prepare(tmp_path)
    rows = {row["index"]: row for row in dropped(tmp_path) if row["action"] == "dropped"}
    assert {index: row["stage"] for index, row in rows.items()} == {
        index_of(name): where for name, where in GOES.items()
    }
    assert (
        [rows[index_of(name)]["reasons"][0]["words"] for name in GOES]
        == [
            "Jaccard 0.965 to document 1, which stays.",  # 55 of 57 shingles
            "Shares 100 % of the words of test.jsonl, line 2: “" + TEXTS["leaked"][19:113] + "”.",
            "2 words.",
            "1.67 % of the characters are what a wrong encoding or escape left.",
        ]
    )
    assert [(one.stage, one.before, one.dropped, one.changed, one.after) for one in report.stages] == [
        ("near_duplicates", 8, 1, 0, 7),
        ("personal_data", 7, 0, 2, 7),
        ("decontamination", 7, 1, 0, 6),
        ("quality_rules", 6, 2, 0, 4),
        ("quality_model", 4, 0, 0, 4),
    ]
    assert (report.source.documents, report.documents, report.dropped) == (8, 4, 4)


def test_documents_keep_their_index_and_name_and_only_personal_data_changes(tmp_path: Path) -> None:
    prepare(tmp_path)
    expected = {name: text for name, text in TEXTS.items() if name not in GOES}
    expected["personal"] = "Questions about the olympiad go to [EMAIL] or to the phone number [PHONE]."
    expected["card"] = "The fee for the contest was paid with the card [CARD] last week."
    assert kept(tmp_path) == [
        {"index": index_of(name), "name": f"document {index_of(name)}", "text": text}
        for name, text in expected.items()
    ]


def test_nothing_disappears_silently(tmp_path: Path) -> None:
    report = prepare(tmp_path)
    gone = {row["index"]: row for row in dropped(tmp_path)}
    for index, text in enumerate(TEXTS.values()):
        survivor = next((row for row in kept(tmp_path) if row["index"] == index), None)
        if survivor is None or survivor["text"] != text:
            assert gone[index]["text"] == text
            assert gone[index]["reasons"]
    for one in report.stages:
        assert one.before - one.dropped == one.after
        assert len({sample.index for sample in one.samples}) == one.dropped + one.changed


def test_source_stays_as_it_is_and_the_report_names_what_came_of_what(tmp_path: Path) -> None:
    before = hashlib.sha256(write_corpus(tmp_path).read_bytes()).hexdigest()
    report = prepare(tmp_path)
    corpus = tmp_path / "planted.jsonl"
    assert hashlib.sha256(corpus.read_bytes()).hexdigest() == before == report.source.sha256
    assert report.source.corpus == "planted.jsonl"
    made = (tmp_path / "out" / "documents.jsonl").read_bytes()
    assert report.sha256 == hashlib.sha256(made).hexdigest()
    assert report.settings["data"]["corpus"] == "planted.jsonl"
    assert report.settings["decontamination"]["against"][0]["file"] == "test.jsonl"
    assert str(tmp_path) not in (tmp_path / "out" / "report.json").read_text()
    again = prepare(tmp_path)
    assert (again.sha256, again.settings_sha256) == (report.sha256, report.settings_sha256)
    other = prepare(tmp_path, "--without", "near_duplicates")
    assert other.settings_sha256 != report.settings_sha256


def test_samples_show_what_was_found_where(tmp_path: Path) -> None:
    report = prepare(tmp_path)
    (near,) = stage(report, "near_duplicates").samples
    assert near.other is not None and near.other_name == "document 1"
    assert [near.excerpt.text[a:b] for a, b in near.excerpt.marks] == ["end."]
    assert [near.other.text[a:b] for a, b in near.other.marks] == ["step59."]
    email, card, phone = sorted(stage(report, "personal_data").samples, key=lambda one: one.rule != "email")
    assert [email.excerpt.text[a:b] for a, b in email.excerpt.marks] == ["ada@example.org"]
    assert (card.rule, phone.rule) == ("card", "phone")
    (leak,) = stage(report, "decontamination").samples
    assert leak.other is not None and leak.other_name == "test.jsonl, line 2"
    assert [leak.other.text[a:b] for a, b in leak.other.marks] == [leak.other.text]


def test_stages_that_are_off_pass_everything_on(tmp_path: Path) -> None:
    report = prepare(tmp_path, "--without", ",".join(STAGES))
    assert [(one.enabled, one.before, one.after) for one in report.stages] == [(False, 8, 8)] * 5
    assert [row["text"] for row in kept(tmp_path)] == list(TEXTS.values())
    assert dropped(tmp_path) == []


def test_events_tell_of_every_stage_and_how_far_it_is(tmp_path: Path) -> None:
    prepare(tmp_path)
    events: list[Event] = [one.event for one in read_after(tmp_path / "events.1.jsonl")]
    told = [(one.stage, one.status) for one in events if isinstance(one, StageChanged)]
    on = ("documents", *list(STAGES)[:4])
    assert told == [(name, status) for name in on for status in ("started", "finished")]
    last = {one.stage: (one.done, one.total) for one in events if isinstance(one, Progress)}
    assert last == {
        "near_duplicates": (8, 8),
        "personal_data": (7, 7),
        "decontamination": (7, 7),
        "quality_rules": (6, 6),
    }
    assert events[-1] == Finished(steps_done=4, steps_asked=4)


def test_config_file_and_shown_config_are_the_same_settings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus = write_corpus(tmp_path)
    assert main(["prepare", "--corpus", str(corpus), "--without", "personal_data", "--show-config"]) == 0
    file = tmp_path / "prepare.yaml"
    file.write_text(capsys.readouterr().out, encoding="utf-8")
    assert main(["prepare", "--config", str(file), "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert "Near-duplicates: 1 dropped, 0 changed, 7 left" in said
    assert "Personal data: off" in said
    assert "No evaluation set was chosen: nothing was compared." in said
    left = [text for name, text in TEXTS.items() if name == "leaked" or name not in GOES]
    assert said.endswith(f"5 documents left, {sum(map(len, left))} characters\n")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ["--against", "nowhere.jsonl"],
            "error: decontamination.against: The evaluation set nowhere.jsonl cannot",
        ),
        (
            ["--without", "masking"],
            "error: without: There is no stage 'masking'. The stages are near_duplicates,",
        ),
        (["--config", "nowhere.yaml"], "error: config: There is no preparation file nowhere.yaml."),
        (["--corpus", "nowhere.jsonl"], "error: data.corpus: There is no file nowhere.jsonl."),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_written(
    tmp_path: Path, options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    call = ["prepare", "--corpus", str(write_corpus(tmp_path)), "--out", str(tmp_path / "out")]
    spool = tmp_path / "events.1.jsonl"
    assert main([*call, "--events", str(spool), *options]) == 2
    assert capsys.readouterr().err.startswith(said)
    assert isinstance([one.event for one in read_after(spool)][-1], Failed)
    assert not (tmp_path / "out" / "documents.jsonl").exists()


def test_preparation_that_fails_leaves_no_half_files(tmp_path: Path) -> None:
    file = tmp_path / "prepare.yaml"
    file.write_text(
        f"data: {{corpus: {write_corpus(tmp_path)}}}\nquality_model: {{enabled: true, model: nowhere}}\n",
        encoding="utf-8",
    )
    assert main(["prepare", "--config", str(file), "--out", str(tmp_path / "out")]) == 2
    assert list((tmp_path / "out").iterdir()) == []


def test_sigterm_ends_a_preparation_and_leaves_no_half_files(tmp_path: Path) -> None:
    corpus = tmp_path / "long.jsonl"
    rows = (
        {"text": f"{place} " + " ".join(f"w{place}x{word}" for word in range(300))} for place in range(20_000)
    )
    corpus.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    out, spool = tmp_path / "out", tmp_path / "events.1.jsonl"
    call = ["prepare", "--corpus", str(corpus), "--out", str(out), "--events", str(spool)]
    process = subprocess.Popen([sys.executable, "-m", "training", *call])
    deadline = time.monotonic() + 120
    while not (spool.exists() and b'"progress"' in spool.read_bytes()):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 143
    assert list(out.iterdir()) == []


def test_corpus_of_which_nothing_is_left_has_a_report(tmp_path: Path) -> None:
    file = tmp_path / "one.txt"
    file.write_text("Too short.", encoding="utf-8")
    out = tmp_path / "out"
    assert main(["prepare", "--corpus", str(file), "--out", str(out)]) == 0
    report = read_report(out / "report.json")
    assert (report.documents, (out / "documents.jsonl").read_bytes()) == (0, b"")


def test_settings_that_do_not_fit_are_refused_by_name() -> None:
    for data, message in (
        ({"near_duplicates": {"threshold": 0}}, "near_duplicates.threshold: Input should be greater than 0"),
        (
            {"decontamination": {"ngram_words": 4}},
            "decontamination: shortest_item (5) is above ngram_words (4)",
        ),
        (
            {"decontamination": {"against": [{"file": ""}]}},
            "decontamination.against: Set 1: String should have",
        ),
    ):
        with pytest.raises(ForesightError) as caught:
            parse_preparation(data)
        assert str(caught.value).startswith(message)
