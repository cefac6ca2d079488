"""ExperimentConfig: one schema with helpful refusals, round trips and presets."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from training.contract.errors import ForesightError
from training.contract.experiment import (
    ExperimentConfig,
    dump_yaml,
    field_errors,
    load_yaml,
    parse_experiment,
)
from training.contract.model_names import check_model_name
from training.contract.presets import PRESETS, preset
from training.contract.reference import walk_settings
from training.contract.settings.answers import RlvrConfig, SftConfig
from training.contract.settings.method import NtpConfig, RptConfig
from training.contract.settings.segments import RlptConfig


def test_every_setting_carries_its_help() -> None:
    assert [item.name for item in walk_settings() if not item.help] == []


def test_unknown_setting_is_refused_by_name() -> None:
    with pytest.raises(ValidationError) as caught:
        ExperimentConfig.model_validate({"sampling": {"temprature": 1.0}})
    assert field_errors(caught.value) == {"sampling.temprature": "Extra inputs are not permitted"}


def test_batch_that_does_not_divide_says_so_and_names_the_remedy() -> None:
    with pytest.raises(ForesightError) as caught:
        parse_experiment({"optimisation": {"contexts_per_step": 10, "mini_batch_contexts": 4}})
    assert caught.value.message == (
        "optimisation.contexts_per_step (10) does not divide by optimisation.mini_batch_contexts (4): "
        "10 = 2 x 4 + 2. Set mini_batch_contexts to a divisor of 10."
    )


def test_micro_batch_that_does_not_divide_is_refused() -> None:
    with pytest.raises(ForesightError, match=r"micro_batch_rollouts \(7\) does not divide the 2048 rollouts"):
        parse_experiment({"resources": {"micro_batch_rollouts": 7}})


def test_minimum_context_above_the_maximum_is_refused() -> None:
    with pytest.raises(ForesightError, match="no position can have that much context") as caught:
        parse_experiment({"positions": {"min_context": 100, "max_context": 50}})
    assert caught.value.field == "positions"


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_preset_survives_yaml(name: str) -> None:
    assert load_yaml(dump_yaml(preset(name))) == preset(name)


def test_unknown_preset_names_the_known_ones() -> None:
    with pytest.raises(ForesightError) as caught:
        preset("fast")
    assert caught.value.remedy == f"Choose one of: {', '.join(PRESETS)}."


def test_method_without_a_kind_is_rpt() -> None:
    assert parse_experiment({"method": {"prompt": "short"}}).method == RptConfig(prompt="short")
    control = {"kind": "ntp", "tokens_per_step": 512}
    assert parse_experiment({"method": control}).method == NtpConfig(tokens_per_step=512)


@pytest.mark.parametrize(
    ("method", "field", "message"),
    [
        ({"kind": "dpo"}, "method", "Choose one of: rpt, rlpt, rlvr, sft, ntp."),
        ({"kind": "ntp"}, "method", "method.reference names none"),
        ({"kind": "ntp", "tokens_per_step": -1}, "method.tokens_per_step", "greater than or equal to 0"),
        ({"kind": "ntp", "prompt": "v0"}, "method.prompt", "Extra inputs are not permitted"),
    ],
)
def test_method_that_is_wrong_is_named_without_its_kind(
    method: dict[str, object], field: str, message: str
) -> None:
    with pytest.raises(ForesightError, match=message) as caught:
        parse_experiment({"method": method})
    assert caught.value.field == field


def test_settings_say_which_method_uses_them() -> None:
    used = {item.name: item.methods for item in walk_settings()}
    assert (used["method.kind"], used["method.prompt"], used["method.reference"]) == ((), ("rpt",), ("ntp",))
    assert (used["method.prefill_think"], used["judge.url"]) == (("rpt", "rlpt", "rlvr"), ("rlpt",))
    assert (used["sampling.group_size"], used["data.corpus"]) == (("rpt", "rlpt", "rlvr"), ())
    assert set(used["optimisation.steps"]) == {"rpt", "rlpt", "rlvr", "sft", "ntp"}


def test_settings_of_several_methods_with_one_name_are_one_setting() -> None:
    names = [item.name for item in walk_settings()]
    assert len(names) == len(set(names))
    shared = [model.model_fields["prefill_think"] for model in (RptConfig, RlptConfig, RlvrConfig)]
    assert {(field.title, field.description, field.default) for field in shared} == {
        (shared[0].title, shared[0].description, True)
    }


@pytest.mark.parametrize("key", ["update/loss", "no/such"])
def test_checkpoint_metric_without_a_direction_is_refused(key: str) -> None:
    with pytest.raises(
        ForesightError, match=r"does not say what is best\. Use one of: reward/mean"
    ) as caught:
        parse_experiment({"checkpoints": {"best_by": key}})
    assert caught.value.field == "checkpoints.best_by"


def test_checkpoint_metric_has_the_catalogues_direction() -> None:
    found = [
        parse_experiment({"checkpoints": {"best_by": key}}).checkpoints.higher_is_better
        for key in ("reward/mean", "response/truncated")
    ]
    assert found == [True, False]


def test_rpt_paper_equals_table_5() -> None:
    config = PRESETS["rpt-paper"].config
    assert (config.optimisation.contexts_per_step, config.optimisation.mini_batch_contexts) == (256, 256)
    assert (config.sampling.group_size, config.sampling.temperature) == (8, 0.8)
    assert (config.sampling.max_prompt_tokens, config.sampling.max_response_tokens) == (4096, 8192)
    assert (config.optimisation.adam_beta1, config.optimisation.adam_beta2) == (0.9, 0.999)
    assert (config.optimisation.weight_decay, config.optimisation.gradient_clip) == (0.01, 0.2)
    assert (config.optimisation.clip_low, config.optimisation.clip_high) == (0.2, 0.2)
    assert (config.optimisation.kl_coefficient, config.optimisation.entropy_coefficient) == (0.0, 0.0)
    assert (config.optimisation.learning_rate, config.optimisation.steps) == (1e-6, 1000)
    assert config.model.name == "deepseek-ai/DeepSeek-R1-Distill-Qwen-14B"


def test_rollouts_and_updates_are_counted() -> None:
    config = PRESETS["rpt-paper"].config
    assert (config.rollouts_per_step, config.updates_per_step) == (2048, 1)


def test_proxy_defaults_to_the_policy() -> None:
    assert PRESETS["demo-cpu"].config.proxy == "smollm2-135m-instruct"


@pytest.mark.parametrize(
    "name",
    [
        "../../etc",
        "/etc/passwd",
        "file:///x",
        "http://169.254.169.254/x",
        "a/b/c",
        "a\nb",
        "",
        "a/../b",
        "-x",
        "a b",
    ],
)
def test_model_name_that_could_reach_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is not a model name"):
        check_model_name(name)


@pytest.mark.parametrize("name", ["smollm2-135m-instruct", "Qwen/Qwen2.5-0.5B", "my_model.v2"])
def test_model_name_of_a_known_form_is_kept(name: str) -> None:
    assert check_model_name(name) == name


def test_infinite_threshold_is_refused() -> None:
    with pytest.raises(ForesightError) as caught:
        parse_experiment({"positions": {"threshold": float("inf")}})
    assert caught.value.field == "positions.threshold"


def test_yaml_mistake_names_its_line() -> None:
    with pytest.raises(ForesightError, match="line 2"):
        load_yaml("name: a\n  : [")


def test_error_survives_the_trip_between_processes() -> None:
    import pickle

    error = pickle.loads(pickle.dumps(ForesightError("Bad.", field="a.b", remedy="Fix it.", retryable=True)))
    assert (str(error), error.retryable) == ("a.b: Bad. Fix it.", True)


def test_rlpt_cold_start_is_what_the_paper_has() -> None:
    config = PRESETS["rlpt-cold-start"].config
    optimisation = config.optimisation
    assert isinstance(config.method, SftConfig)
    assert (optimisation.contexts_per_step, optimisation.learning_rate) == (1024, 2e-5)
    assert (optimisation.schedule, optimisation.warmup_steps, config.method.epochs) == ("cosine", 0, 3)


def test_steps_of_epochs_are_not_known_before_the_conversations_are() -> None:
    assert PRESETS["demo-cpu"].config.steps_known == 60
    assert PRESETS["sft-demo-cpu"].config.steps_known is None
    assert parse_experiment({"method": {"kind": "sft", "epochs": 0}}).steps_known == 1000


def test_supervised_methods_have_no_mini_batch_to_divide_by() -> None:
    batch = {"contexts_per_step": 10}
    assert parse_experiment({"method": {"kind": "sft"}, "optimisation": batch})
    with pytest.raises(ForesightError, match="does not divide by"):
        parse_experiment({"optimisation": batch})


def test_rlvr_paper_equals_table_2() -> None:
    config = PRESETS["rlvr-paper"].config
    optimisation, evaluation = config.optimisation, config.evaluation
    assert (optimisation.contexts_per_step, optimisation.mini_batch_contexts) == (64, 64)
    assert config.data.max_documents - config.data.held_out_documents == 256
    assert optimisation.steps * optimisation.contexts_per_step == 15 * 256
    assert (config.data.held_out_documents, evaluation.positions, evaluation.temperature) == (200, 200, 0.6)
    assert config.evaluation_tokens == 32_768


def test_evaluations_take_the_limit_of_sampling_where_they_have_none_of_their_own() -> None:
    assert PRESETS["rlvr-demo-cpu"].config.evaluation_tokens == 40
    longer = parse_experiment({"evaluation": {"max_response_tokens": 99}})
    assert longer.evaluation_tokens == 99
