"""When jobs that wait will start."""

from __future__ import annotations

import pytest

from webapp.queue.forecast import starts_in


@pytest.mark.parametrize(
    ("left", "takes", "starts"),
    [
        ([60.0], [], []),
        ([60.0], [100.0, 30.0, None], [60.0, 160.0, 190.0]),
        ([60.0, 10.0], [100.0, 5.0, 1.0], [10.0, 60.0, 65.0]),  # two slots
        ([60.0], [None, 30.0], [60.0, None]),  # nobody knows how long the first takes
        ([None], [100.0, 30.0], [None, None]),
        ([60.0, None], [100.0], [None]),
        ([], [100.0, 30.0], [0.0, 100.0]),
    ],
)
def test_each_starts_when_the_first_slot_is_free(
    left: list[float | None], takes: list[float | None], starts: list[float | None]
) -> None:
    assert starts_in(left, takes) == starts
