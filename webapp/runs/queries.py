"""Reads of what a run's events brought, as query sets of their models. Nothing here writes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection, models
from django.db.models import Avg, Count, Max, Min, Q, Sum


class MetricPointQuerySet(models.QuerySet):
    def of_run(self, run: Any) -> MetricPointQuerySet:
        return self.filter(run=run)

    def keys_of(self, run: Any) -> list[str]:
        """Every metric that a run ever wrote, by name: from one name in the index to the next, past the points."""
        table = connection.ops.quote_name(self.model._meta.db_table)
        statement = f"""
            WITH RECURSIVE names(name) AS (
                SELECT MIN("key") FROM {table} WHERE run_id = %s
                UNION ALL
                SELECT (SELECT MIN("key") FROM {table} WHERE run_id = %s AND "key" > name)
                FROM names WHERE name IS NOT NULL
            )
            SELECT name FROM names WHERE name IS NOT NULL"""
        with connection.cursor() as cursor:
            cursor.execute(statement, [run.pk, run.pk])
            return [name for (name,) in cursor.fetchall()]

    def in_order(self, keys: Iterable[str]) -> MetricPointQuerySet:
        """Rows (key, step, value, attempt) of some metrics, by metric, attempt and step. Without the time, which
        would take longer to read than all the rest."""
        rows: Any = self.filter(key__in=list(keys)).order_by("key", "attempt", "step")
        return rows.values_list("key", "step", "value", "attempt")

    def times(self, key: str, steps: Iterable[int]) -> dict[tuple[int, int], Any]:
        """When the points of some steps were written: {(attempt, step): datetime}."""
        rows = self.filter(key=key, step__in=list(steps)).order_by().values_list("attempt", "step", "time")
        return {(attempt, step): time for attempt, step, time in rows}

    def between(self, first: int | None, last: int | None) -> MetricPointQuerySet:
        """Points of the steps `first` to `last`, both included; None leaves that end open."""
        found = self if first is None else self.filter(step__gte=first)
        return found if last is None else found.filter(step__lte=last)

    def newest_steps(self, run: Any, key: str, width: int) -> list[int]:
        """Of each `width` steps the newest one at which a run has a point of the metric, newest first."""
        return _newest_steps(self.model, {"run_id": run.pk, "key": key}, width)

    def first_steps(self, keys: Iterable[str]) -> dict[str, dict[int, int]]:
        """The first step of each attempt: {key: {attempt: step}}."""
        found: dict[str, dict[int, int]] = {}
        rows = self.filter(key__in=list(keys)).order_by().values_list("key", "attempt").annotate(Min("step"))
        for key, attempt, step in rows:
            found.setdefault(key, {})[attempt] = step
        return found

    def first_steps_of_runs(self) -> dict[int, dict[int, int]]:
        """The same of one metric in several runs: {run: {attempt: step}}."""
        found: dict[int, dict[int, int]] = {}
        for run, attempt, step in self.order_by().values_list("run", "attempt").annotate(Min("step")):
            found.setdefault(run, {})[attempt] = step
        return found


class MetricRollupQuerySet(models.QuerySet):
    def of_run(self, run: Any) -> MetricRollupQuerySet:
        return self.filter(run=run)

    def extents(self, keys: Iterable[str]) -> dict[str, dict[int, tuple[int, int, int]]]:
        """First step, last step and number of points of each attempt: {key: {attempt: (first, last, count)}}."""
        found: dict[str, dict[int, tuple[int, int, int]]] = {}
        rows = self.filter(key__in=list(keys)).order_by().values_list("key", "attempt")
        for key, attempt, *extent in rows.annotate(Min("first_step"), Max("last_step"), Sum("count")):
            found.setdefault(key, {})[attempt] = (extent[0], extent[1], extent[2])
        return found

    def extents_of_runs(self, key: str) -> dict[int, dict[int, tuple[int, int, int]]]:
        """The same of one metric in several runs: {run: {attempt: (first, last, count)}}."""
        found: dict[int, dict[int, tuple[int, int, int]]] = {}
        rows = self.filter(key=key).order_by().values_list("run", "attempt")
        for run, attempt, *extent in rows.annotate(Min("first_step"), Max("last_step"), Sum("count")):
            found.setdefault(run, {})[attempt] = (extent[0], extent[1], extent[2])
        return found

    def touching(self, key: str, first: int | None, last: int | None) -> MetricRollupQuerySet:
        """The rows of one metric that have points of the steps `first` to `last` (None: open), by attempt and step."""
        found = self.filter(key=key)
        if first is not None:
            found = found.filter(last_step__gte=first)
        if last is not None:
            found = found.filter(first_step__lte=last)
        return found.order_by("attempt", "start")


class RolloutGroupQuerySet(models.QuerySet):
    def of_run(self, run: Any) -> RolloutGroupQuerySet:
        return self.filter(run=run)

    def of_step(self, step: int) -> RolloutGroupQuerySet:
        """A step's groups, of the latest attempt that did the step."""
        latest = self.filter(step=step).order_by().aggregate(latest=Max("attempt"))["latest"]
        return self.filter(step=step, attempt=latest)

    def with_counts(self) -> RolloutGroupQuerySet:
        """Adds `samples`, `hits` (right answers: a dense reward gives wrong ones a part of a point),
        `mean_length` and `effective` (rewards that are not all equal)."""
        return self.annotate(
            samples=Count("rollouts"),
            hits=Count("rollouts", filter=Q(rollouts__reason="match")),
            mean_length=Avg("rollouts__length"),
            lowest=Min("rollouts__reward"),
            highest=Max("rollouts__reward"),
        ).annotate(
            effective=models.ExpressionWrapper(
                Q(highest__gt=models.F("lowest")), output_field=models.BooleanField()
            )
        )

    def over_steps(self, document: int) -> list[tuple[int, int, int, float, str]]:
        """A document's groups of tokens: (byte_start, step, group, mean_reward, truth), by step. Those that a
        later attempt took the place of are left out: from its first step on, it did."""
        starts = dict(self.order_by().values_list("attempt").annotate(Min("step")))
        rows = self.filter(document=document, kind="token").order_by("step", "group")
        names = ("attempt", "byte_start", "step", "group", "mean_reward", "truth")
        return [
            row
            for attempt, *row in rows.values_list(*names)
            if all(row[1] < start for later, start in starts.items() if later > attempt)
        ]

    def steps(self) -> list[int]:
        """The steps that have groups, rising."""
        return sorted(self.order_by().values_list("step", flat=True).distinct())

    def newest_steps(self, run: Any, width: int) -> list[int]:
        """Of each `width` steps the newest one that has groups, newest first."""
        attempts = range(1, run.job.attempt + 1)
        found = {
            step
            for attempt in attempts
            for step in _newest_steps(self.model, {"run_id": run.pk, "attempt": attempt}, width)
        }
        return sorted(found, reverse=True)

    def kinds(self) -> list[str]:
        """The kinds of task that the groups hold, by name."""
        return sorted(self.order_by().values_list("kind", flat=True).distinct())


