"""The figures of the RPT paper that people compare with stand as METHODS A has them, wherever they stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from training.contract.difficulty import THRESHOLDS
from training.contract.prompts_table import PAPER_TABLE_8

ROOT = Path(__file__).resolve().parents[2]
PAGE = (
    (ROOT / "docs" / "reproduce.md").read_text(encoding="utf-8").split("## Next-segment reasoning (RLPT)")[0]
)
TEXT = " ".join(PAGE.split())


def figures(name: str) -> list[float]:
    """The numbers of the table row that begins with a name."""
    found = re.search(rf"^\| {re.escape(name)} \|([\d.| ]+)\|$", PAGE, re.MULTILINE)
    assert found, name
    return [float(cell) for cell in found[1].split("|")]


def test_table_8_of_untrained_templates() -> None:
    percent = {
        name: (round(100 * one, 1), round(100 * many, 1)) for name, (one, many) in PAPER_TABLE_8.items()
    }
    assert percent == {
        "v0": (3.0, 8.5),
        "v1": (5.7, 11.0),
        "v2": (5.7, 16.0),
        "v3": (5.3, 11.0),
        "v4": (4.0, 9.0),
        "v5": (4.4, 12.5),
        "v6": (6.0, 19.0),
    }


def test_splits_of_table_1() -> None:
    assert THRESHOLDS == {"easy": 0.5, "medium": 1.0, "hard": 1.5}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("Qwen2.5-14B, standard", [41.90, 30.03, 20.65]),
        ("R1-Distill-Qwen-14B, standard", [41.60, 29.46, 20.43]),
        ("R1-Distill-Qwen-14B, reasoning", [3.31, 1.66, 1.41]),
        ("RPT-14B, reasoning", [45.11, 33.56, 23.75]),
    ],
)
def test_accuracies_of_table_1(row: str, expected: list[float]) -> None:
    assert figures(row) == expected


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("R1-Distill-Qwen-14B, standard", [32.0, 48.4]),
        ("R1-Distill-Qwen-32B, standard", [37.2, 56.5]),
        ("R1-Distill-Qwen-14B, reasoning", [36.1, 68.9]),
        ("RPT-14B, reasoning", [39.0, 71.1]),
    ],
)
def test_accuracies_of_table_3(row: str, expected: list[float]) -> None:
    rows = re.findall(rf"^\| {re.escape(row)} \|([\d. ]+)\|([\d. ]+)\|$", PAGE, re.MULTILINE)
    assert [[float(cell) for cell in found] for found in rows] == [expected]


@pytest.mark.parametrize(
    "said",
    [
        "4,428",  # problems of Omni-MATH
        "R2 of 0.995, 0.997 and 0.989",  # Fig. 5
        "100, 200, 400, 800, 1000, 1200",  # its steps
        "51.2 to 52.7 from R1-Distill-Qwen-14B, 56.3 to 58.3 from RPT-14B",  # Table 2
        "10.7 before RLVR, 13.0 after",
        "hypothesis +161.8 %, deduction +26.2 %",  # Fig. 6
    ],
)
def test_other_figures_are_said(said: str) -> None:
    assert said in TEXT


def test_page_of_table_2_has_the_papers_rows() -> None:
    page = " ".join((ROOT / "templates" / "papers" / "table2.html").read_text(encoding="utf-8").split())
    for said in ("51.2 to 52.7", "10.7 to 13.0", "56.3 to 58.3"):
        assert said in page
