"""Whatever is sent, the API answers in its own words: no 500, and every refusal in the one shape. A bounded run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.webapp.api.conftest import Program
from tests.webapp.api.test_ownership import OPERATIONS
from tests.webapp.api.world import World, make_world
from webapp.api.api import api

STRANGE = (
    "",
    "0",
    "-1",
    "9" * 30,
    "1e400",
    "nan",
    "\x00",
    "\ud83d",
    "é" * 300,
    "'; drop table",
    "[]",
    "true",
    "🙂",
)
NUMBERS = ("0", str(2**31), str(2**63 - 1), str(2**63), "9" * 30)
VALUES: tuple[Any, ...] = (
    None,
    0,
    -1,
    2**63,
    1e308,
    "",
    "\x00",
    "x" * 5000,
    [],
    [None],
    {},
    {"a": {"b": []}},
    True,
)
BODIES = (
    "",
    "null",
    "[]",
    '"x"',
    "1e999",
    "{",
    "\x00",
    '{"a":' * 60 + "1" + "}" * 60,
    "\ufeff{}",
    '{"a": "\\ud800"}',
)
REFUSAL = {"error", "field", "remedy", "retryable", "errors"}
DOCUMENT = json.loads(json.dumps(api.get_openapi_schema(), default=str))


@pytest.fixture
def world(program: Program, user: Any, home: Path, settings: Any) -> World:
    settings.API_REQUESTS_A_MINUTE = 10**9
    program.client = Client(raise_request_exception=False)
    return make_world(home, user)


class Answers:
    """Takes answers in, and what is wrong with them."""

    def __init__(self) -> None:
        self.wrong: list[str] = []

    def check(self, answer: Any, what: str) -> None:
        if answer.status_code >= 500:
            self.wrong.append(f"{what}: {answer.status_code}")
        elif answer.status_code >= 400 and set(answer.json()) != REFUSAL:
            self.wrong.append(f"{what}: {answer.status_code} in another shape")


@pytest.fixture
def answers() -> Iterator[Answers]:
    """Asserted at the end, so that one run names all that is wrong."""
    found = Answers()
    yield found
    assert found.wrong == []


def operation(path: str, method: str) -> dict[str, Any]:
    found: dict[str, Any] = DOCUMENT["paths"][path][method.lower()]
    return found


def queries(path: str, method: str) -> Iterator[tuple[str, str]]:
    """Each parameter of a query with each strange value."""
    for one in operation(path, method)["parameters"]:
        if one["in"] == "query":
            yield from ((one["name"], value) for value in STRANGE)


def fields(path: str, method: str) -> list[str]:
    """The fields of a JSON body."""
    content = operation(path, method).get("requestBody", {}).get("content", {}).get("application/json", {})
    reference = content.get("schema", {}).get("$ref", "")
    shape = DOCUMENT["components"]["schemas"].get(reference.rpartition("/")[2], {})
    return list(shape.get("properties", {}))


GETS = [one for one in OPERATIONS if one[0] == "GET"]
WRITES = [one for one in OPERATIONS if one[0] != "GET"]


def test_strange_numbers_in_an_address_are_refused(program: Program, world: World, answers: Answers) -> None:
    for method, path, name in OPERATIONS:
        if "{" not in path:
            continue
        for number in NUMBERS:
            filled = path.removeprefix("/api")
            for part in [piece for piece in path.split("/") if piece.startswith("{")]:
                filled = filled.replace(part, number)
            answers.check(program.call(method, filled, "{}", "application/json"), f"{name} {filled}")


def test_strange_values_in_a_query_are_refused(program: Program, world: World, answers: Answers) -> None:
    for method, path, name in GETS:
        for parameter, value in queries(path, method):
            text = value.encode("utf-8", "surrogatepass").decode("latin-1") if value == "\ud83d" else value
            answers.check(
                program.get(world.place(path), **{parameter: text}), f"{name} {parameter}={value!r}"
            )


def test_strange_bodies_are_refused(program: Program, world: World, answers: Answers) -> None:
    for method, path, name in WRITES:
        if method == "DELETE" or name in {"launch_demo", "add_sample"}:
            continue
        for body in BODIES:
            answers.check(
                program.call(method, world.place(path), body, "application/json"), f"{name} {body[:20]!r}"
            )


def test_strange_values_in_a_field_are_refused(program: Program, world: World, answers: Answers) -> None:
    for method, path, name in WRITES:
        for field in fields(path, method) if method != "DELETE" else ():
            for value in VALUES:
                body = json.dumps({field: value})
                answer = program.call(method, world.place(path), body, "application/json")
                answers.check(answer, f"{name} {field}={str(value)[:30]!r}")


def test_document_is_one_of_openapi_3(db: None) -> None:
    """Its references, parameters and answers hold together; a validator of its own would be a dependency."""
    assert DOCUMENT["openapi"].startswith("3.")
    for path, methods in DOCUMENT["paths"].items():
        named = {part[1:-1] for part in path.split("/") if part.startswith("{")}
        for method, found in methods.items():
            given = {one["name"] for one in found["parameters"] if one["in"] == "path"}
            assert given == named, (path, method)
            assert all(one["required"] for one in found["parameters"] if one["in"] == "path")
            assert any(code.startswith(("2", "3")) for code in found["responses"]), path
            assert (method in {"get", "delete"}) <= ("requestBody" not in found), path
