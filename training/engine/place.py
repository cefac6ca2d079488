"""How far a run is in its task file, kept with a checkpoint.

With dynamic sampling a step may take several batches of positions, so that the step alone does not say
where to go on.
"""

from __future__ import annotations

import json
from pathlib import Path

from training.contract.errors import ForesightError

_FILE = "place.json"


def write_place(state: Path, consumed: int) -> None:
    """Keep the number of rows consumed so far in a checkpoint's state folder."""
    (state / _FILE).write_text(json.dumps({"consumed": consumed}), encoding="utf-8")


def read_place(state: Path, otherwise: int) -> int:
    """Rows consumed up to a checkpoint; `otherwise` where it was written before this was kept.

    Raises ForesightError for a file that is not one of ours.
    """
    try:
        consumed = json.loads((state / _FILE).read_text(encoding="utf-8"))["consumed"]
    except FileNotFoundError:
        return otherwise
    except (ValueError, KeyError, TypeError) as error:
        raise ForesightError(
            f"{_FILE} of {state.parent.name} is not readable.",
            field="checkpoint",
            remedy="Use an earlier checkpoint of the run.",
        ) from error
    return int(consumed)
