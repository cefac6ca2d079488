"""What every object of the API is made of, and a page of a list."""

from __future__ import annotations

from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict

T = TypeVar("T")


class Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Page(Record, Generic[T]):
    items: tuple[T, ...]
    page: int
    pages: int
    total: int
