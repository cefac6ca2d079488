"""The papers' own table and figure, and where the checks of the verdict turn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from foresight.models import PanelOut, TablesOut, ThresholdOut
from foresight.resources.base import Resource


class Papers(Resource):
    def after_rlvr(self) -> TablesOut:
        """RPT's Table 2 of your runs: before and after verifiable rewards, by what a run began with."""
        return TablesOut.model_validate(self._transport.json("GET", "/papers/after-rlvr"))

    def panels(self, runs: Sequence[int]) -> tuple[PanelOut, ...]:
        """RLPT's panels of runs: training reward, response length, validation."""
        found = self._transport.json("GET", "/papers/panels", params={"runs": [*runs]})
        return tuple(PanelOut.model_validate(one) for one in found)


class Thresholds(Resource):
    def list(self) -> tuple[ThresholdOut, ...]:
        return self._all(self._transport.json("GET", "/thresholds"))

    def change(self, **values: float) -> tuple[ThresholdOut, ...]:
        """Those that are not named stay. Your runs are judged again."""
        body = {"values": values}
        return self._all(self._transport.json("PUT", "/thresholds", json=body, repeatable=True))

    def reset(self) -> tuple[ThresholdOut, ...]:
        """The usual ones again."""
        return self._all(self._transport.json("DELETE", "/thresholds"))

    @staticmethod
    def _all(found: Any) -> tuple[ThresholdOut, ...]:
        return tuple(ThresholdOut.model_validate(one) for one in found)
