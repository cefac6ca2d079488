"""The four steps from a text to a run, as home shows them to somebody who has no run yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from webapp.corpora.models import Corpus, Scan
from webapp.experiments.models import Experiment
from webapp.runs.models import Run
from webapp.runs.services.demo import PRESET


@dataclass(frozen=True, slots=True)
class FirstStep:
    """One step: what it is, where it is done, and whether it is done."""

    title: str
    text: str
    url: str
    action: str  # the words of the link
    done: bool


def has_launched(user: Any) -> bool:
    """Whether there is a run that is not the demo's."""
    return bool(_own_runs(user).exists())


def _own_runs(user: Any) -> Any:
    return Run.objects.owned_by(user).exclude(name=PRESET, experiment__preset=PRESET)


def first_steps(user: Any) -> tuple[FirstStep, ...]:
    """Corpus, scan, experiment, run, in the order they are done in.

    A scan is made on a corpus' page: without a corpus its step leads to the list of them.
    """
    samples = Corpus.objects.owned_by(user).samples()
    corpora = Corpus.objects.owned_by(user).ready().exclude(pk__in=samples)
    newest = corpora.documents().first()
    scan = Scan.objects.owned_by(user).finished().exclude(corpus__in=samples).first()
    corpora_url, new_url = reverse("corpora"), reverse("experiment-new")
    scans_url = f"{reverse('corpus', args=[newest.pk])}#scans-title" if newest else corpora_url
    return (
        FirstStep(
            _("Add a corpus"),
            _("Your own text: txt, md, jsonl, csv or parquet. It is checked before anything runs."),
            corpora_url,
            _("Upload a corpus"),
            corpora.exists(),
        ),
        FirstStep(
            _("Scan it"),
            _("A small model measures how uncertain each token is: which ones are worth a thought."),
            reverse("scan", args=[scan.pk]) if scan else scans_url,
            _("Open the scan") if scan else _("Scan a corpus"),
            scan is not None,
        ),
        FirstStep(
            _("Set up an experiment"),
            _("Start from a preset, change what you like, and see beforehand what it costs."),
            f"{new_url}?corpus={newest.pk}" if newest else new_url,
            _("New experiment"),
            Experiment.objects.filter(owner=user).exclude(name=PRESET, preset=PRESET).exists(),
        ),
        FirstStep(
            _("Launch the run"),
            _(
                "The experiment's last button does it. Then watch the reward and read every group of rollouts."
            ),
            reverse("runs"),
            _("Runs"),
            _own_runs(user).exists(),
        ),
    )
