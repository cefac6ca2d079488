"""Next-segment reasoning (RLPT): segments, tasks, cold start, GRPO."""

from __future__ import annotations

from training.contract.settings.segments import RlptConfig
from training.held_out import TASKS_FILE
from training.pipelines.attempt import Attempt
from training.segment_stages import (
    gather_segments,
    teach_segment_format,
    write_held_out_segments,
    write_segment_tasks,
)
from training.stages import read_for_training


def run_rlpt(attempt: Attempt) -> int:
    """Returns the steps done."""
    config, tell, method = attempt.config, attempt.tell, attempt.config.method
    assert isinstance(method, RlptConfig)
    if attempt.is_prepared:
        attempt.reuse("documents", "segments", "tasks", "cold_start")
    else:
        documents = read_for_training(config, tell)
        attempt.remember(documents)
        material = gather_segments(config, documents, attempt.policy, tell)
        tasks = write_segment_tasks(config, method, material, attempt.tasks_file, tell)
        teach_segment_format(config, method, material, tasks, attempt.policy, attempt.cold_start_dir, tell)
    held_out = attempt.run_dir / "work" / TASKS_FILE
    if config.evaluation.every and not held_out.exists():
        write_held_out_segments(config, method, attempt.policy, held_out, tell)
    return attempt.grpo()
