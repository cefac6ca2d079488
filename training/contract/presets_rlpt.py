"""Presets of next-segment reasoning: RLPT's own settings, and a run on two CPU cores."""

from __future__ import annotations

from training.contract.experiment import ExperimentConfig
from training.contract.preset import Preset

RLPT_PRESETS = (
    Preset(
        name="rlpt-demo-cpu",
        title="Next-segment demo",
        help="Next-segment reasoning on two CPU cores: SmolLM2-135M predicts short sentences. Word overlap stands in "
        "for the judge: a model this small gives no readable verdict.",
        config=ExperimentConfig.model_validate(
            {
                "name": "rlpt-demo-cpu",
                "data": {"corpus": "sample", "max_documents": 40, "held_out_documents": 8},
                "model": {"name": "smollm2-135m-instruct"},
                # A thought, the tags (14 tokens) and a sentence of so many characters fit into 64 tokens.
                "segments": {"min_characters": 20, "max_characters": 100, "max_context": 64},
                "method": {"kind": "rlpt", "template": "short"},
                "judge": {"kind": "deterministic_for_tests"},
                "cold_start": {"steps": 32, "batch_size": 16, "learning_rate": 3e-4},
                "sampling": {
                    "group_size": 8,
                    "temperature": 1.0,
                    "max_prompt_tokens": 192,
                    "max_response_tokens": 64,
                },
                "optimisation": {
                    "steps": 40,
                    "contexts_per_step": 8,
                    "mini_batch_contexts": 8,
                    "learning_rate": 2e-5,
                },
                "evaluation": {"every": 20, "positions": 32},
                "checkpoints": {"every": 20},
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
        name="rlpt-paper",
        title="RLPT of the paper",
        help="RLPT's own settings (4.1): Qwen3-4B after its cold start on 8 GPUs of 80 GB, its judge at an address. "
        "Name the checkpoint to start from. Not for this machine.",
        config=ExperimentConfig.model_validate(
            {
                "name": "rlpt-paper",
                "data": {"corpus": "corpus.jsonl", "held_out_documents": 200},
                "model": {"name": "Qwen/Qwen3-4B-Base"},
                "segments": {"max_context": 3072},
                "method": {"kind": "rlpt", "template": "paper", "rule": "prefix"},
                "judge": {
                    "kind": "endpoint",
                    "model": "Qwen/Qwen3-8B",
                    "url": "http://127.0.0.1:8001/v1",
                    "max_reply_tokens": 2048,  # it thinks first
                    "max_concurrent": 256,
                    "timeout_seconds": 300.0,
                },
                "sampling": {
                    "group_size": 8,
                    "temperature": 1.0,
                    "max_prompt_tokens": 4096,
                    "max_response_tokens": 8192,
                },
                "optimisation": {
                    "steps": 1000,
                    "contexts_per_step": 512,
                    "mini_batch_contexts": 512,
                    "learning_rate": 1e-6,
                    "schedule": "constant",
                    "kl_coefficient": 0.0,
                },
                "evaluation": {"every": 100, "positions": 512},
                "checkpoints": {"every": 100},
                "resources": {
                    "device": "cuda",
                    "gpus_per_node": 8,
                    "gpu_memory_share": 0.6,
                    "micro_batch_rollouts": 1,
                },
            }
        ),
    ),
)
