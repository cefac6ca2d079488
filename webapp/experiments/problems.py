"""What can be said of problems with answers before a run reads them."""

from __future__ import annotations

from training.contract.corpus_files import ARITHMETIC
from training.contract.experiment import ExperimentConfig
from training.contract.settings.answers import RlvrConfig
from webapp.corpora.models import Corpus


def problem_errors(config: ExperimentConfig, corpus: Corpus | None) -> dict[str, str]:
    """What is wrong with the corpus of an RLVR experiment: {setting: sentence}."""
    method = config.method
    if not isinstance(method, RlvrConfig) or corpus is None or corpus.dataset == ARITHMETIC:
        return {}
    if not corpus.has_rows:
        return {
            "data.corpus": f"{corpus.name} has no rows of fields. Choose a corpus of problems with answers, or "
            f"{ARITHMETIC}."
        }
    report = corpus.typed_report
    if report and report.fields and method.problem_field not in report.fields:
        return {
            "method.problem_field": f"No row of {corpus.name} has text in a field {method.problem_field!r}. The fields "
            f"that hold text are: {', '.join(report.fields)}."
        }
    return {}


def problem_notes(config: ExperimentConfig, corpus: Corpus | None) -> dict[str, str]:
    """How often the problems are gone through."""
    report = corpus.typed_report if corpus else None
    if not isinstance(config.method, RlvrConfig) or report is None:
        return {}
    problems = min(report.documents, config.data.max_documents or report.documents)
    train = problems - config.data.held_out_documents
    if train <= 0:
        return {}
    asked = config.optimisation.steps * config.optimisation.contexts_per_step
    fewer = " The difficulty filter leaves fewer." if config.method.filter_samples else ""
    return {"optimisation.steps": f"{asked / train:.1f} epochs of {train:,} problems.{fewer}"}
