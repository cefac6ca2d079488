"""The panel beside the form: arithmetic in words, memory and time with their numbers, changes, verl, export."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client

from tests.webapp.corpora.made_scan import made_corpus
from tests.webapp.experiments.posted import posted
from tests.webapp.made_run import make_bare_run
from training.contract.experiment import load_yaml
from training.contract.presets import preset
from webapp.experiments.estimate import Assumptions, Speed, estimate_of, read_assumptions
from webapp.experiments.fields import SETTINGS, STAGES
from webapp.experiments.models import Experiment
from webapp.experiments.panel import batches_of_texts
from webapp.templatetags.foresight import about, rough_duration


def words(client: Client, data: dict[str, Any]) -> str:
    panel = client.post("/experiments/check/", data).content.decode()
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", panel)).split())


def test_every_section_is_in_one_stage() -> None:
    placed = [section for _, _, sections in STAGES for section in sections]
    assert sorted(placed) == sorted({setting.section for setting in SETTINGS.values()})


def test_divisions_stand_in_words(home: Path, user: Any, client_signed_in: Client) -> None:
    data = posted(
        made_corpus(home, user),
        "rpt-paper",
        optimisation__mini_batch_contexts="128",
        resources__micro_batch_rollouts="4",
    )
    said = words(client_signed_in, data)
    assert "256 contexts x 8 = 2,048 rollouts → 2 updates a step" in said
    assert "256 contexts / 128 a mini-batch = 2 updates" in said
    assert "1,024 rollouts an update / 8 GPUs = 128 on each" in said
    assert "128 rollouts on a device / 4 at once = 32 micro-batches" in said
    assert "8 GPUs / 2 a replica = 4 vLLM replicas" in said


def test_batch_that_does_not_divide_is_said_with_the_nearest_that_does(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    data = posted(made_corpus(home, user), optimisation__mini_batch_contexts="3")
    panel = client_signed_in.post("/experiments/check/", data).content.decode()
    assert "8 contexts / 3 a mini-batch = 2 updates, 2 left over: it does not divide." in panel
    assert 'data-set="optimisation.mini_batch_contexts" data-to-value="2">Take 2</button>' in panel


@pytest.mark.parametrize("text", ["", "0", "many", "-8", "1.5", "12345678901"])
def test_count_that_is_none_has_no_arithmetic(text: str) -> None:
    names = ("optimisation.contexts_per_step", "sampling.group_size", "optimisation.mini_batch_contexts")
    more = ("nodes", "gpus_per_node", "micro_batch_rollouts", "tensor_parallel")
    texts = dict.fromkeys((*names, *(f"resources.{name}" for name in more)), "2")
    assert batches_of_texts(texts) is not None
    assert batches_of_texts({**texts, "sampling.group_size": text}) is None


def test_memory_is_said_with_its_parts_and_what_there_is(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    said = words(client_signed_in, posted(made_corpus(home, user), "rpt-paper", gpu_gb="40"))
    assert "Memory of a GPU 52.7 GB of 40 GB does not fit" in said
    assert "weights, gradients and Adam, float32 16 N / P 29.5 GB" in said
    assert "while sampling 46.2 GB" in said  # 12 N / 8 and 0.6 x 40 GB
    for number in ("N = 14,770,033,664 parameters", "L = 48 layers", "h = 5,120", "P = 8 GPUs"):
        assert number in said


def test_time_by_a_declared_speed_is_operations_over_it() -> None:
    config = preset("rpt-paper")
    found = estimate_of(None, config, 10, Assumptions(tflops=100.0))
    assert found is not None
    assert found.time is not None
    assert found.time.speed == Speed(100e12 * 8, "declared")
    assert found.time.start == 15 + 180
    assert found.time.total == 195 + found.time.work.flops / 800e12
    assert found.time.step * 10 + found.time.other == pytest.approx(found.time.total)


@pytest.mark.django_db
def test_time_is_measured_by_an_earlier_run_of_the_same_model(home: Path, user: Any) -> None:
    config = preset("demo-cpu")
    before = estimate_of(user, config, 60, Assumptions())
    assert before is not None and before.time is not None
    assert (before.time.speed.source, before.time.speed.flops) == ("assumed", 0.2e12)
    run = make_bare_run(user)
    run.config, run.seconds_per_step = config.model_dump(mode="json"), 15.0
    run.save()
    found = estimate_of(user, config, 60, Assumptions())
    assert found is not None and found.time is not None
    assert (found.time.speed.source, found.time.speed.run) == ("measured", run)
    assert found.time.step == pytest.approx(15.0)
    data = config.model_dump(mode="json")
    data["optimisation"] |= {"contexts_per_step": 16, "mini_batch_contexts": 16}
    twice = estimate_of(user, type(config).model_validate(data), 60, Assumptions())
    assert twice is not None and twice.time is not None
    assert twice.time.step == pytest.approx(30.0)


def test_model_whose_size_is_not_known_has_no_estimate(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    said = words(client_signed_in, posted(made_corpus(home, user), model__name="org/model"))
    assert "Memory, time Not known before the model is on this machine." in said


def test_assumptions_that_are_no_numbers_are_left_out() -> None:
    assert read_assumptions({"gpu_gb": "many", "tflops": "-1"}) == Assumptions()
    assert read_assumptions({"gpu_gb": "141", "tflops": "1,000"}) == Assumptions(141.0, 1000.0)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.42, "0.42 s"),
        (17.2, "17 s"),
        (1322, "22 min"),
        (19_000, "5.3 h"),
        (3_500_000, "41 d"),
        (1e9, "12,000 d"),
    ],
)
def test_rough_durations_have_two_digits(seconds: float, said: str) -> None:
    assert rough_duration(seconds) == said
    assert about(seconds) == f"about {said}"


def test_forecast_that_nobody_can_make_is_a_dash() -> None:
    assert about(None) == "–"


def test_clone_marks_what_differs_from_the_experiment(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    corpus = made_corpus(home, user)
    client_signed_in.post("/experiments/launch/", posted(corpus, name="first", sampling__temperature="0.9"))
    first = Experiment.objects.get(name="first")
    page = client_signed_in.get("/experiments/new/", {"from": first.pk}).content.decode()
    assert "A clone of first." in page
    assert "0 changed from first" in page
    assert 'name="name" value="first copy"' in page
    data = posted(corpus, base=f"experiment:{first.pk}", sampling__temperature="0.7", seed="3")
    panel = client_signed_in.post("/experiments/check/", data).content.decode()
    assert "2 changed from first" in panel
    assert "<del>0.9</del></td><td><ins>0.7</ins>" in panel


def test_export_is_a_file_that_imports_again(home: Path, user: Any, client_signed_in: Client) -> None:
    data = posted(made_corpus(home, user), name="the best: one/two", seed="9")
    answer = client_signed_in.post("/experiments/export/", data)
    assert answer["Content-Disposition"] == 'attachment; filename="the-best-one-two.yaml"'
    assert load_yaml(answer.content.decode()).seed == 9
    faulty = client_signed_in.post("/experiments/export/", {**data, "seed": "x"})
    assert (faulty.status_code, "Give a whole number." in faulty.content.decode()) == (422, True)


def test_verl_configuration_is_that_of_the_settings(home: Path, user: Any, client_signed_in: Client) -> None:
    data = posted(made_corpus(home, user), "rpt-paper", sampling__temperature="0.65")
    page = client_signed_in.post("/experiments/verl/", data).content.decode()
    found = re.search(r'<pre id="verl-text"[^>]*>(.*?)</pre>', page, re.DOTALL)
    assert found
    shown = yaml.safe_load(html.unescape(found[1]))
    assert shown["actor_rollout_ref"]["rollout"]["temperature"] == 0.65
    assert shown["trainer"]["n_gpus_per_node"] == 8
    assert str(home) not in page


def test_verl_configuration_of_a_method_without_verl_says_so(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    data = posted(made_corpus(home, user), method__kind="ntp", method__tokens_per_step="64")
    page = client_signed_in.post("/experiments/verl/", data).content.decode()
    assert "The method ntp trains with plain PyTorch: there is no verl configuration." in page


def test_refused_launch_lists_its_problems_on_top_with_links(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    data = posted(made_corpus(home, user), seed="many", sampling__temperature="9")
    page = client_signed_in.post("/experiments/launch/", data).content.decode()
    top = page[page.index('id="refused"') : page.index('<form class="experiment"')]
    assert '<a href="#field-seed">Seed</a>: Give a whole number.' in top
    assert '<a href="#field-sampling.temperature">Temperature</a>' in top
    assert 'name="sampling.temperature" value="9"' in page
