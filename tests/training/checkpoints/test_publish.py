"""Publishing a checkpoint: its card, its manifest's facts, what leaves the disk; as events."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.training.checkpoints.sample_checkpoint import make_checkpoint
from training.checkpoints.card import model_card
from training.checkpoints.manifest import read_manifest, verify_checkpoint
from training.checkpoints.origin import UNSTATED, Origin, licence_of, read_origin, write_origin
from training.checkpoints.publish import publish_checkpoint, score_checkpoint
from training.checkpoints.store import list_checkpoints
from training.contract.errors import ForesightError
from training.contract.events import CheckpointReduced, CheckpointRemoved, CheckpointSaved, Event
from training.contract.experiment import ExperimentConfig, parse_experiment

ORIGIN = Origin(
    model="smollm2-135m-instruct",
    licence="Apache-2.0",
    weights_sha256="ab12",
    corpus="problems.jsonl",
    documents=24,
    documents_sha256="cd34",
)
CONFIG = parse_experiment(
    {
        "name": "first try",
        "data": {"corpus": "/home/somebody/uploads/problems.jsonl"},
        "optimisation": {"steps": 30},
        "cold_start": {"steps": 16},
        "checkpoints": {"keep": 2, "keep_best": 1},
    }
)


def publish(run_dir: Path, config: ExperimentConfig, step: int, reward: float) -> list[Event]:
    folder = make_checkpoint(run_dir, step)
    return list(publish_checkpoint(config, run_dir, folder, {"reward/mean": reward, "update/loss": 0.5}))


def test_card_says_where_the_weights_come_from() -> None:
    card = model_card(CONFIG, ORIGIN, 15, {"reward/mean": 0.25, "update/loss": 3.0, "format/share": None})
    head, rest = card.split("\n## Use\n")
    assert (
        head
        == """---
license: apache-2.0
base_model: smollm2-135m-instruct
library_name: transformers
pipeline_tag: text-generation
---
# first try, step 15

Trained by next-token reasoning (RPT, arXiv 2506.08007): GRPO with a prefix-matching reward.

| | |
|---|---|
| Base model | `smollm2-135m-instruct` |
| Starts from | the base model's own weights |
| Start weights, SHA-256 | `ab12` |
| Steps | 15 of 30, after 16 of cold start |
| Data | problems.jsonl, 24 documents |
| Data, SHA-256 | `cd34` |
| Licence of the base model | Apache-2.0 |

## Scores

Measured in training at step 15, on that step's contexts unless the row says otherwise.

