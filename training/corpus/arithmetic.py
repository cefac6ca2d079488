"""Arithmetic of the project's own: problems that are on every machine. Pure, the same for the same seed.

Sums, differences and products of rising difficulty, comparisons, and little stories. A model of 135M
parameters that was taught the form of an answer is right on some and wrong on others: so there is
something to learn, and something to evaluate, without any download. Every answer is a whole number.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle

SET_SEED, SET_SIZE = 0, 2000
_NAMES = ("Ann", "Ben", "Carl", "Dora", "Emma", "Finn", "Greta", "Hugo")
_THINGS = ("apples", "books", "coins", "cards", "pens", "stamps", "shells", "nuts")


@dataclass(frozen=True, slots=True)
class Exercise:
    """A problem with the line that works it out."""

    kind: str  # sum, difference, product, comparison, story
    level: int  # 1 is the easiest of its kind
    text: str
    working: str  # ends with the answer
    answer: str

    @property
    def name(self) -> str:
        return f"{self.kind}, level {self.level}"


Draw = random.Random
_Makes = Callable[[Draw, int], Exercise]


def arithmetic_set() -> tuple[Exercise, ...]:
    """The built-in set: 2,000 different problems, kinds and levels in turn."""
    return exercises(SET_SIZE, SET_SEED)


def exercises(count: int, seed: int) -> tuple[Exercise, ...]:
    """`count` exercises with different texts. More of them begin with the same ones."""
    found: dict[str, Exercise] = {}
    for one in _drawn(random.Random(f"arithmetic {seed}")):
        found.setdefault(one.text, one)
        if len(found) == count:
            break
    return tuple(found.values())


def _drawn(draw: Draw) -> Iterator[Exercise]:
    for make, level in cycle(_KINDS):
        yield make(draw, level)


def _number(draw: Draw, digits: int) -> int:
    return draw.randint(10 ** (digits - 1) if digits > 1 else 2, 10**digits - 1)


def _pair(draw: Draw, level: int) -> tuple[int, int]:
    """Level 1: one digit each; 2: two and one; 3: two each."""
    first, second = ((1, 1), (2, 1), (2, 2))[level - 1]
    return _number(draw, first), _number(draw, second)


def _sum(draw: Draw, level: int) -> Exercise:
    a, b = _pair(draw, level)
    text = draw.choice(("What is {a} + {b}?", "Add {a} and {b}.", "{a} + {b} = ?")).format(a=a, b=b)
    return Exercise("sum", level, text, f"{a} + {b} = {a + b}", str(a + b))


def _difference(draw: Draw, level: int) -> Exercise:
    a, b = sorted(_pair(draw, level), reverse=True)
    text = draw.choice(("What is {a} - {b}?", "Take {b} from {a}.", "{a} - {b} = ?")).format(a=a, b=b)
    return Exercise("difference", level, text, f"{a} - {b} = {a - b}", str(a - b))


def _product(draw: Draw, level: int) -> Exercise:
    a, b = _pair(draw, level)
    text = draw.choice(("What is {a} x {b}?", "Multiply {a} by {b}.", "{a} x {b} = ?")).format(a=a, b=b)
    return Exercise("product", level, text, f"{a} x {b} = {a * b}", str(a * b))


def _comparison(draw: Draw, level: int) -> Exercise:
    """Level 1 compares two numbers, level 2 three, level 3 four."""
    numbers = draw.sample(range(10, 1000 if level > 1 else 100), level + 1)
    largest = draw.random() < 0.5
    chosen = max(numbers) if largest else min(numbers)
    if level == 1:
        word = "larger" if largest else "smaller"
        text = f"Which is {word}, {numbers[0]} or {numbers[1]}?"
    else:
        word = "largest" if largest else "smallest"
        text = f"Which is the {word} of {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}?"
    return Exercise("comparison", level, text, f"the {word} is {chosen}", str(chosen))


def _story(draw: Draw, level: int) -> Exercise:
    """Level 1 is one step, level 2 two."""
    name, things = draw.choice(_NAMES), draw.choice(_THINGS)
    a, b = _number(draw, level), _number(draw, 1)
    if level == 1:
        text = f"{name} has {a} {things} and buys {b} more. How many {things} has {name} now?"
        return Exercise("story", 1, text, f"{a} + {b} = {a + b}", str(a + b))
    c = draw.randint(1, a + b - 1)
    text = f"{name} has {a} {things}, buys {b} more and gives {c} away. How many {things} has {name} now?"
    return Exercise("story", 2, text, f"{a} + {b} = {a + b}, {a + b} - {c} = {a + b - c}", str(a + b - c))


_KINDS: tuple[tuple[_Makes, int], ...] = (
    *((_sum, level) for level in (1, 2, 3)),
    *((_difference, level) for level in (1, 2, 3)),
    *((_product, level) for level in (1, 2)),
    *((_comparison, level) for level in (1, 2, 3)),
    *((_story, level) for level in (1, 2)),
)
