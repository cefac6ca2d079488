"""Personal data: what is masked, with which placeholder, and what only looks like it."""

from __future__ import annotations

import pytest

from training.contract.preparation_settings import PersonalDataConfig
from training.preparation.check_digits import is_card, is_iban, is_resident_id, luhn
from training.preparation.finding import Finding
from training.preparation.personal_data import detect, mask, start
from training.records import Document


def masked(text: str) -> str:
    return mask(text, detect(text))


def findings(*texts: str, **settings: bool) -> list[Finding]:
    documents = [Document(index, f"document {index}", text) for index, text in enumerate(texts)]
    return list(start(documents, PersonalDataConfig(**settings)).findings)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Write to ada.lovelace@example.co.uk.", "Write to [EMAIL]."),
        ("foo.bar+baz@sub.example.org,", "[EMAIL],"),
        ("call (415) 555-2671 now", "call [PHONE] now"),
        ("555-123-4567 or 1-415-555-2671", "[PHONE] or [PHONE]"),
        ("+1 415 555 2671, +44 20 7946 0958; +8613812345678", "[PHONE], [PHONE]; [PHONE]"),
        ("phone: 555 1234, call me at 4155552671", "phone: [PHONE], call me at [PHONE]"),
        ("手机号13812345678。", "手机号[PHONE]。"),
        ("138 1234 5678", "[PHONE]"),
        ("4111 1111 1111 1111 and 378282246310005", "[CARD] and [CARD]"),
        ("5500-0000-0000-0004, 3782 822463 10005", "[CARD], [CARD]"),
        ("DE89 3704 0044 0532 0130 00, GB82WEST12345698765432", "[IBAN], [IBAN]"),
        ("from 192.168.10.1 to 8.8.4.250", "from [IP] to [IP]"),
        ("the IP address is 8.8.8.8", "the IP address is [IP]"),
        ("fe80::1ff:fe23:4567:890a", "[IP]"),
        ("SSN 123-45-6789", "SSN [SSN]"),
        ("身份证11010519491231002X，", "身份证[ID]，"),
        ("costs $5 and call 415-555-2671, pays $6", "costs $5 and call [PHONE], pays $6"),
    ],
)
def test_personal_data_is_masked_with_its_placeholder(text: str, expected: str) -> None:
    assert masked(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "3.14159265358979323846 and 2.71828182845904523536",
        "The number 4111111111111112 fails Luhn, and 1234567890123456 has no card's prefix.",
        "$2^{4111111111111111}$ and \\(4111111111111111\\) and \\[ 123-45-6789 \\] and $$555-123-4567$$",
        "2^{4111111111111111} outside of a formula",
        "the row 4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 and +1 2 0 2 5 5 5 0 1 2 3",
        "x=+12025550123 and 5 +12025550123 and 3-555-123-4567",
        "The number 13812345678 is odd; 138+1234+5678; pages 100-200-3000",
        "version 10.0.19.41, v1.22.3.4, torch 2.13.0, section 1.2.3.4, 256.1.1.1, 1.2.3.4.5",
        "127.0.0.1 and ::1 and 0.0.0.0",
        "12:30:45, 1:2:3:4:5:6:7:8, std::abc::def, 00:1A:2B:3C:4D:5E",
        "DE89 3704 0044 0532 0130 01",
        "000-12-3456 and 666-12-3456 and 912-12-3456 and 123-45-67890",
        "110105194912310021 and 110105194913310020",
        "ISBN 978-3-16-148410-0, doi 10.1000/182, arXiv 2506.08007, 2023-11-20",
        "We call 1000000 a round number.",
        "f(x)@g(x), a@b, \\sigma@\\tau.x, user@localhost, evan@ArchMega ~/Downloads",
    ],
)
def test_numbers_of_mathematics_and_versions_stay(text: str) -> None:
    assert masked(text) == text


def test_check_digits_tell_a_number_from_its_neighbours() -> None:
    assert [digit for digit in range(10) if luhn(f"7992739871{digit}")] == [3]
    assert [d for d in range(10) if is_card(f"411111111111111{d}")] == [1]
    assert not is_card("6111111111111116") and luhn("6111111111111116")
    assert [n for n in range(100) if is_iban(f"DE{n:02d}370400440532013000")] == [89]
    assert not is_iban("DE8937040044053201300")
    assert [s for s in "0123456789X" if is_resident_id(f"11010519491231002{s}")] == ["X"]


def test_reasons_count_each_kind_and_mark_its_places() -> None:
    text = "a@b.org and c@d.org, IP 10.20.30.40"
    (one,) = findings(text)
    assert one.changed and not one.dropped
    assert one.text == "[EMAIL] and [EMAIL], IP [IP]"
    assert [(reason.rule, reason.words) for reason in one.reasons] == [
        ("email", "2 masked with [EMAIL]."),
        ("ip", "1 masked with [IP]."),
    ]
    assert [text[a:b] for a, b in one.reasons[0].marks] == ["a@b.org", "c@d.org"]


def test_kind_that_is_turned_off_stays() -> None:
    (one,) = findings("a@b.org 10.20.30.40", emails=False)
    assert one.text == "a@b.org [IP]"


def test_document_without_personal_data_goes_on_as_it_came() -> None:
    (one,) = findings("Let $x=1$.")
    assert (one.reasons, one.text) == ((), None)


def test_document_that_masking_makes_equal_goes_and_says_so() -> None:
    first, second, third = findings("mail a@b.org", "mail c@d.org", "mail [EMAIL]")
    assert (first.changed, second.dropped, third.dropped) == (True, True, True)
    assert {one.reasons[0].words for one in (second, third)} == {
        "Once masked it is equal to document 0, which stays."
    }


def test_overlapping_finds_are_masked_once() -> None:
    # The digits of this IBAN hold a phone number as written; the IBAN has the place.
    assert masked("phone DE89 3704 0044 0532 0130 00") == "phone [IBAN]"
