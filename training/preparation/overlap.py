"""Which runs of words a text shares with the items of evaluation sets. Pure; judges nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from training.preparation.evaluation_sets import Item, Items
from training.preparation.finding import Span
from training.preparation.text import Word

Key = tuple[str, ...]
"""The words of a shared run."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a run of words stands in an item."""

    set_number: int
    item_number: int
    word: int  # its first


@dataclass(slots=True)
class Hit:
    """Everything that one text shares with one item."""

    set_number: int
    item_number: int
    runs: list[tuple[Key, int, int]] = field(
        default_factory=list
    )  # words, first word in the text, in the item


class OverlapIndex:
    """The runs of `size` words of every item; of shorter items, with `shortest` words at least, the whole."""

    def __init__(self, sets: Sequence[Items], size: int, shortest: int) -> None:
        self._size = size
        self._shortest = shortest
        self._runs: dict[int, list[_Place]] = {}  # hash of the words: equal words are checked for on a hit
        self._short: dict[int, list[_Place]] = {}  # hash of the first words of a short item
        self._sets = sets
        for set_number, one in enumerate(sets):
            for item_number, item in enumerate(one.items):
                self._add(item, set_number, item_number)

    def hits(self, words: Sequence[Word]) -> list[Hit]:
        """What a text of these words shares, item by item."""
        texts = tuple(word.text for word in words)
        found: dict[tuple[int, int], Hit] = {}
        for index, width in ((self._runs, self._size), (self._short, self._shortest)):
            if not index:
                continue
            for first in range(len(texts) - width + 1):
                for place in index.get(hash(texts[first : first + width]), ()):
                    self._take(place, texts, first, found)
        return list(found.values())

    def is_short(self, hit: Hit) -> bool:
        """Whether the item is one that is found as a whole."""
        return len(self.item(hit).words) < self._size

    def item(self, hit: Hit) -> Item:
        return self._sets[hit.set_number].items[hit.item_number]

    def covered(self, hit: Hit) -> float:
        """Share of the item's words that lie in shared runs."""
        words = {at + offset for key, _, at in hit.runs for offset in range(len(key))}
        return len(words) / len(self.item(hit).words)

    def _add(self, item: Item, set_number: int, item_number: int) -> None:
        texts = tuple(word.text for word in item.words)
        if len(texts) < self._shortest:
            return
        if len(texts) < self._size:
            key = hash(texts[: self._shortest])
            self._short.setdefault(key, []).append(_Place(set_number, item_number, 0))
            return
        for first in range(len(texts) - self._size + 1):
            key = hash(texts[first : first + self._size])
            self._runs.setdefault(key, []).append(_Place(set_number, item_number, first))

    def _take(
        self, place: _Place, texts: tuple[str, ...], first: int, found: dict[tuple[int, int], Hit]
    ) -> None:
        item = self._sets[place.set_number].items[place.item_number]
        width = min(self._size, len(item.words))
        key = tuple(word.text for word in item.words[place.word : place.word + width])
        if texts[first : first + width] == key:
            own = place.set_number, place.item_number
            found.setdefault(own, Hit(*own)).runs.append((key, first, place.word))


def spans(words: Sequence[Word], runs: Iterable[tuple[int, int]]) -> tuple[Span, ...]:
    """Runs of words (first, count) as places in the text; those that touch or overlap are one."""
    joined: list[tuple[int, int]] = []
    for first, count in sorted(runs):
        if joined and first <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], first + count)
        else:
            joined.append((first, first + count))
    return tuple((words[first].start, words[end - 1].end) for first, end in joined)