| | | what is counted |
|---|---|---|
| Reward, mean | 0.25 | mean over the step's rollouts of r (RPT Eq. 3, RLPT 3.2) |
"""
    )
    assert "from_pretrained(folder)" in rest
    assert "corpus: problems.jsonl" in rest


def test_card_lists_scores_in_the_order_of_the_catalogue() -> None:
    easy, medium, hard = (f"eval/standard/{split}" for split in ("easy", "medium", "hard"))
    card = model_card(CONFIG, ORIGIN, 15, {hard: 0.1, medium: 0.2, easy: 0.3, "reward/mean": 0.25})
    scores = re.findall(r"^\| [^|]+ \| (0[.]\d+) \|", card, flags=re.MULTILINE)
    assert scores == ["0.25", "0.3", "0.2", "0.1"]


def test_card_names_the_checkpoint_it_began_with_and_no_folder_of_this_machine() -> None:
    start = "/home/somebody/runs/7/checkpoints/step_000015"
    config = parse_experiment(
        {
            "data": {"corpus": "/home/somebody/a.txt"},
            "model": {"start_from": start},
            "method": {"kind": "ntp", "reference": "/home/somebody/runs/6"},
        }
    )
    card = model_card(config, ORIGIN.model_copy(update={"start_from": start, "start_step": 15}), 3, {})
    assert "| Starts from | `7/checkpoints/step_000015`, step 15 |" in card
    assert "supervised next-token training" in card
    assert "## Scores" not in card
    assert "/home/" not in card


def test_published_checkpoint_holds_its_card_and_verifies(tmp_path: Path) -> None:
    write_origin(tmp_path, ORIGIN)
    (saved,) = publish(tmp_path, CONFIG, 15, 0.25)
    assert isinstance(saved, CheckpointSaved)
    assert [file.path for file in saved.model_files] == [
        "model/README.md",
        "model/config.json",
        "model/model.safetensors",
    ]
    assert (saved.best_by, saved.score, saved.parent_weights_sha256) == ("reward/mean", 0.25, "ab12")
    manifest = verify_checkpoint(tmp_path / saved.path)
    assert (manifest.reward, manifest.score, manifest.parent_weights_sha256) == (0.25, 0.25, "ab12")


def test_best_one_is_reduced_and_others_are_removed(tmp_path: Path) -> None:
    happened = [
        event
        for step, reward in ((1, 0.5), (2, 0.75), (3, 0.25), (4, 0.0))
        for event in publish(tmp_path, CONFIG, step, reward)
    ]
    assert [event for event in happened if not isinstance(event, CheckpointSaved)] == [
        CheckpointRemoved(step=1, path="checkpoints/step_000001"),
        CheckpointReduced(step=2, path="checkpoints/step_000002", bytes=9),
    ]


def test_evaluation_after_the_save_gives_the_score_and_stands_on_the_card(tmp_path: Path) -> None:
    write_origin(tmp_path, ORIGIN)
    key = "eval/standard/easy"
    config = parse_experiment({"checkpoints": {"best_by": key, "keep": 2, "keep_best": 1}})
    for step, accuracy in ((1, 0.5), (2, 0.25), (3, 0.125), (4, 0.0)):
        publish(tmp_path, config, step, 0.0)
        folder = tmp_path / "checkpoints" / f"step_{step:06d}"
        assert read_manifest(folder).score is None
        happened = list(score_checkpoint(config, tmp_path, folder, {"reward/mean": 0.0, key: accuracy}))
        assert isinstance(happened[0], CheckpointSaved)
        assert happened[0].score == verify_checkpoint(folder).score == accuracy
    assert "| easy, without a thought | 0 |" in (folder / "model" / "README.md").read_text()
    kept = [verify_checkpoint(path) for path in list_checkpoints(tmp_path)]
    assert [(one.step, one.weights_only) for one in kept] == [(1, True), (3, False), (4, False)]


def test_evaluation_of_a_step_without_a_checkpoint_changes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "checkpoints" / "step_000001"
    assert list(score_checkpoint(CONFIG, tmp_path, folder, {})) == []


def test_metric_that_was_not_measured_leaves_no_score(tmp_path: Path) -> None:
    config = parse_experiment({"checkpoints": {"best_by": "format/share"}})
    publish(tmp_path, config, 1, 0.5)
    manifest = read_manifest(tmp_path / "checkpoints" / "step_000001")
    assert (manifest.best_by, manifest.score, manifest.reward) == ("format/share", None, 0.5)


def test_origin_survives_the_disk_and_damage_is_named(tmp_path: Path) -> None:
    assert read_origin(tmp_path) is None
    write_origin(tmp_path, ORIGIN)
    assert read_origin(tmp_path) == ORIGIN
    (tmp_path / "origin.json").write_text("{")
    with pytest.raises(ForesightError, match=r"origin\.json of .* is damaged"):
        read_origin(tmp_path)


@pytest.mark.parametrize(
    ("card", "licence"),
    [
        (None, UNSTATED),
        ("---\nlicense: mit\ntags: [a]\n---\n# Model", "mit"),
        ("---\ntags: [a]\n---\nlicense: mit", UNSTATED),
        ("# Model\nlicense: mit", UNSTATED),
    ],
)
def test_licence_is_read_from_the_front_matter(tmp_path: Path, card: str | None, licence: str) -> None:
    if card is not None:
        (tmp_path / "README.md").write_text(card)
    assert licence_of("org/model", tmp_path) == licence
    assert licence_of("smollm2-135m-instruct", tmp_path) == "Apache-2.0"
