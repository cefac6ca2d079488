"""Judge a run's stored predictions again: a job of its own, which trains nothing."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from pydantic import ValidationError

from training.contract.errors import ForesightError
from training.contract.experiment import dump_yaml, field_errors, load_experiment
from training.contract.settings.segments import JudgeConfig
from webapp.audits.models import Rejudging
from webapp.corpora.model_choices import find_model
from webapp.jobs.services.create import create_job, job_folder
from webapp.jobs.services.hint import send_launch_hint
from webapp.runs.models import Run

RULES = ("prefix", "strict")
SAME = "run"
"""The choice of the judge that the run itself had."""
ASKED = ("kind", "model", "url", "key_variable", "max_reply_tokens")
"""Settings of another judge that the form asks for; the others are the run's."""


def judge_of(run: Run, given: Mapping[str, str]) -> JudgeConfig:
    """The judge that the form names. Raises ForesightError, field the setting at fault."""
    own = run.config.get("judge", {})
    if given.get("kind") == SAME:
        return JudgeConfig.model_validate(own)
    typed = {name: given[name].strip() for name in ASKED if given.get(name, "").strip()}
    if typed.get("kind") != "endpoint":
        typed = {name: value for name, value in typed.items() if name not in {"url", "key_variable"}}
    kept = {name: value for name, value in own.items() if name not in ASKED}
    try:
        judge = JudgeConfig.model_validate({**kept, **typed})
    except ValidationError as error:
        name, message = next(iter(field_errors(error).items()))
        raise ForesightError(message, field=name or "url") from error
    if judge.kind == "local" and judge.model and (finding := find_model(judge.model)).error:
        raise ForesightError(finding.error, field="model")
    return judge


def start_rejudging(run: Run, judge: JudgeConfig, rule: str) -> Rejudging:
    """Queue it.

    Raises ForesightError for an unknown rule, for what the run did itself, or a run without rollouts.
    """
    if rule not in RULES:
        raise ForesightError(f"There is no rule {rule!r}.", field="rule", remedy="Choose prefix or strict.")
    own = JudgeConfig.model_validate(run.config.get("judge", {}))
    if rule == run.config["method"].get("rule", "prefix") and judge == own:
        raise ForesightError(
            "That is the judge and the rule of the run itself.",
            field="rule",
            remedy="Choose another judge, or the other rule.",
        )
    path = run.folder_path / "experiment.yaml"
    if not path.is_file() or run.step == 0:
        raise ForesightError(
            "The run has no rollouts yet." if path.is_file() else "The run's folder is not on this machine.",
            field="rule",
            remedy="Wait for its first step.",
        )
    config = load_experiment(path).model_copy(update={"judge": judge})
    arguments = ["judge", "--run", str(run.folder_path), "--config", "{folder}/experiment.yaml"]
    arguments += ["--rule", rule, "--out", "{folder}", "--events", "{spool}"]
    with transaction.atomic():
        job = create_job("rejudge", run.owner, "rejudgings/{job}", arguments)
        (job_folder(job) / "experiment.yaml").write_text(dump_yaml(config), encoding="utf-8")
        found: Rejudging = Rejudging.objects.create(
            run=run, job=job, rule=rule, judge=judge.model_dump(mode="json")
        )
        send_launch_hint(job)
    return found
