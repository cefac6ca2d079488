"""Quality by a model: a document whose perplexity lies outside a band, or that an endpoint calls 0, goes.

A document the model says nothing readable of stays, and is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from training.contract.preparation_quality import QualityModelConfig
from training.preparation.finding import Finding, Reason, RuleName, StageRun
from training.preparation.opinions import OPINIONS_FILE, KeptOpinions, Model, Opinion
from training.records import Document

LOW = "low_perplexity"
HIGH = "high_perplexity"
REFUSED = "refused"
_NAMED = 5  # documents without a verdict that a note names


def start(documents: Iterable[Document], settings: QualityModelConfig, folder: Path) -> StageRun:
    """`folder`: where opinions are kept. Raises ForesightError where the model cannot be asked."""
    run = StageRun(_rules(settings), iter(()))
    run.findings = _findings(documents, settings, KeptOpinions(_model(settings), folder / OPINIONS_FILE), run)
    return run


def _model(settings: QualityModelConfig) -> Model:
    if settings.judge == "perplexity":
        from training.preparation.perplexity import PerplexityModel  # torch

        return PerplexityModel(settings)
    from training.preparation.endpoint import EndpointModel

    return EndpointModel(settings)


def _rules(settings: QualityModelConfig) -> tuple[RuleName, ...]:
    if settings.judge == "endpoint":
        return (RuleName(REFUSED, "Refused", f"{settings.model} answers 0"),)
    return (
        RuleName(LOW, "Too easy", f"perplexity under {settings.lowest_perplexity:g}"),
        RuleName(HIGH, "Noise", f"perplexity over {settings.highest_perplexity:g}"),
    )


def _findings(
    documents: Iterable[Document], settings: QualityModelConfig, opinions: KeptOpinions, run: StageRun
) -> Iterator[Finding]:
    stream = iter(documents)
    silent: list[str] = []
    while batch := list(islice(stream, opinions.together)):
        asked = opinions.ask([document.text for document in batch])
        for document, opinion in zip(batch, asked, strict=True):
            if opinion.value is None:
                silent.append(document.name)
            yield Finding(document, _reasons(opinion, settings))
    if silent:
        named = ", ".join(silent[:_NAMED]) + (" …" if len(silent) > _NAMED else "")
        what = (
            "replies that are neither 0 nor 1"
            if settings.judge == "endpoint"
            else "texts too short to measure"
        )
        run.notes.append(f"{len(silent)} {what}; these documents stay: {named}.")


def _reasons(opinion: Opinion, settings: QualityModelConfig) -> tuple[Reason, ...]:
    value = opinion.value
    if value is None:
        return ()
    if settings.judge == "endpoint":
        return (Reason(REFUSED, f"{settings.model} answered 0."),) if value == 0 else ()
    if settings.lowest_perplexity <= value <= settings.highest_perplexity:
        return ()
    rule = LOW if value < settings.lowest_perplexity else HIGH
    return (Reason(rule, f"Perplexity {value:.4g}.", facts={"perplexity": round(value, 4)}),)
