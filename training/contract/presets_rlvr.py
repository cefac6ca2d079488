"""Presets of verifiable rewards: RPT's Table 2, and arithmetic on two CPU cores."""

from __future__ import annotations

from training.contract.experiment import ExperimentConfig
from training.contract.preset import Preset

RLVR_PRESETS = (
    Preset(
        name="rlvr-demo-cpu",
        title="Verifiable-rewards demo",
        help="Verifiable rewards on two CPU cores: SmolLM2-135M on arithmetic of our own, with held-out problems.",
        config=ExperimentConfig.model_validate(
            {
                "name": "rlvr-demo-cpu",
                "data": {"corpus": "arithmetic", "max_documents": 320, "held_out_documents": 64},
                "model": {"name": "smollm2-135m-instruct"},
                "method": {"kind": "rlvr", "instruction": "short", "filter_samples": 4},
                "cold_start": {"steps": 24, "batch_size": 16, "learning_rate": 3e-4},
                "sampling": {
                    "group_size": 8,
                    "temperature": 1.0,
                    "max_prompt_tokens": 96,
                    "max_response_tokens": 40,
                },
                "optimisation": {
                    "steps": 40,
                    "contexts_per_step": 8,
                    "mini_batch_contexts": 8,
                    "learning_rate": 2e-5,
                },
                "evaluation": {"every": 10, "samples": 4, "temperature": 0.6},
                "checkpoints": {"every": 20, "best_by": "eval/answers/pass_1"},
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
        name="rlvr-paper",
        title="RLVR of the paper",
        help="RLVR as RPT's Table 2 has it: 256 hard problems, 15 epochs, 200 held out, on 8 GPUs of 80 GB. Name the "
        "checkpoint to start from. Not for this machine.",
        config=ExperimentConfig.model_validate(
            {
                "name": "rlvr-paper",
                # Skywork-OR1: 256 problems to train on and 200 to test on, picked beforehand.
                "data": {"corpus": "skywork_or1.jsonl", "max_documents": 456, "held_out_documents": 200},
                "model": {"name": "deepseek-ai/DeepSeek-R1-Distill-Qwen-14B"},
                "method": {"kind": "rlvr", "instruction": "boxed"},
                # What Table 2 does not say is as in RPT's own training (Table 5).
                "sampling": {
                    "group_size": 8,
                    "temperature": 0.8,
                    "max_prompt_tokens": 4096,
                    "max_response_tokens": 8192,
                },
                "optimisation": {
                    "steps": 60,  # 15 epochs of 256 problems, 64 a step
                    "contexts_per_step": 64,
                    "mini_batch_contexts": 64,
                    "learning_rate": 1e-6,
                    "weight_decay": 0.01,
                    "gradient_clip": 0.2,
                },
                "evaluation": {
                    "every": 20,
                    "positions": 200,
                    "samples": 4,
                    "temperature": 0.6,
                    "max_response_tokens": 32_768,
                },
                "checkpoints": {"every": 20, "best_by": "eval/answers/pass_1"},
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
)
