"""Numbers as the evaluation pages write them."""

from __future__ import annotations

from django import template

register = template.Library()


@register.filter
def parameters(count: int) -> str:
    """A model's size: 134.5 M, 14 B; a dash where it is not known."""
    for size, unit in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if count >= size:
            return f"{float(f'{count / size:.4g}'):g} {unit}"
    return str(count) if count else "–"


@register.filter
def change(value: float) -> str:
    """A relative change with its sign: +161.8 %, −12.0 %."""
    return f"{100 * value:+.1f} %".replace("-", "−")


@register.filter
def scientific(value: float) -> str:
    """A large number: 3.02e14, 1e9."""
    mantissa, exponent = f"{value:.2e}".split("e")
    return f"{float(mantissa):g}e{int(exponent)}"
