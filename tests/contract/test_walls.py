"""The two walls of the house: what may import what, and what may never be loaded."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {"torch", "verl", "ray", "transformers", "vllm"}


def imported_modules(path: Path) -> set[str]:
    """Dotted names that a file imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def python_files(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def test_training_imports_no_django_and_no_webapp() -> None:
    wrong = {
        str(path.relative_to(ROOT)): sorted(found)
        for path in python_files("training")
        if (found := {n for n in imported_modules(path) if n.split(".")[0] in {"django", "webapp", "celery"}})
    }
    assert wrong == {}


def test_webapp_reaches_training_through_the_contract_alone() -> None:
    wrong = {
        str(path.relative_to(ROOT)): sorted(found)
        for path in python_files("webapp")
        if (
            found := {
                n
                for n in imported_modules(path)
                if n.split(".")[0] == "training" and n.split(".")[1:2] != ["contract"]
            }
            - {"training"}
        )
    }
    assert wrong == {}


def test_client_imports_httpx_and_pydantic_alone() -> None:
    allowed = {"foresight", "httpx", "pydantic", *sys.stdlib_module_names}
    wrong = {
        str(path.relative_to(ROOT)): sorted(found)
        for path in python_files("foresight")
        if (found := {n.split(".")[0] for n in imported_modules(path)} - allowed)
    }
    assert python_files("foresight")
    assert wrong == {}


def test_only_the_engine_imports_verl_and_ray() -> None:
    wrong = [
        str(path.relative_to(ROOT))
        for path in python_files("training")
        if {n.split(".")[0] for n in imported_modules(path)} & {"verl", "ray"}
        and "engine" not in path.relative_to(ROOT).parts
    ]
    assert wrong == []


def test_only_the_pipeline_and_the_commands_import_several_stages() -> None:
    stages = {
        "corpus",
        "preparation",
        "positions",
        "prompts",
        "rewards",
        "judging",
        "cold_start",
        "engine",
        "checkpoints",
        "evaluation",
        "control",
        "segments",
        "tuning",
        "answers",
    }
    # The engine judges responses and seals checkpoints inside verl's processes; prompts slice what
    # the positions stage scored; an evaluation asks the rollout's generator and judges what it says, in
    # a run at the rollout server. A preparation reads corpora, has the proxy's perplexity and asks a server
    # as a judge does. RLPT's reward is what a judge says of a pair; a judge of this machine, and a model
    # that marks segments, is asked as a policy is. Problems are rows of a corpus, asked and judged as they
    # are in a run. Every other stage stands alone.
    allowed = {
        "engine": {"rewards", "judging", "prompts", "checkpoints", "evaluation", "answers"},
        "evaluation": {"rewards", "prompts", "engine"},
        "cold_start": {"prompts", "rewards"},
        "prompts": {"rewards"},
        "rewards": {"judging"},
        "judging": {"rewards", "prompts", "engine"},
        "control": {"checkpoints"},
        "segments": {"prompts", "judging", "engine"},
        "preparation": {"corpus", "positions", "judging"},
        "answers": {"corpus", "prompts", "rewards", "engine", "evaluation"},
        "tuning": {"corpus", "checkpoints"},  # a cold start reads conversations of its own
    }
    wrong = []
    for path in python_files("training"):
        parts = path.relative_to(ROOT).parts
        own = parts[1] if len(parts) > 2 else ""
        if own not in stages:
            continue
        used = {n.split(".")[1] for n in imported_modules(path) if n.startswith("training.")} & stages
        if used - {own} - allowed.get(own, set()):
            wrong.append((str(path.relative_to(ROOT)), sorted(used - {own})))
    assert wrong == []


def modules_loaded_by(statement: str, tmp_path: Path) -> set[str]:
    """Top-level names in sys.modules after a statement, in a fresh interpreter."""
    code = (
        f"{statement}\nimport json, sys\nprint(json.dumps(sorted({{m.split('.')[0] for m in sys.modules}})))"
    )
    env = {**os.environ, "FORESIGHT_HOME": str(tmp_path), "DJANGO_SETTINGS_MODULE": "webapp.settings"}
    out = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return set(json.loads(out.stdout.splitlines()[-1]))


def test_importing_every_contract_module_loads_nothing_heavy(tmp_path: Path) -> None:
    names = [
        ".".join(p.relative_to(ROOT).with_suffix("").parts)
        for p in python_files("training/contract")
        if p.stem != "__init__"
    ]
    loaded = modules_loaded_by("\n".join(f"import {name}" for name in names), tmp_path)
    assert loaded & (HEAVY | {"django", "numpy"}) == set()


def test_importing_every_webapp_module_loads_nothing_heavy(tmp_path: Path) -> None:
    names = [
        ".".join(p.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for p in python_files("webapp")
        if "migrations" not in p.parts
    ]
    statement = "import django\ndjango.setup()\n" + "\n".join(f"import {name}" for name in names)
    assert modules_loaded_by(statement, tmp_path) & HEAVY == set()


@pytest.mark.parametrize("package", ["training", "webapp", "foresight"])
def test_python_files_have_a_docstring_that_says_what_they_are(package: str) -> None:
    bare = [
        str(path.relative_to(ROOT))
        for path in python_files(package)
        if path.stat().st_size
        and "migrations" not in path.parts
        and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert bare == []
