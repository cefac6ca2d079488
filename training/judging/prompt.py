"""The question a judge gets, and how its reply is read. Pure.

The prefix prompt is RLPT's, byte for byte. The paper prints no prompt for the strict rule: `strict_prompt.txt`
is ours, the same text with "the whole Reference" in the place of its prefix.
"""

from __future__ import annotations

import json
import re
from functools import cache
from hashlib import sha256
from pathlib import Path

from training.judging.pair import Pair, Rule

PLACEHOLDERS = ("{reference}", "{predicted}")

_PAPER_FILE = Path(__file__).parents[1] / "prompts" / "rlpt_prompts.json"
_STRICT_FILE = Path(__file__).with_name("strict_prompt.txt")
_PLACE = re.compile("|".join(map(re.escape, PLACEHOLDERS)))
_SCORE = re.compile(r"\s*-?\s*Score:\s*([01])\s*")  # METHODS B4
_LIKE_A_SCORE = re.compile(r"\s*-?\s*Score:\s*\S")
_THINK_START, _THINK_END = "<think>", "</think>"


@cache
def template(rule: Rule) -> str:
    """The prompt of a rule, with one place for the reference and one for the prediction."""
    if rule == "prefix":
        return str(json.loads(_PAPER_FILE.read_text("utf-8"))["judge_prefix"])
    return _STRICT_FILE.read_text("utf-8").removesuffix("\n")


def version(rule: Rule) -> str:
    """Names the text of a rule's prompt: verdicts to another text are other verdicts."""
    return sha256(template(rule).encode()).hexdigest()[:16]


def question(pair: Pair) -> str:
    """The prompt for a pair. Texts are put in literally and at once: one that holds a placeholder stays as it is."""
    texts = {"{reference}": pair.reference, "{predicted}": pair.predicted}
    return _PLACE.sub(lambda place: texts[place.group()], template(pair.rule))


def score_of(reply: str, *, think_opened: bool = False) -> int | None:
    """The score a reply gives; None where it gives none: then the pair earns 0 and is counted as malformed.

    What the judge thought does not count: only what follows its last `</think>` is read. Of that, lines that are
    `Score: 0` or `Score: 1` count, other lines do not. Where scores contradict each other none holds, and a line
    that begins as a score and goes on otherwise contradicts every other: a judge that repeats "- Score: 0 or" and
    "- Score: 1" from its prompt has not decided.

    Args:
        reply: as it came.
        think_opened: the prompt ended inside a thought, so that a reply without `</think>` is all thought.
    """
    _, ended, said = reply.rpartition(_THINK_END)
    if not ended and (think_opened or _THINK_START in reply):
        return None
    scores = set()
    for line in said.splitlines():
        if found := _SCORE.fullmatch(line):
            scores.add(int(found.group(1)))
        elif _LIKE_A_SCORE.match(line):
            return None
    return scores.pop() if len(scores) == 1 else None
