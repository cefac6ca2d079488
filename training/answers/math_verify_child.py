"""Compares answers by Math-Verify: a line `[said, right]` in, `same` or `different` out, until the input ends.

Started by `equal.py` alone. A comparison that takes more than its processor time ends the process, which
its reader takes for `different`.
"""

from __future__ import annotations

import json
import logging
import re
import resource
import signal
import sys
from typing import Any

CPU_SECONDS = 3.0  # of one comparison; of the process, so that a busy machine changes no verdict
MEMORY = 2 * 1024**3  # bytes of addresses
_WHOLE = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)")


def same(said: str, right: str) -> bool:
    """Math-Verify's answer, with one rule more: a whole number must be given as a number.

    Math-Verify takes `17 + 25` for 42. A policy that is rewarded by it learns to copy the sum out of the
    problem, so where the right answer is a whole number, an expression worth it is not the answer. Of
    an equation such as `17 + 25 = 42` the last side counts.
    """
    from math_verify import verify

    found = _parsed(said)
    if _WHOLE.fullmatch(right):
        found = [one for one in found if _worked_out(one)]
    return bool(verify(_parsed(right), found, timeout_seconds=None))


def _parsed(text: str) -> list[Any]:
    from math_verify import ExprExtractionConfig, LatexExtractionConfig, parse

    config = [LatexExtractionConfig(), ExprExtractionConfig()]
    found: list[Any] = parse(f"${text}$", config, parsing_timeout=None)
    return found


def _worked_out(found: Any) -> bool:
    """Whether a parsed answer is no expression of several numbers."""
    from math_verify.grader import get_pct_val, is_assignment_relation, is_equation, take_last_relation
    from sympy import Basic, Number

    if not isinstance(found, Basic):
        return not isinstance(found, str)
    if is_assignment_relation(found) or is_equation(found):
        found = take_last_relation(found).rhs
    found = get_pct_val(found, found)
    return isinstance(found, Number) or bool(found.free_symbols) or not found.atoms(Number)


def main() -> None:
    logging.disable(logging.WARNING)  # that its time limit is off
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    for line in sys.stdin:
        said, right = json.loads(line)
        signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)  # nobody handles SIGPROF: it ends the process
        try:
            verdict = same(said, right)
        except Exception:  # whatever a made-up formula does to a parser, it is not the answer
            verdict = False
        signal.setitimer(signal.ITIMER_PROF, 0)
        print("same" if verdict else "different", flush=True)


if __name__ == "__main__":
    main()