class CheckpointQuerySet(models.QuerySet):
    def of_run(self, run: Any) -> CheckpointQuerySet:
        """A run's checkpoints, newest step first; of several attempts at a step the latest first."""
        return self.filter(run=run).select_related("run", "run__job").order_by("-step", "-attempt")

    def present(self) -> CheckpointQuerySet:
        return self.filter(removed=False)

    def newest_to_resume(self) -> Any:
        """Of what is still there, the newest that holds a state to go on from; or None."""
        return self.present().filter(weights_only=False).order_by("-step").first()


def _newest_steps(model: Any, where: dict[str, Any], width: int) -> list[int]:
    """From one step in the index to the newest one before its stretch, past all rows between."""
    table = connection.ops.quote_name(model._meta.db_table)
    condition = " AND ".join(f'"{column}" = %s' for column in where)
    statement = f"""
        WITH RECURSIVE newest(step) AS (
            SELECT MAX(step) FROM {table} WHERE {condition}
            UNION ALL
            SELECT (SELECT MAX(step) FROM {table} WHERE {condition} AND step < newest.step - newest.step %% %s)
            FROM newest WHERE step IS NOT NULL
        )
        SELECT step FROM newest WHERE step IS NOT NULL"""
    with connection.cursor() as cursor:
        cursor.execute(statement, [*where.values(), *where.values(), width])
        return [step for (step,) in cursor.fetchall()]
