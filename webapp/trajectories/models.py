"""What a search over all rollouts of a run is made on, and what people mark.

Rows of the index are made from the rollout files, by `index.build`, some seconds after the files were
written; they can be made again at any time. Marks are what people wrote and cannot.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from webapp.runs.models import Rollout, RolloutGroup, Run

PREDICTION_SHOWN = 80
"""Characters of a prediction that a list shows."""


class IndexedRolloutQuerySet(models.QuerySet["IndexedRollout"]):
    def of_run(self, run: Any) -> IndexedRolloutQuerySet:
        return self.filter(run=run)

    def of_run_by_key(self, run: Any) -> IndexedRolloutQuerySet:
        """The same for a query that names keys: in a form that no index knows, for SQLite would rather read all
        rollouts of the run than some thousand by their keys."""
        return self.alias(of_run=F("run_id") + 0).filter(of_run=run.pk)

    def with_patterns(self, mask: int) -> IndexedRolloutQuerySet:
        """Those that show at least one of the patterns whose bits are set."""
        return self.alias(shown=F("patterns").bitand(mask)).filter(shown__gt=0)

    def marked_by(self, user: Any, marks: Q) -> IndexedRolloutQuerySet:
        """Those that a user's marks like `marks` are on, and those of the groups they are on."""
        wanted = Mark.objects.filter(marks, owner=user)
        alone = Q(pk__in=wanted.filter(rollout__isnull=False).values("rollout"))
        groups = wanted.filter(rollout__isnull=True).values("group")
        return self.filter(alone | Q(pk__in=Rollout.objects.filter(group__in=groups).values("pk")))


class IndexedRollout(models.Model):
    """What a rollout is found by. Of several attempts at a step those of the latest alone are here."""

    # A run with its rollouts is removed by a few statements, none of which asks for the rows of the index.
    rollout = models.OneToOneField(
        Rollout, on_delete=models.DO_NOTHING, db_constraint=False, primary_key=True, related_name="indexed"
    )
    run = models.ForeignKey(Run, on_delete=models.CASCADE, db_index=False, related_name="+")
    step = models.PositiveIntegerField()
    reward = models.FloatField()
    advantage = models.FloatField()
    length = models.PositiveIntegerField()  # response tokens
    entropy = models.FloatField()  # of the position, nats; 0 where no position was scored
    kind = models.CharField(max_length=8)  # training.records.TaskKind
    reason = models.CharField(max_length=16)  # training.records.Reason
    miss = models.PositiveSmallIntegerField()  # place in ruler.CLASSES, from 1; 0: bytes do not count here
    patterns = models.PositiveSmallIntegerField()  # a bit for each of training.contract.patterns.KEYWORDS
    prediction = models.CharField(max_length=PREDICTION_SHOWN)  # its start, readable

    objects: ClassVar[Any] = IndexedRolloutQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            # Holds all that is filtered and sorted by: a look through a run's rollouts reads it alone.
            models.Index(
                fields=[
                    "run", "step", "reward", "length", "miss", "reason", "patterns", "entropy", "kind", "advantage",
                    "rollout",
                ],
                name="rollout_found_by",
            )
        ]  # fmt: skip


class RolloutIndex(models.Model):
    """How far the index of a run has come."""

    run = models.OneToOneField(Run, on_delete=models.CASCADE, primary_key=True, related_name="rollout_index")
    last_group = models.PositiveBigIntegerField(default=0)  # key of the newest group that was read
    step = models.PositiveIntegerField(default=0)  # of it
    unreadable = models.PositiveIntegerField(default=0)  # groups whose file was gone or damaged
    settled = models.BooleanField(default=False)  # the run has ended and all of it was read
    updated = models.DateTimeField(default=timezone.now)


class MarkQuerySet(models.QuerySet["Mark"]):
    def of(self, user: Any, run: Any) -> MarkQuerySet:
        """A user's marks in a run, newest first."""
        found = self.filter(owner=user, run=run).select_related("group", "rollout")
        return found.order_by("-updated", "-pk")


class Mark(models.Model):
    """A user's star and note on a rollout, or on a group as a whole."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="+")
    group = models.ForeignKey(RolloutGroup, on_delete=models.CASCADE, related_name="marks")
    # It goes with its group.
    rollout = models.ForeignKey(
        Rollout, on_delete=models.DO_NOTHING, db_constraint=False, null=True, related_name="marks"
    )
    starred = models.BooleanField(default=False)
    note = models.TextField(blank=True)
    updated = models.DateTimeField(default=timezone.now)

    objects: ClassVar[Any] = MarkQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["owner", "rollout"], condition=Q(rollout__isnull=False), name="rollout_marked_once"
            ),
            models.UniqueConstraint(
                fields=["owner", "group"], condition=Q(rollout__isnull=True), name="group_marked_once"
            ),
        ]
