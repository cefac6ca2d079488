"""What the resources share: the transport, and lists that come page by page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel

from foresight.models import Page
from foresight.transport import Transport

Item = TypeVar("Item", bound=BaseModel)


class Resource:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def _pages(self, path: str, shape: type[Item], query: Mapping[str, Any] | None = None) -> Iterator[Item]:
        """The items of a list; the next page is asked for when it is needed."""
        number, pages = 1, 1
        while number <= pages:
            found = self._transport.json("GET", path, params={**(query or {}), "page": number})
            page = Page[shape].model_validate(found)  # type: ignore[valid-type]
            yield from page.items
            number, pages = number + 1, page.pages


def given(**values: Any) -> dict[str, Any]:
    """The values that are not None: what a query leaves out takes the site's own default."""
    return {name: value for name, value in values.items() if value is not None}
