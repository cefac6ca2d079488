"""What the pages of one run are given: the head with its live state, and the parts below it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Max
from django.urls import reverse
from django.utils import timezone

from training.contract.metrics import CATALOGUE
from webapp.jobs.models import JobEvent, State
from webapp.jobs.services.resume import RESUMABLE
from webapp.live.messages import event_message
from webapp.live.snapshot import live_snapshot
from webapp.runs.advice import EXTRA_METRICS, advice
from webapp.runs.health import chip_state, stalled_after
from webapp.runs.limits import Limits
from webapp.runs.models import MetricPoint, Run
from webapp.runs.stages import run_stages
from webapp.runs.strip import strip_of
from webapp.runs.supervised_verdict import supervised_metrics, supervised_verdict
from webapp.runs.thinned import Stretch, stretches_of, values_of
from webapp.runs.thresholds import limit_lines, limits_of
from webapp.runs.tiles import CONTROL_KEY, CONTROL_LINE, lines_of, shown_tiles, tokens_key
from webapp.runs.verdict import JUDGED_METRICS, METRICS, MIN_STEPS, verdict
from webapp.words.sentences import translated

WARNINGS = 5
LONG = 4000
"""Points of a metric above which the verdict reads means of a few steps where it needs no single ones."""


def head_context(run: Run, tab: str) -> dict[str, Any]:
    """For templates/runs/base_run.html: every page of a run has this."""
    # The cursor is read first: what arrives while the page is made comes again and is known by its step.
    cursor = _cursor(run)
    state = chip_state(run, timezone.now())
    live = live_snapshot(run.job)
    return {
        "run": run,
        "tab": tab,
        "state": state,
        "job": live["job"],
        "progress": live["run"],
        "resumable": run.job.state in RESUMABLE,
        **cancel_context(run),
        "cancellable": not run.job.ended and state != "cancelling",
        "controls": run.control_runs,
        "control_ready": run.method == "rpt" and run.step > 0 and state not in ("cancelling", "cancelled"),
        "page_data": {
            "job": run.job_id,
            "cursor": cursor,
            "live": live,
            "colour": run.colour,
            "stalledAfter": stalled_after(run),
            "urls": {
                "series": reverse("run-series", args=[run.pk]),
                "csv": reverse("run-csv", args=[run.pk]),
                "log": reverse("run-log", args=[run.pk]),
                "step": "" if run.is_supervised else reverse("run-step", args=[run.pk, 0]),
            },
        },
    }


def cancel_context(run: Run) -> dict[str, Any]:
    """For templates/runs/part_cancel.html: what a resume would go on from, and how many steps it would do again."""
    newest = run.checkpoints.newest_to_resume()
    return {"run": run, "newest": newest, "lost_steps": max(0, run.step - newest.step) if newest else 0}


def overview_context(run: Run) -> dict[str, Any]:
    """For the overview: stages, verdict, tiles, the names of all other metrics, warnings."""
    keys = MetricPoint.objects.keys_of(run)
    tiles = shown_tiles(run)
    limits = limits_of(run.owner_id)
    shown = {key for tile in tiles for key in (tile.key, *(base.key for base in lines_of(run, tile)))}
    return {
        "stages": run_stages(run),
        "training": run.stage in {"train", "control", "tuning", "export"} or run.step > 0,
        "cold_start": CATALOGUE["cold_start/loss"],
        **verdict_context(run, limits, keys),
        "tiles": tiles,
        "warnings": warnings_of(run),
        "baselines_off": run.method == "rpt" and not run.config.get("evaluation", {}).get("baselines", True),
        "metrics_data": {
            "tiles": [
                {
                    "key": tile.key,
                    "unit": tile.unit,
                    "baselines": [
                        {"key": base.key, "label": translated(base.label)} for base in lines_of(run, tile)
                    ],
                    "limits": limit_lines(tile.key, limits),
                }
                for tile in tiles
            ],
            "other": [key for key in keys if key not in shown],
            "control": _followed_control(run),
            "tokens": tokens_key(run),
            "catalogue": {
                key: {
                    "label": translated(metric.label),
                    "unit": translated(metric.unit),
                    "formula": translated(metric.formula),
                }
                for key, metric in CATALOGUE.items()
            },
        },
    }


def _followed_control(run: Run) -> dict[str, Any] | None:
    """The job whose events go on with the line of the supervised control; None when it has ended."""
    newest = run.control_runs[0] if run.control_runs else None
    if newest is None or newest.job.ended:
        return None
    return {"job": newest.job_id, "cursor": _cursor(newest), "line": CONTROL_LINE, "key": CONTROL_KEY}


def _cursor(run: Run) -> int:
    return JobEvent.objects.filter(job=run.job).aggregate(last=Max("pk"))["last"] or 0


def checks_of(run: Run) -> Any:
    """The verdict strip of the run as it stands."""
    return _judged(run, _read(run), limits_of(run.owner_id))["checks"]


def verdict_context(
    run: Run, limits: Limits | None = None, keys: Sequence[str] | None = None
) -> dict[str, Any]:
    """For templates/runs/part_verdict.html: the verdict, and the strip of the steps under it.

    `limits` of its owner and `keys`, every metric of the run, where they are known already.
    """
    read, limits = _read(run), limits or limits_of(run.owner_id)
    found = _judged(run, read, limits)
    if run.is_supervised:
        return {"run": run, **found}
    keys = MetricPoint.objects.keys_of(run) if keys is None else keys
    return {"run": run, **found, "strip": strip_of(run, read, found["checks"], limits, keys)}


def _judged(run: Run, read: Mapping[str, Sequence[Stretch]], limits: Limits) -> dict[str, Any]:
    """The verdict, and what to do about what it warns of."""
    values = {key: values_of(stretches) for key, stretches in read.items()}
    if run.is_supervised:
        return {"checks": supervised_verdict(values, run.main_metric, limits), "advice": ()}
    done = run.job.state in (State.SUCCEEDED, State.FINISHED_SHORT)
    checks = verdict(values, limits, method=run.method, done=done)
    return {"checks": checks, "advice": advice(checks, values, limits)}


def _read(run: Run) -> dict[str, list[Stretch]]:
    """What the verdict is made of; of a long run means of a few steps where it needs no single ones."""
    if run.is_supervised:
        keys = supervised_metrics(run.main_metric)
    else:
        keys = (*(JUDGED_METRICS if run.method == "rlpt" else METRICS), *EXTRA_METRICS)
    return stretches_of(run, keys, long=LONG, ends=MIN_STEPS, buckets=LONG // 8)


def warnings_of(run: Run) -> list[dict[str, Any]]:
    """The latest warnings and errors that training logged, newest first."""
    rows = JobEvent.objects.filter(job=run.job, type="log", payload__level__in=["warning", "error"])
    return [{**event_message(row), "moment": row.time} for row in rows.order_by("-pk")[:WARNINGS]]
