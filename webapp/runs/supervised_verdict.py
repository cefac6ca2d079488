"""Is a supervised run healthy? Checks made of its loss, its gradient and its speed. Pure; reads no database.

The rules of `verdict.py` hold: a check never guesses, and says what it measured against what. A run that holds
nothing out has no check of that.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean, median, variance

from webapp.runs.limits import Limits, Status
from webapp.runs.verdict import WINDOW, Check, Curves, system_check, too_early

_HELD_OUT = "sft/held_out_loss"
_GRADIENT = "update/grad_norm"
_SPEED = "throughput/tokens"
_MEASUREMENTS = 3  # of the held-out loss that a judgement needs
_RISE = 0.01  # share by which the held-out loss may rise from its lowest
_STEEP, _TOO_STEEP = 2.0, 5.0  # gradient norms, as multiples of the run's median
_FLAT = 1e-4  # a gradient below this teaches nothing


def supervised_metrics(loss: str) -> tuple[str, ...]:
    """What `supervised_verdict` wants to be given; `loss` is the key of the run's loss."""
    return (loss, _HELD_OUT, _GRADIENT, _SPEED)


def supervised_verdict(curves: Curves, loss: str, limits: Limits | None = None) -> tuple[Check, ...]:
    """Learning, unseen text where it was measured, gradient, system."""
    limits = limits or Limits()
    unseen = (_unseen(curves[_HELD_OUT]),) if curves.get(_HELD_OUT) else ()
    return (_learning(curves, loss, limits), *unseen, _gradient(curves), system_check(curves, limits))


def _learning(curves: Curves, key: str, limits: Limits) -> Check:
    name = "Learning"
    values = curves.get(key, ())
    if early := too_early(name, key, values, "{:.3f}"):
        return early
    first, last = values[:WINDOW], values[-WINDOW:]
    change = fmean(last) - fmean(first)
    noise = limits.noise * ((variance(first) + variance(last)) / WINDOW) ** 0.5
    what = f"Loss of the last {WINDOW} steps {fmean(last):.3f} nats, of the first {WINDOW} {fmean(first):.3f}"
    measure = f"{limits.noise:g} standard errors ({noise:.3f})"
    status: Status
    if change < -noise:
        status, caption = "good", f"down {-change:.3f} from the start"
        what += f"; the fall exceeds {measure}"
    elif change > noise:
        status, caption = "bad", f"up {change:.3f} from the start"
        what += f"; the rise exceeds {measure}"
    else:
        status, caption = "warn", "no change beyond noise"
        what += f"; the change is within {measure}"
    return Check(name, key, status, f"{fmean(last):.3f}", caption, f"{what}.")


def _unseen(values: Sequence[float]) -> Check:
    """Whether what is learnt holds for conversations that are not trained on."""
    name, key, now, lowest = "Unseen text", _HELD_OUT, values[-1], min(values)
    if len(values) < _MEASUREMENTS:
        sentence = f"{len(values)} of the {_MEASUREMENTS} measurements that a judgement needs."
        return Check(name, key, "none", f"{now:.3f}", "not enough data", sentence)
    status: Status
    if now > lowest * (1 + _RISE):
        status, caption = ("bad" if now >= values[0] else "warn"), f"up {now - lowest:.3f} from its lowest"
    elif now < values[0]:
        status, caption = "good", f"down {values[0] - now:.3f} from the start"
    else:
        status, caption = "warn", "no lower than at the start"
    sentence = (
        f"Held-out loss {now:.3f} nats, {values[0]:.3f} at its first measurement, {lowest:.3f} at its lowest. A rise "
        f"of more than {_RISE:.0%} from the lowest says that the run learns its own conversations by heart: the "
        "checkpoint of the lowest is the better one."
    )
    return Check(name, key, status, f"{now:.3f}", caption, sentence)


def _gradient(curves: Curves) -> Check:
    name, key = "Gradient", _GRADIENT
    values = curves.get(key, ())
    if early := too_early(name, key, values, "{:.2g}"):
        return early
    now, usual = fmean(values[-WINDOW:]), median(values)
    times = now / usual if usual else 0.0
    status: Status
    if now < _FLAT:
        status, caption = "bad", "too small to teach"
    elif times <= _STEEP:
        status, caption = "good", f"{times:.1f} x its median"
    else:
        status, caption = ("warn" if times <= _TOO_STEEP else "bad"), f"{times:.1f} x its median"
    sentence = (
        f"Norm before clipping {now:.3g} over the last {WINDOW} steps, {usual:.3g} in the run's median. Good up to "
        f"{_STEEP:g} times the median, bad over {_TOO_STEEP:g} times or under {_FLAT:g}."
    )
    return Check(name, key, status, f"{now:.2g}", caption, sentence)
