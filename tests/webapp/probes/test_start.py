"""From the form to a queued probe, and from its events to its row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.webapp.corpora.made_scan import made_corpus
from tests.webapp.experiments.posted import posted
from tests.webapp.probes.made_probe import made_result
from training.contract.events import Envelope, Event, Finished, Progress, StageChanged
from training.contract.experiment import load_experiment
from webapp.jobs.models import Job
from webapp.jobs.services.create import job_folder
from webapp.probes.models import Probe
from webapp.probes.projection import project, snapshot


def test_start_queues_the_probe_of_what_was_typed(home: Path, user: Any, client_signed_in: Client) -> None:
    corpus = made_corpus(home, user)
    data = posted(corpus, positions__threshold="0.75") | {"probe_positions": "24", "probe_samples": ""}
    answer = client_signed_in.post("/probes/start/", data)
    probe = Probe.objects.get()
    assert answer.status_code == 302 and answer.url == f"/probes/{probe.pk}/"
    assert (probe.job.kind, probe.job.state, probe.job.folder) == (
        "probe",
        "queued",
        f"probes/{probe.job.pk}",
    )
    assert probe.job.arguments == [
        "probe", "--config", "{folder}/experiment.yaml", "--out", "{folder}", "--events", "{spool}",
        "--positions", "24", "--samples", "8",
    ]  # fmt: skip
    config = load_experiment(job_folder(probe.job) / "experiment.yaml")
    assert (config.data.corpus, config.positions.threshold) == (corpus.training_source, 0.75)
    assert probe.typed_config.data.corpus == corpus.name
    assert "Waits until the machine is free" in client_signed_in.get(answer.url).content.decode()


def test_prompts_queues_every_template_and_the_users_own(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    own = posted(
        made_corpus(home, user), method__prompt="custom", method__custom_prompt="On: {prompt_content}"
    )
    client_signed_in.post("/probes/prompts/", own)
    probe = Probe.objects.get()
    said = dict(zip(probe.job.arguments[1::2], probe.job.arguments[2::2], strict=True))
    assert probe.job.arguments[0] == "prompts-table" and probe.job.kind == "prompts"
    assert said["--templates"] == "v0,v1,v2,v3,v4,v5,v6,short,custom"
    assert (said["--positions"], said["--samples"]) == ("32", "8")


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("probe_positions", "0", "0 positions cannot be probed."),
        ("probe_positions", "many", "&#x27;many&#x27; is not a whole number."),
        ("probe_samples", "1", "1 rollouts at each position cannot be probed."),
        ("sampling.group_size", "1", "Input should be greater than or equal to 2"),
    ],
)
def test_start_with_a_mistake_keeps_the_form_and_queues_nothing(
    home: Path, user: Any, client_signed_in: Client, field: str, value: str, said: str
) -> None:
    data = posted(made_corpus(home, user), name="kept name") | {field: value}
    answer = client_signed_in.post("/probes/start/", data)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page and 'value="kept name"' in page
    assert Probe.objects.count() == Job.objects.count() == 0


def envelopes(*events: Event) -> list[Envelope]:
    return [Envelope(seq=place, time=1.0, event=event) for place, event in enumerate(events, start=1)]


def test_projection_keeps_the_stage_and_takes_the_result_in(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    client_signed_in.post("/probes/start/", posted(made_corpus(home, user)))
    probe = Probe.objects.get()
    progress = Progress(stage="probe", done=3, total=24, unit="positions")
    project(probe.job, 1, envelopes(StageChanged(stage="probe", status="started"), progress))
    assert snapshot(probe.job) == {
        "probe": probe.pk, "stage": "Sampling", "done": 3, "total": 24, "unit": "positions", "finished": False,
    }  # fmt: skip
    project(probe.job, 1, envelopes(StageChanged(stage="cold_start", status="started")))
    probe.refresh_from_db()
    assert (probe.stage, probe.done, probe.total) == ("cold_start", 0, 0)
    (job_folder(probe.job) / "probe.json").write_text(made_result().model_dump_json())
    project(probe.job, 1, envelopes(Finished(steps_done=24, steps_asked=24)))
    probe.refresh_from_db()
    assert probe.typed_result == made_result()
    probe.delete()
    project(probe.job, 1, envelopes(progress))
    assert snapshot(probe.job) is None


def test_cancel_of_a_queued_probe_ends_it(home: Path, user: Any, client_signed_in: Client) -> None:
    client_signed_in.post("/probes/start/", posted(made_corpus(home, user)))
    probe = Probe.objects.get()
    assert client_signed_in.post(f"/probes/{probe.pk}/cancel/").status_code == 302
    assert Job.objects.get().state == "cancelled"
