"""Pass@k: the chance that at least one of k responses is right. Pure."""

from __future__ import annotations

from math import comb


def pass_at_k(n: int, c: int, k: int) -> float:
    """The unbiased estimate 1 - C(n-c, k) / C(n, k) from n responses of which c are right.

    n 64, c 1, k 8 gives 0.125.

    Raises ValueError unless 0 <= c <= n and 1 <= k <= n.
    """
    if not (0 <= c <= n and 1 <= k <= n):
        raise ValueError(f"pass@{k} of {c} right responses in {n} is not defined")
    return 1.0 - comb(n - c, k) / comb(n, k)


def pass_ks(samples: int) -> tuple[int, ...]:
    """The k that are reported for so many responses: 1, 2, 4 ... and all of them."""
    powers = [2**exponent for exponent in range(samples.bit_length()) if 2**exponent < samples]
    return (*powers, samples)
