"""Whether an answer is the right one, by Math-Verify in a process of its own.

Math-Verify stops what takes too long by a signal, which only a main thread may have; rollouts are judged
in other threads, and a number such as 9^(9^(9^9)) is computed inside of one C call that no Python signal
interrupts. So a child process compares (`math_verify_child.py`): the kernel ends it when one comparison
takes more than its share of processor time, and another one is started. What is the same by plain text,
or two plain numbers, needs no child.

Calls may come from any thread; they wait for each other, so an event loop asks in a thread.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import unicodedata
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

LONGEST = 1000
"""Characters of an answer; a longer one is none."""
_ROOT = Path(__file__).resolve().parents[2]
_CJK = "\u3001\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_LABEL = re.compile(f"^[^:]*[{_CJK}][^:]*:")
_AND = re.compile("[、或和与及]")
_EDGES = re.compile(f"^[{_CJK}\\s]+|[{_CJK}\\s]+$")
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d+)?|\d{1,3}(?:,\d{3})+|\.\d+)")


def same_answer(said: str, right: str) -> bool:
    """Whether `said` is the answer `right`. Never raises: what cannot be read is not it.

    Args:
        said: what stands in the box.
        right: the right answer as the data has it, LaTeX or plain text.
    """
    if len(said) > LONGEST:
        return False
    return _same(readable(said, right), readable(right, right))


def readable(text: str, right: str) -> str:
    """An answer without what is no part of it: dollar signs around it, a full stop, Chinese words.

    Chinese words go (`答案：12`, `12 元`; 或 and 、 become commas) where the right answer has none.
    """
    text = " ".join(unicodedata.normalize("NFKC", text).replace("\u2212", "-").split())
    if not text.isprintable():
        return ""
    if re.search(f"[{_CJK}]", text) and not re.search(f"[{_CJK}]", right):
        text = _EDGES.sub("", _AND.sub(",", _LABEL.sub("", text)))
    text = text.strip().rstrip(".。").strip()
    while len(text) > 1 and text.startswith("$") and text.endswith("$"):
        text = text[1:-1].strip()
    return text


@lru_cache(maxsize=100_000)
def _same(said: str, right: str) -> bool:
    if not said or not right:
        return False
    if said == right:
        return True
    if _NUMBER.fullmatch(said) and _NUMBER.fullmatch(right):
        return _decimal(said) == _decimal(right)
    return _CHILD.compare(said, right)


def _decimal(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))


class _Child:
    """The process that compares, started when it is first needed and again after it was ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._owner = 0

    def compare(self, said: str, right: str) -> bool:
        """One comparison; one that the kernel ended is no match."""
        with self._lock:
            process = self._running()
            assert process.stdin is not None and process.stdout is not None
            try:
                process.stdin.write(json.dumps([said, right]) + "\n")
                process.stdin.flush()
                reply = process.stdout.readline()
            except BrokenPipeError:
                reply = ""
            if not reply:
                process.wait()
                self._process = None
            return reply == "same\n"

    def _running(self) -> subprocess.Popen[str]:
        # A process that was forked from ours has our pipes, and must not talk into them.
        if self._process is None or self._owner != os.getpid() or self._process.poll() is not None:
            paths = [str(_ROOT), os.environ.get("PYTHONPATH", "")]
            self._process = subprocess.Popen(
                [sys.executable, "-m", "training.answers.math_verify_child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
                env={
                    **os.environ,
                    "PYTHONPATH": os.pathsep.join(path for path in paths if path),
                    "PYTHONHASHSEED": "0",  # sympy orders by hashes: the same answers are equal in every run
                },
            )
            self._owner = os.getpid()
        return self._process


_CHILD = _Child()
