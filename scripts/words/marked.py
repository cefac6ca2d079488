"""Texts that are marked where they stand: in templates, in Python of the web app, in scripts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation.template import templatize

from scripts.words.text import ROOT, Text, relative

_STRING = r"""u?(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
_IN_TEMPLATE = re.compile(rf"\b(n?p?gettext|_)\(\s*({_STRING}(?:\s*,\s*{_STRING})*)")
_IN_SCRIPT = re.compile(rf"(?<![\w.$])(tn?)\(\s*({_STRING}(?:\s*,\s*{_STRING})*)")
_SHAPES = {  # what the first arguments of a call are
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop", "t"), ("id",)),
    **dict.fromkeys(("ngettext", "ngettext_lazy", "tn"), ("id", "plural")),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ("context", "id")),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ("context", "id", "plural")),
}


def in_templates(folder: Path = ROOT / "templates") -> Iterator[Text]:
    for path in sorted(folder.rglob("*.html")):
        yield from _calls(_IN_TEMPLATE, templatize(path.read_text(encoding="utf-8")), relative(path))


def in_scripts(folder: Path = ROOT / "static" / "js") -> Iterator[Text]:
    for path in sorted(folder.rglob("*.js")):
        yield from _calls(_IN_SCRIPT, path.read_text(encoding="utf-8"), relative(path))


def in_python(folder: Path = ROOT / "webapp") -> Iterator[Text]:
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _SHAPES:
                values = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
                shape = _SHAPES[node.func.id]
                strings = [value for value in values if isinstance(value, str)][: len(shape)]
                if len(strings) == len(shape):
                    yield Text(**dict(zip(shape, strings, strict=True)), file=relative(path))


def _calls(pattern: re.Pattern[str], source: str, file: str) -> Iterator[Text]:
    for name, arguments in pattern.findall(source):
        strings = [ast.literal_eval(one) for one in re.findall(_STRING, arguments)]
        shape = _SHAPES[name]
        if strings[0].strip() and len(strings) >= len(shape):
            yield Text(**dict(zip(shape, strings, strict=False)), file=file)
