"""The methods that sample groups, by the kind of the experiment's method. Adding one is a file and a line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from training.engine.methods.base import Bench, Method
from training.engine.methods.rlpt import RlptMethod
from training.engine.methods.rlvr import RlvrMethod
from training.engine.methods.rpt import RptMethod

METHODS: dict[str, Callable[[Bench], Method[Any]]] = {
    "rpt": RptMethod,
    "rlpt": RlptMethod,
    "rlvr": RlvrMethod,
}


def open_method(bench: Bench) -> Method[Any]:
    """The method of the bench's experiment."""
    return METHODS[bench.config.method.kind](bench)
