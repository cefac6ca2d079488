"""What to do about a run that is not well: a sentence and a remedy for each check that warns. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from django.utils.translation import gettext as _

from webapp.runs.limits import Limits
from webapp.runs.verdict import MIN_STEPS, WINDOW, Check, Curves

_SAME = "answers/same"
EXTRA_METRICS = ("groups/all_zero", "groups/all_one", _SAME)
"""What advice wants to be given beyond the metrics of the verdict."""


@dataclass(frozen=True, slots=True)
class Advice:
    """One warning in words."""

    key: str  # the metric that shows it
    tone: str  # warn or bad
    text: str
    remedy: str


def advice(checks: Sequence[Check], curves: Curves, limits: Limits) -> tuple[Advice, ...]:
    """For each check that warns, in their order; before them, where the answers have collapsed to one."""
    found = [*_collapse(curves.get(_SAME, ()), limits)]
    for check in checks:
        about = _ABOUT.get(check.key)
        if about and check.status in {"warn", "bad"}:
            text, remedy = about(check, _now(curves))
            found.append(Advice(check.key, check.status, text, remedy))
    return tuple(found)


def _now(curves: Curves) -> Mapping[str, float]:
    """The mean of each metric's latest steps; one without any is left out."""
    return {key: fmean(values[-WINDOW:]) for key, values in curves.items() if values}


Said = tuple[str, str]


def _learning(check: Check, now: Mapping[str, float]) -> Said:
    if check.status == "bad":
        return (
            _("The reward fell: %(caption)s.") % {"caption": check.caption},
            _(
                "Look at the groups of the latest steps. If entropy or KL moved at the same time, resume from an "
                "earlier checkpoint with a lower learning rate."
            ),
        )
    return (
        _("The reward has not risen beyond noise."),
        _(
            "Give it more steps, or look at the signal: where few groups have rewards that differ, easier positions "
            "or more samples a group teach more."
        ),
    )


def _signal(check: Check, now: Mapping[str, float]) -> Said:
    text = _("Only %(share)s of the groups have rewards that differ; the others teach nothing.") % {
        "share": check.value
    }
    wrong, right = now.get("groups/all_zero", 0.0), now.get("groups/all_one", 0.0)
    if wrong >= right:
        return (
            f"{text} {_('In %(share)s every answer is wrong.') % {'share': f'{wrong:.0%}'}}",
            _(
                "Choose easier positions (a lower band of entropy or pass rate), add a cold start, or sample more "
                "answers a group. Dynamic sampling leaves such groups out of the update."
            ),
        )
    return (
        f"{text} {_('In %(share)s every answer is right.') % {'share': f'{right:.0%}'}}",
        _("Choose harder positions: a higher band of entropy, or a lower one of the pass rate."),
    )


def _exploration(check: Check, now: Mapping[str, float]) -> Said:
    return (
        _("The policy has become nearly certain of every token: its samples hardly differ (%(caption)s).")
        % {"caption": check.caption},
        _(
            "Raise the sampling temperature or the upper clip bound, lower the learning rate, or resume from a "
            "checkpoint before the fall."
        ),
    )


def _collapse(values: Sequence[float], limits: Limits) -> Iterator[Advice]:
    share = fmean(values[-WINDOW:]) if len(values) >= MIN_STEPS else 0.0
    if share >= limits.same_good:
        yield Advice(
            _SAME,
            "bad" if share >= limits.same_bad else "warn",
            _("%(share)s of the answers are one and the same, whatever the context.")
            % {"share": f"{share:.0%}"},
            _(
                "Read some groups: such a model earns what a constant answer earns. Resume from a checkpoint before "
                "the collapse, with a lower learning rate, or choose positions whose truths differ more."
            ),
        )


def _drift(check: Check, now: Mapping[str, float]) -> Said:
    return (
        _("Rollouts and update disagree on log-probs by %(value)s nats per token.") % {"value": check.value},
        _(
            "Check that both compute in the same precision and at the same temperature, and make fewer updates of "
            "a batch."
        ),
    )


def _output(check: Check, now: Mapping[str, float]) -> Said:
    if "%" in check.caption and not check.caption.startswith("truncated"):
        return (
            _("Many answers are not in the form that is asked for: %(caption)s.")
            % {"caption": check.caption},
            _("Add a cold start or more of its steps, and read the format errors among the rollouts."),
        )
    return (
        _("%(share)s of the rollouts were cut off before they ended.") % {"share": check.value},
        _("Raise the longest response, or shorten thoughts: a response that is cut off earns nothing."),
    )


def _judge(check: Check, now: Mapping[str, float]) -> Said:
    return (
        _("%(share)s of the verdicts cannot be read and earn 0.") % {"share": check.value},
        _(
            "Read some replies on the tab Judge: another judge, or another prompt for it, may keep to the form."
        ),
    )


def _system(check: Check, now: Mapping[str, float]) -> Said:
    return (
        _("The run has slowed down: %(caption)s.") % {"caption": check.caption},
        _("Look at host use: another job may share the machine, or responses have grown longer."),
    )


_ABOUT: Mapping[str, Callable[[Check, Mapping[str, float]], Said]] = {
    "reward/mean": _learning,
    "groups/effective": _signal,
    "policy/entropy": _exploration,
    "update/kl": _drift,
    "response/truncated": _output,
    "verdict/malformed": _judge,
    "throughput/tokens": _system,
}
