"""A made RLPT run: invented proofs, predictions of every sort, judged by the word overlap. No model wrote any."""

from __future__ import annotations

import random
from typing import Any, Literal

from tests.training.judging.made_groups import made_group
from tests.webapp.made_run import MadeRun, make_bare_run, write_groups
from training.__main__ import main
from training.contract.events import Envelope, Finished
from training.contract.experiment import dump_yaml, parse_experiment
from training.judging.pair import Rule
from webapp.audits.models import Rejudging
from webapp.audits.projection import project
from webapp.jobs.models import Job
from webapp.jobs.services.create import job_folder
from webapp.runs.models import Run

PROOFS = (
    (
        "Since p divides the product, it divides one of the two factors. ",
        "Say it divides the first. ",
        "Then the first factor is at least p. ",
    ),
    (
        "The sum of the first n odd numbers is n squared. ",
        "For n = 1 this is plain. ",
        "Adding 2n + 1 gives the next square. ",
    ),
    (
        "Let M be the midpoint of BC, and let the circle meet AM again at D, so that angle BDM equals angle CBA. ",
        "By the power of M, MA times MD equals MB squared. ",
        "Hence BD is tangent. ",
    ),
    ("Thus the claim holds. ", "This ends the proof. ", "We turn to the second part. "),
)


def make_judged_run(owner: Any, steps: int = 3, *, rule: Rule = "prefix", made: MadeRun | None = None) -> Run:
    """A run with `steps` steps of four groups of four rollouts, judged under `rule`."""
    run = make_bare_run(owner, made or MadeRun("judged run", "succeeded", steps, steps))
    config = parse_experiment(
        {
            "name": run.name,
            "method": {"kind": "rlpt", "rule": rule},
            "judge": {"kind": "deterministic_for_tests"},
        }
    )
    run.config = config.model_dump(mode="json")
    run.step = steps
    run.save()
    (run.folder_path / "experiment.yaml").write_text(dump_yaml(config), encoding="utf-8")
    dice = random.Random(7)
    for step in range(1, steps + 1):
        write_groups(run, 1, [_group(step, number, proof, rule, dice) for number, proof in enumerate(PROOFS)])
    return run


def _group(step: int, number: int, proof: tuple[str, ...], rule: Rule, dice: random.Random) -> Any:
    one, two, _ = (part.strip() for part in proof)
    sorts: list[str | None] = [
        one,  # right under both rules
        f"{one} {two}",  # right under prefix alone
        f"Perhaps in case {step} nothing of this holds, and the point lies outside.",
        f"{one} But in step {step} something else follows for the reader to see.",
        None,
    ]
    kind: Literal["asr", "msr"] = "msr" if number % 2 else "asr"
    predictions = dice.sample(sorts, 4)
    malformed = number == 3 and step % 2 == 0
    return made_group(step, number, predictions, kind=kind, rule=rule, malformed=malformed, references=proof)


def finish(rejudging: Rejudging) -> None:
    """Do what the job's command does, and what its events bring."""
    folder = job_folder(rejudging.job)
    arguments = [
        part.replace("{folder}", str(folder)).replace("{spool}", str(folder / "events.1.jsonl"))
        for part in rejudging.job.arguments
    ]
    assert main(arguments) == 0
    done = Envelope(seq=1, time=1.0, event=Finished(steps_done=1, steps_asked=1))
    project(rejudging.job, 1, [done])
    Job.objects.filter(pk=rejudging.job_id).update(state="succeeded")
