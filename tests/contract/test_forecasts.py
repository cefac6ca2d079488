"""Forecasts of memory and time, against values worked out by hand, and against what was measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from training.contract.errors import ForesightError
from training.contract.experiment import ExperimentConfig, parse_experiment
from training.contract.memory import MemoryForecast, forecast_memory
from training.contract.model_shape import KNOWN_SHAPES, ModelShape, read_shape
from training.contract.presets import preset
from training.contract.run_time import default_tflops, run_work

SMALL = KNOWN_SHAPES["smollm2-135m-instruct"]
LARGE = KNOWN_SHAPES["deepseek-ai/DeepSeek-R1-Distill-Qwen-14B"]
ROUND = ModelShape(parameters=1_000_000, layers=2, width=10, inner=40, keys=5, vocabulary=100)


def changed(name: str, **sections: dict[str, Any]) -> ExperimentConfig:
    data = preset(name).model_dump(mode="json")
    for section, values in sections.items():
        data[section] |= values
    return parse_experiment(data)


def parts(forecast: MemoryForecast, phase: int = 0) -> dict[str, int]:
    return {part.name: part.bytes for part in forecast.phases[phase].parts}


def test_paper_on_gpus_takes_what_the_page_on_reproducing_it_says() -> None:
    found = forecast_memory(preset("rpt-paper"), LARGE, "cuda", 80_000_000_000)
    sampling, update = parts(found), parts(found, 1)
    assert sampling == {"weights": 22_155_050_496, "vllm": 48_000_000_000}
    assert update["trainer"] == 29_540_067_328
    assert update["kept"] == 2 * 48 * 5120 * 12_288
    assert update["recomputed"] == 2 * (6 * 5120 + 2 * 1024 + 4 * 13_824) * 12_288
    assert update["logits"] == 8 * 152_064 * 12_288
    assert found.peak.name == "sampling"
    # docs/reproduce.md: 70.2 GB while sampling, 52.5 GB while updating
    assert found.peak.total / 1e9 == pytest.approx(70.2, abs=0.05)
    assert found.phases[1].total / 1e9 == pytest.approx(52.5, rel=0.01)


def test_rollouts_that_vllm_holds_at_once_are_those_of_the_page_on_reproducing() -> None:
    assert forecast_memory(preset("rpt-paper"), LARGE, "cuda", 80_000_000_000).at_once == 103
    one = changed("rpt-paper", resources={"tensor_parallel": 1, "gpu_memory_share": 0.5})
    assert forecast_memory(one, LARGE, "cuda", 80_000_000_000).at_once == 28
    assert (
        forecast_memory(one, LARGE, "cuda", 40_000_000_000).at_once == 0
    )  # 29.5 GB of weights in a share of 20


def test_kl_term_keeps_the_start_weights_too() -> None:
    config = changed("rpt-paper", optimisation={"kl_coefficient": 0.1})
    found = forecast_memory(config, ROUND, "cuda", 1000)
    assert parts(found)["reference"] == parts(found, 1)["reference"] == 500_000  # 4 N / 8


def test_demo_on_a_cpu_is_near_what_was_measured() -> None:
    found = forecast_memory(preset("demo-cpu"), SMALL, "cpu")
    assert [phase.name for phase in found.phases] == ["cold_start", "update"]
    assert parts(found) == {
        "process": 500_000_000,
        "trainer": 16 * 134_515_008,
        "activations": 30 * 4 * (6 * 576 + 2 * 192 + 4 * 1536) * 8 * (128 + 32),
        "logits": 16 * 49_152 * 8 * 32,
    }
    assert parts(found, 1) == {
        "processes": 3_400_000_000,
        "trainer": 16 * 134_515_008,
        "rollout": 8 * 134_515_008,
        # one prompt of 128 tokens for the micro-batch's group, and 8 responses of 32
        "activations": 30 * 4 * (6 * 576 + 2 * 192 + 4 * 1536) * (128 + 8 * 32),
        "logits": 16 * 49_152 * 8 * 32,
    }
    assert found.peak.name == "update"
    assert found.phases[0].total / 1e9 == pytest.approx(4.19, rel=0.08)  # measured, all processes
    assert found.peak.total / 1e9 == pytest.approx(7.56, rel=0.08)  # measured, without a cold start
    without = forecast_memory(changed("demo-cpu", cold_start={"steps": 0}), SMALL, "cpu")
    assert without.phases == found.phases[1:]


def test_instruction_tuning_is_near_what_was_measured() -> None:
    config = changed("sft-demo-cpu", method={"max_tokens": 1024}, resources={"micro_batch_rollouts": 2})
    found = forecast_memory(config, SMALL, "cpu")
    assert found.peak.total / 1e9 == pytest.approx(7.0, rel=0.1)  # docs/results-cpu.md


def test_supervised_control_is_in_float32_and_recomputes_nothing() -> None:
    config = parse_experiment(
        {
            "method": {"kind": "ntp", "tokens_per_step": 512, "sequence_tokens": 64},
            "resources": {"micro_batch_rollouts": 2},
        }
    )
    found = forecast_memory(config, ROUND, "cuda")
    assert parts(found) == {
        "trainer": 16_000_000,
        "activations": 2 * 4 * (60 + 10 + 160) * 128,
        "logits": 16 * 100 * 128,
    }


def test_work_of_a_step_on_a_cpu_computes_a_prompt_once_for_its_group() -> None:
    config = changed("demo-cpu", cold_start={"steps": 0})
    work = run_work(config, 1_000_000, "cpu", 60)
    assert work is not None
    tokens = 8 * 128 + 64 * 32
    assert [(one.name, one.tokens, one.times) for one in work.parts] == [
        ("sampling", tokens, 60),
        ("update", tokens, 60),
    ]
    assert work.step_flops == (2 + 6) * 1e6 * tokens
    assert (work.flops, work.other_flops) == (60 * work.step_flops, 0)
    assert default_tflops(config, "cpu") == 0.2  # two threads


def test_work_of_a_step_on_gpus_has_the_old_log_probs_and_recomputes() -> None:
    work = run_work(preset("rpt-paper"), 1_000_000, "cuda", 1000)
    assert work is not None
    sampled, trained = 256 * 4096 + 2048 * 8192, 2048 * (4096 + 8192)
    assert {one.name: (one.tokens, one.times) for one in work.parts} == {
        "sampling": (sampled, 1000),
        "update": (trained, 1000),
        "log_probs": (trained, 1000),
        "evaluation": (1024 * 12_288, 11),  # before, and every 100
    }
    assert work.step_flops == 1e6 * (2 * sampled + (8 + 2) * trained)
    assert work.other_flops == 2 * 1e6 * 1024 * 12_288 * 11


def test_work_of_the_cold_start_is_counted_beside_the_steps() -> None:
    work = run_work(preset("demo-cpu"), 1_000_000, "cpu", 60)
    assert work is not None
    assert work.other_flops == 6 * 1e6 * 32 * 16 * (128 + 32)


def test_work_of_a_control_is_known_with_its_tokens_alone() -> None:
    def work_of(**method: Any) -> Any:
        return run_work(parse_experiment({"method": {"kind": "ntp", **method}}), 1_000_000, "cpu", 10)

    assert work_of(tokens_per_step=100).flops == 6 * 1e6 * 100 * 10
    assert work_of(reference="run:1") is None


def written(folder: Path, config: dict[str, Any]) -> Path:
    header = json.dumps({"a": {"dtype": "F32", "shape": [3, 5]}}).encode()
    (folder / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)
    (folder / "config.json").write_text(json.dumps(config))
    return folder


CONFIG = {
    "hidden_size": 64,
    "num_attention_heads": 8,
    "num_key_value_heads": 2,
    "num_hidden_layers": 4,
    "intermediate_size": 128,
    "vocab_size": 1000,
}


def test_shape_is_read_from_the_models_own_files(tmp_path: Path) -> None:
    assert read_shape(written(tmp_path, CONFIG)) == ModelShape(15, 4, 64, 128, 16, 1000)
    assert read_shape(written(tmp_path, {**CONFIG, "head_dim": 16})).keys == 32
    assert read_shape(written(tmp_path, {"text_config": CONFIG})).layers == 4


@pytest.mark.parametrize(
    "config", [{}, {**CONFIG, "num_hidden_layers": 0}, [], {**CONFIG, "vocab_size": None}]
)
def test_shape_of_a_config_without_its_numbers_is_refused(tmp_path: Path, config: Any) -> None:
    with pytest.raises(ForesightError, match="does not say how large the model is"):
        read_shape(written(tmp_path, config))
