"""The supervised control: next-token training on the same documents, measured at the reference run's contexts."""

from __future__ import annotations

from training.contract.settings.method import NtpConfig
from training.models.token_bytes import TokenBytes, load_tokenizer
from training.pipelines.attempt import Attempt
from training.pipelines.rpt import write_position_tasks
from training.stages import encode_documents, gather_material, read_for_training


def run_ntp(attempt: Attempt) -> int:
    """Returns the steps done."""
    from training.control.ntp import ControlInput, train_control
    from training.control.reference import copy_tasks, tokens_of_a_step
    from training.prompts.task_file import read_tasks

    config, tell, method = attempt.config, attempt.tell, attempt.config.method
    assert isinstance(method, NtpConfig)
    if attempt.tasks_file.exists() or copy_tasks(method, config, attempt.tasks_file):
        documents = read_for_training(config, tell)
        tokenizer = load_tokenizer(attempt.policy)
        encoded = encode_documents(documents, tokenizer, TokenBytes(tokenizer), tell)
        attempt.reuse("tasks")
    else:
        material = gather_material(config, attempt.policy, attempt.proxy, tell)
        documents, encoded = material.documents, material.encoded
        write_position_tasks(config, material, attempt.tasks_file, tell)
    attempt.remember(documents)
    file = read_tasks(attempt.tasks_file)
    given = ControlInput(
        documents=tuple(encoded[index].ids for index in sorted(encoded)),
        tasks=file.token_tasks,
        constant_answer=file.constant_answer,
        tokens_per_step=tokens_of_a_step(method, attempt.run_dir / "work"),
    )
    with tell.stage("control") as detail:
        detail(f"{given.tokens_per_step} tokens a step")
        return train_control(
            config,
            given,
            model_dir=attempt.policy,
            run_dir=attempt.run_dir,
            emit=tell.emit,
            resume_from=attempt.checkpoint,
        )
