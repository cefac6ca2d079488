"""The list of runs: what its address asks for, and one page of what matches.

Finding the page reads one index and no run; then the rows of the page are read, without their settings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from webapp.corpora.models import Corpus
from webapp.jobs.models import ACTIVE, Job
from webapp.runs.models import Run, Tag

PER_PAGE = 25
OFFERED = 200
"""Tags and corpora that the filter bar offers."""

STATES: dict[str, Any] = {
    "": _("Any state"),
    "active": _("Queued or running"),
    "succeeded": _("Finished"),
    "finished_short": _("Finished short"),
    "failed": _("Failed"),
    "cancelled": _("Cancelled"),
}
METHODS: dict[str, Any] = {
    "rpt": _("RPT, next token"),
    "rlpt": _("RLPT, next segment"),
    "rlvr": _("RLVR, problems"),
    "sft": _("Instruction tuning"),
    "ntp": _("Supervised control"),
}
KEPT: dict[str, Any] = {
    "": _("Not archived"),
    "starred": _("Starred"),
    "archived": _("Archived"),
    "all": _("All, archived too"),
}
SORTS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "newest": (_("Newest first"), (F("created").desc(), F("pk").desc())),
    "oldest": (_("Oldest first"), (F("created").asc(), F("pk").asc())),
    "name": (_("Name"), (F("name").asc(), F("pk").desc())),
    "reward": (_("Highest reward"), (F("last_reward").desc(nulls_last=True), F("pk").desc())),
    "step": (_("Most steps"), (F("step").desc(), F("pk").desc())),
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list's address asks for; unknown values fall back to the first choice."""

    text: str = ""
    state: str = ""
    sort: str = "newest"
    tag: str = ""
    method: str = ""
    corpus: int = 0  # 0: any
    kept: str = ""  # a key of KEPT

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Filters:
        corpus = query.get("corpus", "")
        return cls(
            text=query.get("q", "").strip()[:200],
            state=_known(query.get("state"), STATES, ""),
            sort=_known(query.get("sort"), SORTS, "newest"),
            tag=query.get("tag", "").strip()[:40],
            method=_known(query.get("method"), METHODS, ""),
            corpus=int(corpus) if corpus.isdecimal() and len(corpus) < 13 else 0,
            kept=_known(query.get("show"), KEPT, ""),
        )

    @property
    def narrowed(self) -> bool:
        return bool(self.text or self.state or self.tag or self.method or self.corpus or self.kept)


@dataclass(frozen=True, slots=True)
class Choice:
    """A select of the filter bar."""

    name: str  # in the address
    label: Any
    options: list[tuple[str, Any]]
    chosen: str


def choices_of(user: Any, filters: Filters) -> list[Choice]:
    """The selects of the filter bar; one without anything to choose is left out."""
    corpora = Corpus.objects.owned_by(user).order_by("name", "pk").values_list("pk", "name")[:OFFERED]
    tags = Tag.objects.filter(owner=user).values_list("name", flat=True)[:OFFERED]
    found = [
        Choice("state", _("State"), list(STATES.items()), filters.state),
        Choice("method", _("Method"), [("", _("Any method")), *METHODS.items()], filters.method),
        Choice("corpus", _("Corpus"), [("", _("Any corpus")), *((str(pk), name) for pk, name in corpora)],
               str(filters.corpus or "")),
        Choice("tag", _("Tag"), [("", _("Any tag")), *((name, name) for name in tags)], filters.tag),
        Choice("show", _("Kept"), list(KEPT.items()), filters.kept),
        Choice("sort", _("Order"), [(key, label) for key, (label, _order) in SORTS.items()], filters.sort),
    ]  # fmt: skip
    return [choice for choice in found if len(choice.options) > 1]


def _known(value: str | None, choices: Mapping[str, Any], usual: str) -> str:
    return value if value is not None and value in choices else usual


def matching(user: Any, filters: Filters) -> QuerySet[Run]:
    """The user's runs that the filters let through, in their order."""
    runs: QuerySet[Run] = Run.objects.owned_by(user)
    if filters.kept != "all":
        runs = runs.filter(archived=filters.kept == "archived")
    if filters.kept == "starred":
        runs = runs.filter(starred=True)
    if filters.state:
        states = ACTIVE if filters.state == "active" else [filters.state]
        runs = runs.filter(job__in=Job.objects.filter(owner=user, kind="run", state__in=states).values("pk"))
    if filters.method:
        runs = runs.filter(method_kind=filters.method)
    if filters.corpus:
        runs = runs.filter(corpus=filters.corpus)
    if filters.tag:
        runs = runs.filter(tags__in=Tag.objects.filter(owner=user, name=filters.tag).values("pk"))
    if filters.text:
        corpora = Corpus.objects.owned_by(user).filter(name__icontains=filters.text)
        runs = runs.filter(
            Q(name__icontains=filters.text) | Q(corpus__in=list(corpora.values_list("pk", flat=True)))
        )
    return runs.order_by(*SORTS[filters.sort][1])


def found_page(user: Any, filters: Filters, page: str | None) -> Page[Any]:
    """The numbers of the runs of one page, and how many runs there are."""
    return Paginator(matching(user, filters).values_list("pk", flat=True), PER_PAGE).get_page(page)


def listed(user: Any, filters: Filters, page: str | None) -> Page[Run]:
    """One page of the user's runs."""
    found = found_page(user, filters, page)
    numbers = list(found.object_list)
    rows = {run.pk: run for run in Run.objects.for_rows().filter(pk__in=numbers)}
    found.object_list = [rows[number] for number in numbers if number in rows]
    return found


def numbers_of(texts: Iterable[str]) -> list[int]:
    """Numbers in texts like "1,2", each once, in order; what is no number is left out."""
    parts = [part.strip() for text in texts for part in text.split(",")]
    return list(dict.fromkeys(int(part) for part in parts if part.isdecimal() and len(part) < 13))
