"""Times GRPO steps of TRL's GRPOTrainer on the prompts of a Foresight run; prints one JSON line.

The same model folder, prompts, group size, response limit, optimiser and precision (float32) as the
Foresight run beside it, the same reward rule, and two CPU threads. Run by `grpo_step.py`.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from transformers import AutoTokenizer, TrainerCallback
from trl.trainer.grpo_config import GRPOConfig
from trl.trainer.grpo_trainer import GRPOTrainer

from training.contract.experiment import load_experiment
from training.prompts.task_file import read_tasks
from training.rewards.registry import score_response


class TimedTrainer(GRPOTrainer):
    """GRPOTrainer that adds up where the time of a step goes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.split = {"generate": 0.0, "logprob": 0.0}
        super().__init__(*args, **kwargs)

    def _generate(self, prompts: list[Any]) -> Any:
        start = time.perf_counter()
        result = super()._generate(prompts)
        self.split["generate"] += time.perf_counter() - start
        return result

    def _get_per_token_logps_and_entropies(self, *args: Any, **kwargs: Any) -> Any:
        if torch.is_grad_enabled():  # part of the update
            return super()._get_per_token_logps_and_entropies(*args, **kwargs)
        start = time.perf_counter()
        result = super()._get_per_token_logps_and_entropies(*args, **kwargs)
        self.split["logprob"] += time.perf_counter() - start
        return result


class StepClock(TrainerCallback):
    """Wall time from the end of one step to the end of the next, with that step's split."""

    def __init__(self) -> None:
        self.trainer: TimedTrainer | None = None
        self.last = 0.0
        self.steps: list[dict[str, float]] = []

    def on_train_begin(self, *args: Any, **kwargs: Any) -> None:
        self.last = time.perf_counter()

    def on_step_end(self, *args: Any, **kwargs: Any) -> None:
        now = time.perf_counter()
        assert self.trainer is not None
        split = dict(self.trainer.split)
        self.trainer.split.update(generate=0.0, logprob=0.0)
        total, self.last = now - self.last, now
        self.steps.append({"step": total, **split, "update": total - sum(split.values())})


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--experiment", type=Path, required=True)
    parser.add_argument("--tasks", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    config = load_experiment(options.experiment)
    torch.set_num_threads(config.resources.threads)
    tasks = read_tasks(options.tasks).token_tasks
    by_prompt = {task.prompt: task for task in tasks}

    def reward(prompts: list[str], completions: list[str], **_: Any) -> list[float]:
        rows = [
            (by_prompt[prompt], completion) for prompt, completion in zip(prompts, completions, strict=True)
        ]
        return [
            score_response(
                config.rpt.reward,
                completion,
                truncated=False,
                think_prefilled=task.think_prefilled,
                truth=task.truth,
                boundaries=task.boundaries,
            ).value
            for task, completion in rows
        ]

    rollouts, clock = config.rollouts_per_step, StepClock()
    micro = config.resources.micro_batch_rollouts
    trainer = TimedTrainer(
        model=str(options.model),
        reward_funcs=reward,
        processing_class=AutoTokenizer.from_pretrained(options.model),
        train_dataset=Dataset.from_dict({"prompt": [task.prompt for task in tasks]}),
        callbacks=[clock],
        args=GRPOConfig(
            output_dir=str(options.out),
            use_cpu=True,
            bf16=False,
            model_init_kwargs={"dtype": "float32"},
            max_steps=config.optimisation.steps,
            per_device_train_batch_size=micro,
            gradient_accumulation_steps=rollouts // micro,
            num_generations=config.sampling.group_size,
            max_completion_length=config.sampling.max_response_tokens,
            temperature=config.sampling.temperature,
            learning_rate=config.optimisation.learning_rate,
            lr_scheduler_type="constant",
            weight_decay=config.optimisation.weight_decay,
            max_grad_norm=config.optimisation.gradient_clip,
            beta=0.0,
            gradient_checkpointing=False,
            shuffle_dataset=False,
            logging_steps=1,
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
        ),
    )
    clock.trainer = trainer
    trainer.train()
    lengths = [
        row["completions/mean_length"]
        for row in trainer.state.log_history
        if "completions/mean_length" in row
    ]
    print(json.dumps({"steps": clock.steps, "mean_length": sum(lengths) / len(lengths)}))


if __name__ == "__main__":
    main()
