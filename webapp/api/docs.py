"""The page that documents the API: the OpenAPI document, drawn by this server. Loads nothing from elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from webapp.api.api import api

_REF = "#/components/schemas/"
_PAGE = re.compile(r"Page_(\w+)_")
_REFUSED = 400


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a type in words. With a link where it names a schema."""

    text: str
    schema: str = ""


@dataclass(frozen=True, slots=True)
class Named:
    """A parameter of an operation, or a field of a schema."""

    name: str
    type: tuple[Piece, ...]
    required: bool
    where: str  # path, query or ""
    help: str
    default: str  # as JSON; "" for none


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    phrase: str
    type: tuple[Piece, ...]  # empty for no content


@dataclass(frozen=True, slots=True)
class OperationDoc:
    """One operation as the page draws it."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Named, ...]
    bodies: tuple[tuple[str, tuple[Piece, ...]], ...]  # (media type, what it holds)
    form: tuple[Named, ...]  # the parts of a multipart body
    replies: tuple[Reply, ...]  # of a request that is granted
    refusals: tuple[Reply, ...]
    curl: str


@dataclass(frozen=True, slots=True)
class SchemaDoc:
    name: str
    description: str
    fields: tuple[Named, ...]
    choices: tuple[Piece, ...]  # of one that is no object


@dataclass(frozen=True, slots=True)
class Documentation:
    description: str
    sections: tuple[tuple[str, tuple[OperationDoc, ...]], ...]  # by tag, in the order of the routers
    schemas: tuple[SchemaDoc, ...]


@require_safe
@gzip_page
def documentation(request: HttpRequest) -> HttpResponse:
    site = request.build_absolute_uri("/").rstrip("/")
    return render(request, "api/docs.html", {"docs": made(), "site": site})


@lru_cache(maxsize=1)
def made() -> Documentation:
    """The whole page. The document is the same for as long as the process lives."""
    return read(json.loads(json.dumps(api.get_openapi_schema(), default=str)))


def read(document: Mapping[str, Any]) -> Documentation:
    """Take an OpenAPI document apart. Pure."""
    sections: dict[str, list[OperationDoc]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            sections.setdefault(operation["tags"][0], []).append(_operation(path, method, operation))
    schemas = document["components"]["schemas"]
    return Documentation(
        description=document["info"]["description"],
        sections=tuple((tag, tuple(operations)) for tag, operations in sections.items()),
        schemas=tuple(_schema(name, schemas[name]) for name in sorted(_used(document["paths"], schemas))),
    )


def _used(part: Any, schemas: Mapping[str, Any]) -> set[str]:
    """The schemas that a part of the document names, and those that they name."""
    found: set[str] = set()
    waiting = [part]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            name = str(one.get("$ref", "")).removeprefix(_REF)
            if name and name not in found:
                found.add(name)
                waiting.append(schemas[name])
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
    return found


def _operation(path: str, method: str, operation: Mapping[str, Any]) -> OperationDoc:
    content = operation.get("requestBody", {}).get("content", {})
    form = content.get("multipart/form-data", {}).get("schema", {})
    parameters = tuple(
        _named(one["name"], one["schema"], one["required"], one["in"]) for one in operation["parameters"]
    )
    replies = sorted((_reply(int(code), one) for code, one in operation["responses"].items()), key=_status)
    return OperationDoc(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        description=operation["description"],
        parameters=parameters,
        bodies=tuple((kind, tuple(words(one["schema"]))) for kind, one in content.items() if not form),
        form=_fields(form),
        replies=tuple(one for one in replies if one.status < _REFUSED),
        refusals=tuple(one for one in replies if one.status >= _REFUSED),
        curl=_curl(path, method.upper(), parameters, list(content)),
    )


def _status(reply: Reply) -> int:
    return reply.status


def _reply(status: int, reply: Mapping[str, Any]) -> Reply:
    types = [
        tuple(words(one["schema"])) if kind == "application/json" else (Piece(kind),)
        for kind, one in reply.get("content", {}).items()
    ]
    return Reply(status, HTTPStatus(status).phrase, types[0] if types else ())


def _schema(name: str, schema: Mapping[str, Any]) -> SchemaDoc:
    choices = () if "properties" in schema else tuple(words(schema))
    return SchemaDoc(name, schema.get("description", ""), _fields(schema), choices)


def _fields(schema: Mapping[str, Any]) -> tuple[Named, ...]:
    required = schema.get("required", ())
    return tuple(
        _named(name, field, name in required, "") for name, field in schema.get("properties", {}).items()
    )


def _named(name: str, schema: Mapping[str, Any], required: bool, where: str) -> Named:
    default = "" if "default" not in schema else json.dumps(schema["default"], ensure_ascii=False)
    return Named(name, tuple(words(schema)), required, where, schema.get("description", ""), default)


def words(schema: Mapping[str, Any]) -> Iterator[Piece]:
    """A JSON schema as people say it: `list of RunOut`, `integer or null`, `one of a, b`."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(_REF)
        yield Piece(_PAGE.sub(r"page of \1", name), name)
    elif "enum" in schema or "const" in schema:
        values = schema.get("enum", [schema.get("const")])
        yield Piece(f"one of {', '.join(json.dumps(value) for value in values)}")
    elif alternatives := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
        for place, one in enumerate(alternatives):
            if place:
                yield Piece(" or ")
            yield from words(one)
    elif schema.get("type") == "array":
        yield Piece("list of ")
        yield from words(schema.get("items", {}))
    elif schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        yield Piece("object of ")
        yield from words(schema["additionalProperties"])
    else:
        yield Piece(str(schema.get("format") or schema.get("type", "anything")))


def _curl(path: str, method: str, parameters: tuple[Named, ...], media: list[str]) -> str:
    """A command that calls the operation; the page puts the site's address before the path."""
    needed = "&".join(f"{one.name}=…" for one in parameters if one.where == "query" and one.required)
    address = f"$SITE{path}{'?' + needed if needed else ''}"
    parts = ["curl", '-H "Authorization: Bearer $FORESIGHT_TOKEN"']
    if method != "GET":
        parts.append(f"-X {method}")
    if "multipart/form-data" in media:
        parts.append("-F file=@corpus.jsonl")
    elif "application/yaml" in media:
        parts += ["-H 'Content-Type: application/yaml'", "--data-binary @experiment.yaml"]
    elif media:
        parts += [f"-H 'Content-Type: {media[0]}'", "-d '{…}'"]
    return " ".join([*parts, f'"{address}"'])
