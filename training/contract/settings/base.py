"""How a setting is declared: a pydantic field that carries what people need to know of it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue


def setting(
    default: Any,
    *,
    help: str,
    unit: str = "",
    advanced: bool = False,
    verl: str = "",
    paper: str = "",
    title: str = "",
    multiline: bool = False,
    **bounds: Any,
) -> Any:
    """A pydantic field with what people need to know of it.

    Args:
        default: the default value, or `...` for a required setting.
        help: one or two sentences for the person who sets it.
        unit: what the number counts or measures, shown beside it.
        advanced: folded away on the form until asked for.
        verl: the verl configuration key that takes this very value, or "".
        paper: where the value or the rule comes from ("RPT Table 5").
        title: the label; by default made of the field's name.
        multiline: a text of several lines, kept exactly as it is typed.
        **bounds: pydantic bounds (ge, gt, le, lt, min_length ...).
    """
    extra: dict[str, JsonValue] = {"unit": unit, "advanced": advanced, "verl": verl, "paper": paper}
    if multiline:
        extra["multiline"] = True
    return Field(default, title=title or None, description=help, json_schema_extra=extra, **bounds)


class Section(BaseModel):
    """A group of settings: closed to unknown names, immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
