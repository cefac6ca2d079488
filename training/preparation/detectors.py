"""Where personal data stands in a text, one detector a kind. Each is a form and a check of it.

Numbers are looked for in text whose formulas are blanked out, and never inside a longer number, a decimal or a
word. Finds no names, no postal addresses and no dates of birth: for those a pattern is not enough.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address

import phonenumbers
from phonenumbers import Leniency, PhoneNumberMatcher

from training.preparation.check_digits import is_card, is_iban, is_resident_id, is_social_security
from training.preparation.finding import Span

_FREE = r"(?<![\w.,^={+*/\\-])"  # nothing before it that would make it part of a number, a word or a formula
_ENDS = r"(?![\w^]|[.,]\d|-\d)"

_EMAIL = re.compile(
    r"(?<![\w.+-])[A-Za-z0-9](?:[\w.+-]{0,62}[\w+-])?@"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,24}(?![\w@-])",
    re.ASCII,
)
_CARD = re.compile(  # in one, or in the groups that cards print: a row of digits is no card
    rf"{_FREE}(?:\d{{13,19}}|\d{{4}}([ -])\d{{4}}\1\d{{4}}\1\d{{1,4}}(?:\1\d{{1,3}})?"
    rf"|\d{{4}}([ -])\d{{6}}\2\d{{4,5}}){_ENDS}",
    re.ASCII,
)
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?(?!\w)", re.ASCII)
_IPV4 = re.compile(r"(?<![\w.^={/\\-])\d{1,3}(?:\.\d{1,3}){3}(?![\w-]|\.\d)", re.ASCII)
_VERSION = re.compile(r"(?:\bversion|\brelease|\bbuild|\bsection|§|\bv)\.? ?$", re.IGNORECASE)
_IP_WORD = re.compile(r"\bip\b[^\n]{0,20}$", re.IGNORECASE)
_IPV6 = re.compile(r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:])", re.ASCII)
_SOCIAL = re.compile(rf"{_FREE}(\d{{3}})-(\d{{2}})-(\d{{4}})(?![\w-]|\.\d)", re.ASCII)
_RESIDENT = re.compile(r"(?<![A-Za-z0-9_.,^={+*/\\-])\d{17}[\dXx](?![A-Za-z0-9_^]|\.\d|-\d)")
_PLUS = re.compile(r"\+\d")
_MOST_GROUPS = 6  # of an international number; more are a row of numbers
_SUM = re.compile(r"[\w.,^={*/\\)-]$|[\d)=] $")  # before a plus sign that adds
_GROUPED_PHONE = re.compile(
    rf"{_FREE}"
    r"(?:(?:1[ .-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}-)\d{3}[ .-]\d{4}|[2-9]\d{2}\.\d{3}\.\d{4}"
    r"|1[3-9]\d([ -])\d{4}\1\d{4})"
    r"(?![\w-]|\.\d)",
    re.ASCII,
)
_CALLED_PHONE = re.compile(
    r"(?:\b(?:tele)?phone\b|\btel\b|\bmobile\b|\bcell(?:ular)?\b|\bfax\b|\bwhats ?app\b|\b(?:call|reach|text|contact)"
    r" (?:me |us )?(?:at|on)\b|电话|手机|热线|传真|致电|拨打)[^\d\n+(]{0,20}"
    r"((?:\+|\()?\d[\d() .-]{5,18}\d)(?![\w-]|\.\d)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Detector:
    """One kind of personal data."""

    rule: str
    title: str
    setting: str  # of PersonalDataConfig, that turns it on
    placeholder: str
    find: Callable[[str, str], Iterator[Span]]  # (text, the same with its formulas blanked out)


def _emails(text: str, prose: str) -> Iterator[Span]:
    for found in _EMAIL.finditer(text):
        if ".." not in found.group():
            yield found.span()


def _ibans(text: str, prose: str) -> Iterator[Span]:
    for found in _IBAN.finditer(prose):
        if is_iban(found.group().replace(" ", "")):
            yield found.span()


def _cards(text: str, prose: str) -> Iterator[Span]:
    for found in _CARD.finditer(prose):
        if is_card(re.sub(r"\D", "", found.group())):
            yield found.span()


def _resident_ids(text: str, prose: str) -> Iterator[Span]:
    for found in _RESIDENT.finditer(prose):
        if is_resident_id(found.group()):
            yield found.span()


def _social_security(text: str, prose: str) -> Iterator[Span]:
    for found in _SOCIAL.finditer(prose):
        if is_social_security(*found.groups()):
            yield found.span()


def _addresses(text: str, prose: str) -> Iterator[Span]:
    for found in _IPV4.finditer(prose):
        before = prose[max(0, found.start() - 32) : found.start()]
        single_digits = len(found.group()) == 7  # 1.2.3.4 is a section, unless the text says otherwise
        if not _VERSION.search(before) and (not single_digits or _IP_WORD.search(before)):
            yield from _address(found)
    for found in _IPV6.finditer(prose):
        if re.search("[A-Fa-f]", found.group()) and found.group().count(":") >= 3:
            yield from _address(found)


def _address(found: re.Match[str]) -> Iterator[Span]:
    try:
        address = ip_address(found.group())
    except ValueError:
        return
    if not (address.is_loopback or address.is_unspecified):
        yield found.span()


def _phones(text: str, prose: str) -> Iterator[Span]:
    if _PLUS.search(prose):
        yield from _international(prose)
    yield from (found.span() for found in _GROUPED_PHONE.finditer(prose))
    for found in _CALLED_PHONE.finditer(prose):
        if 7 <= sum(sign.isdigit() for sign in found[1]) <= 15:
            yield found.span(1)


def _international(prose: str) -> Iterator[Span]:
    """Numbers with a country code: possible ones written in groups, valid ones written in one."""
    for found in PhoneNumberMatcher(prose, None, leniency=Leniency.POSSIBLE):
        before = prose[max(0, found.start - 2) : found.start]
        if not found.raw_string.startswith("+") or _SUM.search(before):
            continue
        groups = re.findall(r"\d+", found.raw_string)
        written_so = 1 < len(groups) <= _MOST_GROUPS
        if written_so or (len(groups) == 1 and phonenumbers.is_valid_number(found.number)):
            yield found.start, found.end


DETECTORS: tuple[Detector, ...] = (
    Detector("email", "E-mail addresses", "emails", "[EMAIL]", _emails),
    Detector("iban", "IBANs", "ibans", "[IBAN]", _ibans),
    Detector("resident_id", "Chinese resident ids", "national_ids", "[ID]", _resident_ids),
    Detector("card", "Payment cards", "cards", "[CARD]", _cards),
    Detector("ssn", "US social security numbers", "national_ids", "[SSN]", _social_security),
    Detector("phone", "Phone numbers", "phones", "[PHONE]", _phones),
    Detector("ip", "IP addresses", "ip_addresses", "[IP]", _addresses),
)
"""In the order in which they claim a place: of two that overlap the earlier has it."""
