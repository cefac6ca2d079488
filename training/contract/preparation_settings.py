"""The settings of preparing a corpus that find documents twice, personal data and leaked test items."""

from __future__ import annotations

from typing import Any, Self

from pydantic import model_validator

from training.contract.settings.base import Section, setting

SHORTEST_NGRAM = 4


def stage_on(what: str, default: bool = True) -> Any:
    """The setting that turns a stage on or off; `what` says what the stage does."""
    return setting(default, title="Stage on", help=what)


class NearDuplicatesConfig(Section):
    """Near-duplicates"""

    enabled: bool = stage_on(
        "Drops a document that is nearly the same as an earlier one that stays. Found by MinHash, checked exactly."
    )
    threshold: float = setting(
        0.8,
        gt=0.0,
        le=1.0,
        title="Jaccard threshold",
        help="Two documents are near-duplicates when their sets of shingles share at least this part of all of both.",
        paper="METHODS B1",
    )
    shingle_words: int = setting(
        5,
        ge=1,
        le=50,
        unit="words",
        help="Words of one shingle; each Chinese or Japanese character counts as a word.",
        paper="METHODS B1",
        advanced=True,
    )
    permutations: int = setting(
        128,
        ge=16,
        le=4096,
        help="Size of a MinHash. More find the candidates more surely and take longer.",
        paper="METHODS B1",
        advanced=True,
    )


class PersonalDataConfig(Section):
    """Personal data"""

    enabled: bool = stage_on("Masks what is found with a placeholder of its type. Formulas are left alone.")
    emails: bool = setting(True, help="`[EMAIL]`: addresses of e-mail.")
    phones: bool = setting(
        True,
        help="`[PHONE]`: international numbers, those grouped as in North America or China, and any number after a "
        "word as phone, tel or 电话.",
    )
    cards: bool = setting(
        True, help="`[CARD]`: numbers of payment cards: a known prefix, its length and Luhn's check digit."
    )
    ibans: bool = setting(
        True, title="IBANs", help="`[IBAN]`: the country's length and the check digits (ISO 7064)."
    )
    ip_addresses: bool = setting(
        True,
        title="IP addresses",
        help="`[IP]`: IPv4 and IPv6, but no version numbers, numbers of sections or this very machine.",
    )
    national_ids: bool = setting(
        True,
        title="National ids",
        help="`[SSN]`: US social security numbers in their form 123-45-6789. `[ID]`: Chinese resident ids with a "
        "region, a date of birth and the right check digit.",
    )


class EvaluationSet(Section):
    """A set that must not be trained on: a file, and how its rows become items."""

    file: str = setting(..., min_length=1, help="A file, as a corpus may be one.")
    name: str = setting("", help="What the report calls it; empty takes the file's name.")
    text_field: str = setting("problem", help="The field of a row that holds the item.")
    join_fields: tuple[str, ...] = setting((), help="Several fields joined by a blank line.")
    template: str = setting("", help="Or a template of fields, as for a corpus.")


class DecontaminationConfig(Section):
    """Decontamination"""

    enabled: bool = stage_on("Drops a document that holds text of an item of an evaluation set.")
    against: tuple[EvaluationSet, ...] = setting(
        (),
        title="Evaluation sets",
        help="The sets that documents are compared with: each a file and the fields of its rows that make an item.",
    )
    ngram_words: int = setting(
        13,
        ge=SHORTEST_NGRAM,
        le=100,
        unit="words",
        title="Shared words",
        help="So many words in a row that both hold make a leak; letter case, punctuation and white space do not "
        "count. An item with fewer words leaks where the whole of it stands in a document.",
        paper="METHODS B1; GPT-3 appendix C",
    )
    shortest_item: int = setting(
        5,
        ge=SHORTEST_NGRAM,
        le=100,
        unit="words",
        advanced=True,
        help="An item with fewer words is not compared: it would be found by chance. The report counts them.",
    )
    template_documents: int = setting(
        10,
        ge=0,
        unit="documents",
        advanced=True,
        title="Phrase, not a leak",
        help="Shared words that stand in more documents than this are a phrase (`where m and n are relatively prime "
        "positive integers`) and no leak, unless a document holds half of an item or more. 0 counts every one.",
        paper="GPT-3 appendix C",
    )

    @model_validator(mode="after")
    def _short_items_are_shorter(self) -> Self:
        if self.shortest_item > self.ngram_words:
            raise ValueError(
                f"shortest_item ({self.shortest_item}) is above ngram_words ({self.ngram_words}): items between the "
                "two would never be compared. Lower shortest_item."
            )
        return self
