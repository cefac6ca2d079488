"""Windows over a document: every target once, context kept."""

from __future__ import annotations

import pytest

from training.positions.windows import Window, windows


def test_short_document_is_one_window_of_all_but_its_last_token() -> None:
    assert list(windows(5, size=8, overlap=2)) == [Window(start=0, stop=4, first=1)]


def test_long_document_goes_on_with_the_overlap_as_context() -> None:
    assert list(windows(11, size=4, overlap=1)) == [
        Window(start=0, stop=4, first=1),
        Window(start=3, stop=7, first=5),
        Window(start=6, stop=10, first=8),
    ]


@pytest.mark.parametrize("tokens", [0, 1])
def test_document_without_targets_has_one_window_without_targets(tokens: int) -> None:
    (window,) = windows(tokens, size=8, overlap=2)
    assert (window.inputs, window.targets) == (0, 0)


@pytest.mark.parametrize("tokens", range(2, 40))
@pytest.mark.parametrize(("size", "overlap"), [(4, 0), (4, 3), (7, 2), (64, 16)])
def test_every_target_is_scored_once_with_at_least_the_overlap_before_it(
    tokens: int, size: int, overlap: int
) -> None:
    cut = list(windows(tokens, size, overlap))
    scored = [target for window in cut for target in range(window.first, window.stop + 1)]
    assert scored == list(range(1, tokens))
    assert all(window.inputs <= size for window in cut)
    assert all(window.first - window.start == overlap + 1 for window in cut[1:])
