"""The OpenAPI document and its page: every operation is described, and answers are what it says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.webapp.api.conftest import Program
from tests.webapp.api.test_ownership import OPERATIONS, QUERIES
from tests.webapp.api.world import make_world
from webapp.api.docs import Piece, made, words

REF = "#/components/schemas/"


@pytest.fixture
def document(db: None) -> dict[str, Any]:
    """As anybody gets it: it holds nothing of anybody."""
    answer = Client().get("/api/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for methods in document["paths"].values() for operation in methods.values()]


def test_every_operation_has_a_name_a_summary_and_a_description(document: dict[str, Any]) -> None:
    found = operations(document)
    assert len(found) > 50
    names = [operation["operationId"] for operation in found]
    assert len(names) == len(set(names))
    for operation in found:
        assert re.fullmatch(r"[a-z_]+", operation["operationId"])
        assert operation["summary"] and operation["description"], operation["operationId"]
        assert operation["summary"].rstrip(".") == operation["summary"]
        assert operation["description"].endswith((".", "!")), operation["operationId"]
        assert len(operation["tags"]) == 1
        assert operation["security"] == [{"Token": []}]


def test_every_operation_says_how_it_refuses(document: dict[str, Any]) -> None:
    for operation in operations(document):
        for status in ("401", "404", "422", "429"):
            schema = operation["responses"][status]["content"]["application/json"]["schema"]
            assert schema["$ref"] == f"{REF}Problem"


def test_every_query_parameter_is_explained_or_plain(document: dict[str, Any]) -> None:
    plain = {"state", "sort"}
    bare = {
        (operation["operationId"], one["name"])
        for operation in operations(document)
        for one in operation["parameters"]
        if one["in"] == "query" and one["name"] not in plain and not one.get("description")
    }
    assert bare == set()


def test_every_reference_leads_to_a_schema(document: dict[str, Any]) -> None:
    named = set(re.findall(rf'"{REF}([^"]+)"', str(document).replace("'", '"')))
    assert named
    assert named <= set(document["components"]["schemas"])


def test_experiment_is_taken_as_json_and_as_yaml(document: dict[str, Any]) -> None:
    content = document["paths"]["/api/experiments"]["post"]["requestBody"]["content"]
    assert content["application/json"]["schema"] == {"$ref": f"{REF}ExperimentConfig"}
    assert set(content) == {"application/json", "application/yaml"}
    temperature = document["components"]["schemas"]["SamplingConfig"]["properties"]["temperature"]
    assert temperature["description"]


def resolve(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].removeprefix(REF)]
    return schema


def test_answers_have_the_fields_that_the_document_names(
    document: dict[str, Any], program: Program, user: Any, home: Path
) -> None:
    world = make_world(home, user)
    for method, path, name in OPERATIONS:
        responses = document["paths"][path][method.lower()]["responses"]
        schema = responses.get("200", {}).get("content", {}).get("application/json", {}).get("schema")
        if method != "GET" or schema is None:
            continue
        answer = program.get(world.place(path) + QUERIES.get(name, ""))
        assert answer.status_code == 200, name
        shape, found = resolve(document, schema), answer.json()
        if shape.get("type") == "array":
            shape, found = resolve(document, shape["items"]), found[0] if found else None
        if found is not None:
            assert set(found) == set(shape["properties"]), name


def test_page_shows_every_operation_and_loads_nothing_from_elsewhere(
    client_signed_in: Client, document: dict[str, Any]
) -> None:
    page = client_signed_in.get("/api/docs/").content.decode()
    for operation in operations(document):
        assert f'id="{operation["operationId"]}"' in page
    assert "ApiToken" not in page
    loaded = re.findall(r'(?:src|href)="([^"#]+)"', page)
    assert [address for address in loaded if not address.startswith("/")] == []


def test_page_is_for_people_who_are_signed_in(db: None) -> None:
    assert Client().get("/api/docs/").url == "/sign-in/?next=/api/docs/"


def test_root_of_the_api_leads_to_its_page(client_signed_in: Client) -> None:
    assert client_signed_in.get("/api/").url == "/api/docs/"


def test_page_holds_the_schemas_that_operations_name_alone() -> None:
    names = [schema.name for schema in made().schemas]
    assert "RunDetail" in names and "Problem" in names
    assert "GroupQuery" not in names


@pytest.mark.parametrize(
    ("schema", "pieces"),
    [
        ({"$ref": f"{REF}RunOut"}, [Piece("RunOut", "RunOut")]),
        ({"$ref": f"{REF}Page_RunOut_"}, [Piece("page of RunOut", "Page_RunOut_")]),
        ({"type": "array", "items": {"type": "string"}}, [Piece("list of "), Piece("string")]),
        (
            {"anyOf": [{"type": "integer"}, {"type": "null"}]},
            [Piece("integer"), Piece(" or "), Piece("null")],
        ),
        ({"enum": ["a", "b"], "type": "string"}, [Piece('one of "a", "b"')]),
        ({"const": 1}, [Piece("one of 1")]),
        (
            {"type": "object", "additionalProperties": {"type": "number"}},
            [Piece("object of "), Piece("number")],
        ),
        ({"type": "object", "additionalProperties": True}, [Piece("object")]),
        ({"type": "string", "format": "date-time"}, [Piece("date-time")]),
        ({}, [Piece("anything")]),
    ],
)
def test_type_is_said_in_words(schema: dict[str, Any], pieces: list[Piece]) -> None:
    assert list(words(schema)) == pieces


def test_command_of_an_operation_can_be_copied() -> None:
    curls = {one.id: one.curl for _, section in made().sections for one in section}
    token = '-H "Authorization: Bearer $FORESIGHT_TOKEN"'
    assert curls["show_run"] == f'curl {token} "$SITE/api/runs/{{run}}"'
    assert curls["run_series"] == f'curl {token} "$SITE/api/runs/{{run}}/series?key=…"'
    assert curls["upload_corpus"] == f'curl {token} -X POST -F file=@corpus.jsonl "$SITE/api/corpora"'
    assert curls["create_experiment"] == (
        f"curl {token} -X POST -H 'Content-Type: application/yaml' --data-binary @experiment.yaml "
        '"$SITE/api/experiments"'
    )
