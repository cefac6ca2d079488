"""Draw a sample of a run's judged pairs for a person to judge."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max

from training.contract.errors import ForesightError
from training.contract.rejudge_result import FLIPS_FILE, read_flips
from webapp.audits.models import Audit, AuditPair, Rejudging
from webapp.audits.pool import JudgedPair, read_pool
from webapp.audits.strata import draw, sort_into_strata
from webapp.jobs.services.create import job_folder
from webapp.runs.models import Run

SIZES = (20, 40, 100)
CONTEXT_SHOWN = 1500  # characters of the context that are kept with a pair
MOST_FLIPS = 5000  # of each rejudging that are looked through


def draw_audit(run: Run, size: int) -> Audit:
    """A sample of `size` pairs or fewer; each call draws another one, the same for the same rollouts.

    Raises ForesightError where no prediction was judged yet, or the rollouts are gone.
    """
    pool = read_pool(run)
    if not pool.pairs:
        raise ForesightError(
            "There is no judged prediction to show."
            if not pool.of_groups
            else "The rollouts of this run are not on this machine any more.",
            field="sample",
            remedy="Wait for the first step, or look at the reasons on the tab Groups.",
        )
    strata = sort_into_strata(pool.pairs, _disputed(run))
    rule = str(run.config["method"].get("rule", "prefix"))
    with transaction.atomic():
        newest: int = Audit.objects.filter(run=run).aggregate(newest=Max("number"))["newest"] or 0
        audit: Audit = Audit.objects.create(
            run=run,
            number=newest + 1,
            judged=len(pool.pairs),
            strata={name: len(pairs) for name, pairs in strata.items()},
        )
        drawn = draw(strata, size, f"{run.pk} {audit.number}")
        AuditPair.objects.bulk_create(
            _row(audit, place, name, pair, rule) for place, (name, pair) in enumerate(drawn)
        )
    return audit


def _row(audit: Audit, place: int, stratum: str, pair: JudgedPair, rule: str) -> AuditPair:
    group, verdict = pair.group, pair.rollout.verdict
    references = group.references[:1] if rule == "strict" else group.references
    return AuditPair(
        audit=audit,
        place=place,
        stratum=stratum,
        step=group.step,
        group=group.group,
        sample=pair.rollout.sample,
        kind=group.kind,
        rule=rule,
        context=_text(group.context[-CONTEXT_SHOWN:]),
        following=_text(group.following),
        reference=_text("".join(references).strip()),
        predicted=_text(pair.predicted),
        call=pair.call,
        reply=_text(verdict.reply) if verdict else "",
        judge=verdict.judge[:255] if verdict else "",
    )


def _text(text: str) -> str:
    """Text as PostgreSQL takes it: without NUL."""
    return text.replace("\0", "�")


def _disputed(run: Run) -> set[tuple[int, int, int]]:
    """Places of pairs whose verdict a finished rejudging flips."""
    found: set[tuple[int, int, int]] = set()
    for one in Rejudging.objects.filter(run=run).exclude(result={}).select_related("job"):
        path = job_folder(one.job) / FLIPS_FILE
        if path.is_file():
            found |= {(flip.step, flip.group, flip.sample) for flip in read_flips(path, 0, MOST_FLIPS)}
    return found
