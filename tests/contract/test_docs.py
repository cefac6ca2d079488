"""The documents say what the code does: settings, commands, links and variables."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from training.__main__ import build_parser
from training.contract.preparation import preparation_markdown
from training.contract.reference import settings_markdown, walk_settings

ROOT = Path(__file__).resolve().parents[2]
DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_settings_page_is_what_the_schema_declares() -> None:
    declared = f"{settings_markdown()}\n{preparation_markdown()}"
    assert (ROOT / "docs" / "settings.md").read_text() == declared


def test_every_setting_is_named_once() -> None:
    names = [item.name for item in walk_settings()]
    assert len(names) == len(set(names))
    assert "sampling.temperature" in names
    assert "schema_version" not in names


def test_every_training_command_is_in_the_guide() -> None:
    (action,) = [a for a in build_parser()._actions if isinstance(a, argparse._SubParsersAction)]
    guide = (ROOT / "docs" / "guide.md").read_text()
    assert "run" in action.choices
    assert [name for name in action.choices if f"python -m training {name}" not in guide] == []


def test_every_make_target_named_in_the_documents_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    used = {t for doc in DOCS for t in re.findall(r"(?:^|`)make ([a-z-]+)", doc.read_text(), re.MULTILINE)}
    assert used
    assert used <= targets


def test_every_relative_link_leads_to_a_file() -> None:
    broken = []
    for doc in DOCS:
        for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", doc.read_text()):
            if not (doc.parent / target).exists():
                broken.append(f"{doc.name}: {target}")
    assert broken == []


def test_every_variable_the_settings_read_is_documented() -> None:
    settings = (ROOT / "webapp" / "settings.py").read_text()
    read = set(re.findall(r'"(FORESIGHT_[A-Z_]+|DATABASE_URL|REDIS_URL)"', settings))
    documented = (ROOT / "docs" / "architecture.md").read_text()
    assert sorted(name for name in read if f"`{name}`" not in documented) == []
