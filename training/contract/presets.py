"""Named starting points for an experiment: literal settings, each with what it is for."""

from __future__ import annotations

from training.contract.errors import ForesightError
from training.contract.experiment import ExperimentConfig
from training.contract.preset import Preset
from training.contract.presets_rlpt import RLPT_PRESETS
from training.contract.presets_rlvr import RLVR_PRESETS

PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset(
            name="demo-cpu",
            title="Next-token demo",
            help="A real run of RPT on two CPU cores: SmolLM2-135M, 10 documents, short contexts and thoughts.",
            config=ExperimentConfig.model_validate(
                {
                    "name": "demo-cpu",
                    "data": {"corpus": "sample", "max_documents": 10},
                    "model": {"name": "smollm2-135m-instruct"},
                    # A model this small is hardly ever right above 1.5 nats: groups there have no signal.
                    "positions": {
                        "selection": "band",
                        "threshold": 0.5,
                        "upper_threshold": 1.5,
                        "min_context": 24,
                        "max_context": 48,
                    },
                    "method": {"kind": "rpt", "prompt": "short"},
                    "cold_start": {"steps": 32, "batch_size": 16, "learning_rate": 3e-4},
                    "sampling": {
                        "group_size": 8,
                        "temperature": 0.8,
                        "max_prompt_tokens": 128,
                        "max_response_tokens": 32,
                    },
                    "optimisation": {
                        "steps": 60,
                        "contexts_per_step": 8,
                        "mini_batch_contexts": 8,
                        "learning_rate": 2e-5,
                    },
                    "checkpoints": {"every": 20},
                    "resources": {
                        "device": "cpu",
                        "threads": 2,
                        "micro_batch_rollouts": 8,
                        "gradient_checkpointing": False,
                    },
                }
            ),
        ),
        Preset(
            name="rpt-paper",
            title="RPT of the paper",
            help="RPT's own settings (Table 5): R1-Distill-Qwen-14B on 8 GPUs of 80 GB. Not for this machine.",
            config=ExperimentConfig.model_validate(
                {
                    "name": "rpt-paper",
                    "data": {
                        "corpus": "omni_math.jsonl",
                        "join_fields": ["problem", "solution"],
                        "held_out_documents": 200,
                    },
                    "model": {"name": "deepseek-ai/DeepSeek-R1-Distill-Qwen-14B"},
                    "positions": {
                        "proxy": "deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B",
                        "threshold": 0.5,
                        "max_context": 3840,
                        "window": 4096,
                    },
                    "method": {"kind": "rpt", "prompt": "v0"},
                    "sampling": {
                        "group_size": 8,
                        "temperature": 0.8,
                        "max_prompt_tokens": 4096,
                        "max_response_tokens": 8192,
                    },
                    "optimisation": {
                        "steps": 1000,
                        "contexts_per_step": 256,
                        "mini_batch_contexts": 256,
                        "learning_rate": 1e-6,
                        "weight_decay": 0.01,
                        "gradient_clip": 0.2,
                        "clip_low": 0.2,
                        "clip_high": 0.2,
                        "dynamic_sampling_from": 500,
                    },
                    "evaluation": {"every": 100, "positions": 1024},
                    "checkpoints": {"every": 100},
                    # Forecast for 80 GB in docs/reproduce.md: larger micro-batches of the longest rollouts do not fit.
                    "resources": {
                        "device": "cuda",
                        "gpus_per_node": 8,
                        "tensor_parallel": 2,
                        "gpu_memory_share": 0.6,
                        "micro_batch_rollouts": 1,
                    },
                }
            ),
        ),
        *RLPT_PRESETS,
        *RLVR_PRESETS,
        Preset(
            name="sft-demo-cpu",
            title="Instruction-tuning demo",
            help="Instruction tuning on two CPU cores in some minutes: SmolLM2-135M on short questions and answers.",
            config=ExperimentConfig.model_validate(
                {
                    "name": "sft-demo-cpu",
                    "data": {"corpus": "sample", "held_out_documents": 16},
                    "model": {"name": "smollm2-135m-instruct"},
                    "method": {"kind": "sft", "epochs": 3, "max_tokens": 512},
                    "optimisation": {
                        "contexts_per_step": 16,
                        "learning_rate": 1e-4,
                        "schedule": "cosine",
                        "warmup_steps": 3,
                    },
                    "evaluation": {"every": 3},
                    "checkpoints": {"every": 9, "best_by": "sft/held_out_loss"},
                    "resources": {
                        "device": "cpu",
                        "threads": 2,
                        "micro_batch_rollouts": 4,
                        "gradient_checkpointing": False,
                    },
                }
            ),
        ),
        Preset(
            name="rlpt-cold-start",
            title="RLPT's cold start",
            help="RLPT's cold start (4.1): instruction tuning of Qwen3-4B on one large GPU. Not for this machine.",
            config=ExperimentConfig.model_validate(
                {
                    "name": "rlpt-cold-start",
                    "data": {"corpus": "conversations.jsonl"},
                    "model": {"name": "Qwen/Qwen3-4B-Base"},
                    "method": {"kind": "sft", "epochs": 3},
                    "optimisation": {
                        "contexts_per_step": 1024,
                        "learning_rate": 2e-5,
                        "schedule": "cosine",
                    },
                    # A batch's loss is of other conversations at every step: a low one is no better checkpoint.
                    "checkpoints": {"every": 100, "keep_best": 0},
                    "resources": {"device": "cuda", "micro_batch_rollouts": 4},
                }
            ),
        ),
    )
}


def preset(name: str) -> ExperimentConfig:
    """The preset's config. Raises ForesightError with the known names."""
    try:
        return PRESETS[name].config
    except KeyError as error:
        raise ForesightError(
            f"There is no preset {name!r}.", field="preset", remedy=f"Choose one of: {', '.join(PRESETS)}."
        ) from error
