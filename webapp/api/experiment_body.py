"""A request's body that is an experiment itself: JSON, or the text of an experiment file."""

from __future__ import annotations

import json
from typing import Any

import yaml
from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

from webapp.api.errors import BAD_REQUEST, TOO_LARGE, Answer, invalid
from webapp.experiments.draft import Draft
from webapp.experiments.submitted import submitted_draft

LIMIT = 256 * 1024


def settings_body(schema: str, *, required: bool = True) -> dict[str, Any]:
    """For `openapi_extra`: a body of settings, as JSON or as a YAML file."""
    return {
        "requestBody": {
            "required": required,
            "content": {
                "application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}},
                "application/yaml": {"schema": {"type": "string", "description": "The same as a file."}},
            },
        }
    }


BODY = settings_body("ExperimentConfig")


class CorpusQuery(Schema):
    corpus: int | None = Field(
        None, description="The number of a corpus, instead of the one that `data.corpus` names."
    )


def body_draft(request: HttpRequest, corpus: int | None) -> Draft:
    """The draft that the body makes. Raises Answer for a body that is no settings at all."""
    return submitted_draft(request.user, read_body(request), corpus)


def valid_draft(request: HttpRequest, corpus: int | None) -> Draft:
    """The draft that the body makes. Raises Answer with every setting at fault."""
    draft = body_draft(request, corpus)
    if not draft.valid:
        raise invalid(draft.errors, "The experiment")
    return draft


def read_body(request: HttpRequest) -> dict[str, Any]:
    """Settings as plain data. Raises Answer for a body that is none."""
    if len(request.body) > LIMIT:
        raise Answer(f"The settings are larger than {LIMIT // 1024} kB.", status=TOO_LARGE)
    try:
        text = request.body.decode()
        data = json.loads(text) if request.content_type == "application/json" else yaml.safe_load(text)
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        raise Answer(
            f"The body cannot be read: {error}",
            status=BAD_REQUEST,
            remedy="Send the settings as application/json, or an experiment file as application/yaml.",
        ) from error
    if not isinstance(data, dict):
        raise Answer(
            "The body holds no settings.", status=BAD_REQUEST, remedy="Start from a preset: GET /api/presets."
        )
    return data
