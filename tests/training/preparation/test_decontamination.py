"""Decontamination: a planted item goes with its set, place and words; phrases and chance do not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from training.contract.errors import ForesightError
from training.contract.preparation_settings import DecontaminationConfig, EvaluationSet
from training.preparation.decontamination import start
from training.preparation.evaluation_sets import Items, read_set
from training.preparation.finding import Finding, StageRun
from training.records import Document

ITEM = "How many positive integers less than one hundred are divisible by both six and fifteen exactly"  # 15 words
SHORT = "What is seven times eight"  # 5 words
TINY = "Find the sum"  # 3 words


@pytest.fixture
def items(tmp_path: Path) -> Items:
    path = tmp_path / "made.jsonl"
    rows = [{"problem": text, "answer": 6} for text in (ITEM, SHORT, TINY, ITEM)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return read_set(EvaluationSet(file=str(path), name="Made"))


def run(texts: list[str], sets: list[Items], **settings: int) -> tuple[StageRun, list[Finding]]:
    documents = [Document(index, f"document {index}", text) for index, text in enumerate(texts)]
    stage = start(documents, DecontaminationConfig.model_validate(settings), sets)
    return stage, list(stage.findings)


def dropped(texts: list[str], sets: list[Items], **settings: int) -> list[int]:
    return [one.document.index for one in run(texts, sets, **settings)[1] if one.dropped]


def test_leaked_item_goes_with_set_place_and_words(items: Items) -> None:
    text = f"A problem. {ITEM}? We solve it."
    _, (one, other) = run([text, "Something else entirely."], [items])
    assert (one.dropped, other.reasons) == (True, ())
    reason = one.reasons[0]
    assert reason.rule == "shared_words"
    assert reason.words == f"Shares 100 % of the words of Made, line 1: “{ITEM}”."
    assert [text[a:b] for a, b in reason.marks] == [ITEM]
    assert reason.facts == {"set": "Made", "item": "line 1", "shared": ITEM, "covered": 1.0}
    assert [one.facts["item"] for one in one.reasons] == ["line 1", "line 4"]


def test_case_punctuation_space_and_latex_signs_do_not_hide_a_leak(items: Items) -> None:
    hidden = ITEM.upper().replace(" ", ",  \n").replace("HUNDRED", "\\text{hundred}$")
    assert dropped([hidden, "  ".join(f"${word}$" for word in ITEM.split())], [items]) == [0, 1]


def test_thirteen_words_in_a_row_are_a_leak_and_twelve_are_not(items: Items) -> None:
    words = ITEM.split()
    assert dropped(
        [" ".join(["so", *words[:13], "then"]), " ".join(["so", *words[:12], "then"])], [items]
    ) == [0]
    broken = " ".join([*words[:8], "not", *words[8:]])
    assert dropped([broken], [items]) == []
    assert dropped([broken], [items], ngram_words=8) == [0]


def test_short_item_leaks_as_a_whole_and_a_tiny_one_never(items: Items) -> None:
    stage, found = run([f"Q: {SHORT}? A: 56", "What is seven times nine", f"{TINY} of two and two"], [items])
    assert [one.dropped for one in found] == [True, False, False]
    assert found[0].reasons[0].words == f"Holds the whole of Made, line 2: “{SHORT}”."
    (count,) = stage.sets
    assert (count.items, count.compared, count.short, count.too_short) == (4, 2, 1, 1)
    assert (count.leaked_items, count.documents) == (1, 1)


def test_every_set_is_counted_by_itself(items: Items, tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("question\nPlease tell me what is seven times eight plus two\n", encoding="utf-8")
    other = read_set(EvaluationSet(file=str(path), text_field="question"))
    stage, found = run([f"Please tell me {SHORT} plus two, or {ITEM}"], [items, other])
    assert [(one.name, one.leaked_items, one.documents) for one in stage.sets] == [
        ("Made", 3, 1),
        ("other.csv", 1, 1),
    ]
    assert {reason.facts["set"] for reason in found[0].reasons} == {"Made", "other.csv"}


def test_phrase_of_many_documents_is_no_leak_but_half_an_item_is(tmp_path: Path) -> None:
    phrase = "where m and n are relatively prime positive integers compute the value of m plus n"  # 16 words
    start_of_item = " ".join(f"own{place}" for place in range(20))
    path = tmp_path / "aime.txt"
    path.write_text(f"{start_of_item} {phrase}", encoding="utf-8")
    sets = [read_set(EvaluationSet(file=str(path)))]
    texts = [f"problem {place} {phrase}" for place in range(11)]
    assert dropped(texts[:10], sets) == list(range(10))
    stage, found = run([*texts, f"{start_of_item} {phrase}"], sets)
    assert [one.document.index for one in found if one.dropped] == [11]
    assert stage.notes[0] == "11 more share nothing with an item but phrases, and stay."
    assert stage.notes[1].startswith("A phrase, in 12 documents: “")
    assert dropped(texts, sets, template_documents=0) == list(range(11))


def test_copies_of_a_whole_item_are_no_phrase(items: Items) -> None:
    assert dropped([f"copy {place}: {ITEM}" for place in range(30)], [items]) == list(range(30))


def test_chinese_item_is_found_by_its_characters(tmp_path: Path) -> None:
    path = tmp_path / "zh.jsonl"
    problem = "求所有满足条件的正整数对的个数并证明"
    path.write_text(json.dumps({"problem": problem}, ensure_ascii=False) + "\n", encoding="utf-8")
    sets = [read_set(EvaluationSet(file=str(path)))]
    assert dropped([f"题目：{problem}。", problem[:12] + "零", problem[:13] + "零"], sets) == [0, 2]


def test_no_set_keeps_everything_and_says_so() -> None:
    stage, found = run([ITEM], [])
    assert [one.dropped for one in found] == [False]
    assert stage.notes == ["No evaluation set was chosen: nothing was compared."]


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (
            {"file": "nowhere.jsonl"},
            "The evaluation set nowhere.jsonl cannot be read: No such file or directory.",
        ),
        ({"file": "nowhere.pdf"}, "nowhere.pdf has the suffix '.pdf', which is not one Foresight reads."),
    ],
)
def test_set_that_cannot_be_read_is_refused_by_its_setting(wanted: dict[str, str], message: str) -> None:
    with pytest.raises(ForesightError) as caught:
        read_set(EvaluationSet.model_validate(wanted))
    assert (caught.value.field, caught.value.message) == ("decontamination.against", message)


def test_set_without_the_field_names_the_fields_there_are(tmp_path: Path) -> None:
    path = tmp_path / "made.jsonl"
    path.write_text('{"question": "Why?"}\n', encoding="utf-8")
    with pytest.raises(
        ForesightError, match=r"there is no field 'problem'. The fields there are: question\."
    ):
        read_set(EvaluationSet(file=str(path)))
