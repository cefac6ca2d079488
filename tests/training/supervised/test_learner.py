"""The learner: what counts in its loss, what an update does, what a checkpoint of it holds."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.training.tiny import make_tiny_model
from training.contract.errors import ForesightError
from training.contract.experiment import ExperimentConfig, parse_experiment
from training.supervised.labelled import Labelled
from training.supervised.learner import Learner, LearnerSettings, computes_in_half, learnt_loss


@pytest.fixture(scope="module")
def model_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("tiny") / "model")


def learner(folder: Path, resume_from: Path | None = None, **changes: Any) -> Learner:
    settings = {"device": "cpu", "half": False, "micro_batch": 2, **changes}
    return Learner(folder, LearnerSettings(**settings), resume_from)


def on_cpu(**resources: Any) -> ExperimentConfig:
    return parse_experiment({"resources": {"device": "cpu", **resources}})


EXAMPLES = [
    Labelled.response((5, 6, 7, 8, 9), (40, 2)),
    Labelled.response((10,), (41, 42, 43, 2)),
    Labelled((11, 12, 2, 13, 14, 2), (False, True, True, False, True, True)),  # two answers
]


def one_by_one(model: Any, examples: list[Labelled]) -> float:
    """The loss of each learnt token, every sequence alone and unpadded."""
    total = 0.0
    for one in examples:
        logprobs = model(torch.tensor([one.ids])).logits[0].log_softmax(-1)
        places = [place for place, learnt in enumerate(one.learnt) if learnt]
        total -= sum(float(logprobs[place - 1, one.ids[place]].detach()) for place in places)
    return total


def test_loss_is_that_of_the_learnt_tokens_of_each_sequence_alone(model_dir: Path) -> None:
    model = learner(model_dir).model.eval()
    loss = learnt_loss(model, EXAMPLES, torch.device("cpu"))
    assert float(loss.detach()) == pytest.approx(one_by_one(model, EXAMPLES), abs=1e-4)


def test_whole_sequence_learns_every_token_but_the_first(model_dir: Path) -> None:
    whole = Labelled.whole((5, 6, 7))
    assert (whole.learnt, whole.count) == ((False, True, True), 2)
    model = learner(model_dir).model.eval()
    own = model(torch.tensor([[5, 6, 7]]), labels=torch.tensor([[5, 6, 7]])).loss
    found = learnt_loss(model, [whole], torch.device("cpu"))
    assert float(found.detach()) == pytest.approx(2 * float(own.detach()), abs=1e-5)


def test_mean_loss_is_over_tokens_and_changes_no_weight(model_dir: Path) -> None:
    one = learner(model_dir)
    before = one.model.model.norm.weight.clone()
    assert one.mean_loss(EXAMPLES) == pytest.approx(one_by_one(one.model, EXAMPLES) / 10, abs=1e-5)
    assert torch.equal(one.model.model.norm.weight, before)


def test_update_does_not_depend_on_the_micro_batch(model_dir: Path) -> None:
    found = {}
    for micro in (1, 3):
        one = learner(model_dir, micro_batch=micro)
        loss, norm = one.update(EXAMPLES, 1e-2, "step 1")
        found[micro] = (loss, norm, float(one.model.model.norm.weight.detach().sum()))
    assert found[1] == pytest.approx(found[3], rel=1e-5)


def test_update_recomputing_activations_is_the_same_update(model_dir: Path) -> None:
    plain, saving = learner(model_dir), learner(model_dir, recompute=True)
    assert plain.update(EXAMPLES, 1e-2, "step 1") == pytest.approx(saving.update(EXAMPLES, 1e-2, "step 1"))


def test_update_in_half_keeps_float32_weights_and_a_close_loss(model_dir: Path) -> None:
    plain, half = learner(model_dir), learner(model_dir, half=True)
    losses = [one.update(EXAMPLES, 1e-2, "step 1")[0] for one in (plain, half)]
    assert losses[0] != losses[1]
    assert losses[0] == pytest.approx(losses[1], rel=1e-2)
    assert half.model.lm_head.weight.dtype == torch.float32


def test_rate_of_zero_leaves_the_weights_and_is_no_error(model_dir: Path) -> None:
    one = learner(model_dir)
    before = one.model.model.norm.weight.clone()
    one.update(EXAMPLES, 0.0, "step 1")
    assert torch.equal(one.model.model.norm.weight, before)


def test_loss_that_is_no_number_names_the_step_and_what_to_lower(model_dir: Path) -> None:
    one = learner(model_dir, rate_field="cold_start.learning_rate")
    one.model.model.norm.weight.data[0] = float("nan")
    with pytest.raises(ForesightError) as caught:
        one.update(EXAMPLES, 1e-2, "step 7")
    wanted = "cold_start.learning_rate: The loss of step 7 is no number. Lower the learning rate."
    assert str(caught.value) == wanted


def test_learner_made_of_its_checkpoint_goes_on_as_if_never_stopped(model_dir: Path, tmp_path: Path) -> None:
    one = learner(model_dir)
    one.update(EXAMPLES[:2], 1e-2, "step 1")
    folder = one.save(tmp_path, 1)
    assert sorted(path.name for path in folder.iterdir()) == ["model", "state"]
    again = learner(model_dir, folder)
    assert one.update(EXAMPLES, 1e-2, "step 2") == again.update(EXAMPLES, 1e-2, "step 2")
    assert torch.equal(one.model.lm_head.weight, again.model.lm_head.weight)


def test_save_replaces_what_an_earlier_attempt_left(model_dir: Path, tmp_path: Path) -> None:
    one = learner(model_dir)
    folder = one.save(tmp_path, 3)
    shutil.rmtree(folder / "state")
    (folder / "manifest.json").write_text("{}")
    assert sorted(path.name for path in one.save(tmp_path, 3).iterdir()) == ["model", "state"]


@pytest.mark.parametrize(("precision", "half"), [("float32", False), ("bfloat16", True)])
def test_precision_of_a_cpu_is_as_set(precision: str, half: bool) -> None:
    assert computes_in_half(on_cpu(precision=precision)) is half
