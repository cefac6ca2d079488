"""The catalogues: complete, true to the English, compiled. `make words` brings them up to date."""

from __future__ import annotations

from collections.abc import Iterator

import polib
import pytest

from scripts.words.catalogue import CATALOGUES, Catalogue, compiled, faults, refresh

EACH = pytest.mark.parametrize("catalogue", CATALOGUES, ids=lambda one: one.domain)


def entry(english: str, chinese: str, plural: str = "") -> polib.POEntry:
    said = {"msgstr_plural": {0: chinese}} if plural else {"msgstr": chinese}
    return polib.POEntry(msgid=english, msgid_plural=plural, occurrences=[("page.html", "")], **said)


def fault(one: polib.POEntry) -> list[str]:
    file = polib.POFile()
    file.append(one)
    found: Iterator[str] = faults(file)
    return list(found)


@EACH
def test_every_text_of_the_site_is_translated(catalogue: Catalogue) -> None:
    assert list(faults(refresh(catalogue))) == []


@EACH
def test_compiled_catalogue_is_what_the_text_one_says(catalogue: Catalogue) -> None:
    assert catalogue.mo.read_bytes() == compiled(catalogue.po)


def test_text_without_a_translation_is_a_fault() -> None:
    assert fault(entry("Stop", "")) == ["not translated: 'Stop' (page.html)"]


def test_translation_that_drops_a_value_is_a_fault() -> None:
    assert len(fault(entry("Step {step} of {steps}", "第 {step} 步"))) == 1


def test_translation_may_put_values_in_another_order() -> None:
    assert fault(entry("Step {step} of {steps}", "共 {steps} 步，第 {step} 步")) == []


def test_translation_of_a_plural_may_hold_the_count_of_either() -> None:
    assert fault(entry("One step", "{count} 步", plural="{count} steps")) == []
