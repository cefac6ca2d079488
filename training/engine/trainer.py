"""verl's synchronous GRPO trainer, with this project's record of what happens.

verl samples, scores, updates and sends the weights. This subclass writes the rollouts, metrics and
checkpoints of every step to the run folder, and resumes from one of those checkpoints. It adds
nothing to the algorithm.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from omegaconf import DictConfig
from verl.trainer.ppo.v1.trainer_sync import PPOTrainerSync

from training.checkpoints.publish import publish_checkpoint, score_checkpoint
from training.checkpoints.store import checkpoint_folder, step_of
from training.contract.errors import ForesightError
from training.contract.events import LogLine, Metrics, Progress, Resumed
from training.engine.batch import read_groups, read_rows, real_keys
from training.engine.compute import compute
from training.engine.evaluator import Evaluator, ServerSampler
from training.engine.judge_desk import RunningJudge
from training.engine.methods.base import Bench
from training.engine.methods.registry import open_method
from training.engine.metrics import from_groups, from_sampling, from_verl
from training.engine.overrides import dynamic_sampling
from training.engine.place import read_place, write_place
from training.engine.recorder import Recorder
from training.engine.replay import StrictReplayBuffer
from training.engine.session import Session
from training.engine.tokens import end_token_ids
from training.engine.unjudged import unjudged_file, write_unjudged
from training.engine.watch import Watch
from training.engine.weigh import weigh_advantages
from training.host import HostMeter
from training.models.token_bytes import TokenBytes
from training.models.weights import parameter_count

logger = logging.getLogger(__name__)


class ForesightTrainer(PPOTrainerSync):
    """GRPO as verl ships it, recorded.

    Args:
        config: the composed verl configuration.
        session: the attempt this trainer works for.
        watch: told of progress; ends a run that makes none.
        judge: the run's judge; None: its method asks none.
    """

    def __init__(
        self, config: DictConfig, session: Session, watch: Watch, judge: RunningJudge | None = None
    ) -> None:
        super().__init__(config)
        self._session = session
        self._watch = watch
        self._judge = judge
        self._counted: dict[str, float | None] = {}
        self._evaluator: Evaluator | None = None
        self._consumed = 0  # rows of the dataset that were given out
        assert isinstance(self.replay_buffer, StrictReplayBuffer)
        self._buffer = self.replay_buffer
        self._buffer.while_waiting = self._look
        self._buffer.unjudged = self._keep_unjudged
        self._buffer.dynamic = dynamic_sampling(session.config)

    def on_init_end(self) -> None:
        """Make the run's method, now that tokenizer and dataset are there."""
        super().on_init_end()  # type: ignore[no-untyped-call]
        model_dir = Path(self.config.actor_rollout_ref.model.path)
        self._end_ids = end_token_ids(model_dir)
        self._parameters = parameter_count(model_dir)
        self._method = open_method(
            Bench(
                self._session.config,
                self.tokenizer,
                self._end_ids,
                self._judge.ask if self._judge else None,
                self.train_dataset.constant_answer,
            )
        )
        self._buffer.conditional = self._method.conditional

    def on_train_begin(self) -> None:
        """Connect the record, now that the workers are there."""
        super().on_train_begin()  # type: ignore[no-untyped-call]
        token_bytes = TokenBytes(self.tokenizer)
        self._recorder = Recorder(self._session.run_dir, token_bytes, self._method.facts)
        self._host = HostMeter(self._session.run_dir)
        self.logger.logger["foresight"] = _MetricsLog(self)  # type: ignore[assignment]
        guarded = [*self.agent_loop_manager.agent_loop_workers, *self.llm_server_manager.server_handles]
        self._watch.guard([*guarded, self._judge.actor] if self._judge else guarded)

    def step(self, metrics: dict[str, Any], timing_raw: dict[str, float]) -> Any:
        """One GRPO step; its rollouts are on disk when it returns."""
        batch = super().step(metrics, timing_raw)
        groups = read_groups(batch, self.global_steps, self.train_dataset.task)
        counts = self._buffer.counts
        assert counts is not None  # a batch was sampled
        self._counted = from_groups(groups) | from_sampling(counts)
        self._counted |= compute(groups, self._parameters, counts.generated)
        self._counted |= self._method.metrics(groups)
        if self._judge:
            self._counted |= self._judge.desk.take()
        try:
            self._session.emit(self._recorder.write(self.global_steps, groups))
        except OSError as error:  # what is shown may suffer from a full disk, training may not
            logger.warning("rollouts of step %d could not be written: %s", self.global_steps, error)
        self._watch.progress()
        return batch

    def _validate(self) -> dict[str, float]:
        """verl's validation, after the weights of a step went to the rollout servers: held-out accuracy."""
        if self._evaluator is None:  # verl's first call, before training
            self._evaluator = Evaluator(
                self._session,
                self._method,
                ServerSampler(self.get_llm_client(), self._end_ids),
                self._parameters,
                progressed=self._watch.progress,
                look=self._look,
                lost_judge=self._judge.desk.failure if self._judge else RuntimeError,
            )
            self._evaluator.at_start(self.global_steps)
            self._forget_judged()
            return {"evaluated": 1.0}  # verl wants something; nobody logs it before the first step
        try:
            found = self._evaluator.evaluate(self.global_steps)
        except ForesightError:  # the step itself is done, and a resumed run may not come by it again
            self._session.emit(Metrics(step=self.global_steps, values=self._counted))
            raise
        self._forget_judged()
        run_dir = self._session.run_dir
        folder = checkpoint_folder(run_dir, self.global_steps)
        for event in score_checkpoint(self._session.config, run_dir, folder, {**self._counted, **found}):
            self._session.emit(event)
        return found

    def report(self, values: Mapping[str, object], step: int) -> None:
        """Emit the metrics of a step: verl's under our names, and what was counted over its rollouts."""
        devices = self.resource_pool_manager.get_n_gpus()
        measured = {**from_verl(values, devices), **self._counted, **self._host.take()}
        self._session.emit(Metrics(step=step, values=measured))
        total = self._session.config.optimisation.steps
        self._session.emit(Progress(stage="train", done=step, total=total, unit="steps"))
        self._watch.progress()

    def _look(self) -> None:
        """Look after the run while it waits: do its processes live, does its judge answer?"""
        self._watch.look()
        if self._judge:
            self._judge.desk.look()

    def _keep_unjudged(self, keys: Sequence[str]) -> ForesightError:
        """Write down the responses of a step whose judge is down; the error that ends the run."""
        assert self._judge is not None
        name = unjudged_file(self.global_steps)
        try:
            rows = read_rows(keys, "train", advantages=False)
            task_of, facts = self.train_dataset.task, self._method.facts
            missing = write_unjudged(self._session.run_dir / name, rows, lambda row: facts(task_of(row)))
            text = f"The {len(rows)} responses of step {self.global_steps} are kept in {name}"
            self._session.emit(LogLine(level="warning", text=f"{text}; {missing} have no verdict."))
        except OSError as error:
            logger.warning("responses of step %d could not be written: %s", self.global_steps, error)
        return self._judge.desk.failure()

    def _forget_judged(self) -> None:
        """What an evaluation asked the judge is no part of the next step's counts."""
        if self._judge:
            self._judge.desk.take()

    def _compute_advantage(self, batch: Any, metrics: dict[str, Any]) -> Any:
        """verl's advantages, then the weight that the method gives each task in the loss."""
        batch = super()._compute_advantage(batch, metrics)
        task_of, weight = self.train_dataset.task, self._method.weight
        weigh_advantages(real_keys(batch), batch.partition_id, lambda row: weight(task_of(row)))
        return batch

    def _submit_batch_to_rollout(self, batch: Any) -> int:
        submitted: int = super()._submit_batch_to_rollout(batch)
        self._consumed += submitted
        self._watch.progress()  # a step of dynamic sampling takes many batches
        return submitted

    def _update_actor(self, batch: Any, metrics: dict[str, Any]) -> Any:
        batch.extra_info["on_policy"] = self._session.config.updates_per_step == 1
        return super()._update_actor(batch, metrics)

    def _save_checkpoint(self) -> None:
        """Write state/ (to resume) and model/ (to download), seal them, let older ones go.

        The folder has a provisional name until it is complete, and its manifest is written last:
        whatever happens on the way, no half-written checkpoint can be taken for a whole one.
        """
        step, run_dir = self.global_steps, self._session.run_dir
        folder = checkpoint_folder(run_dir, step)
        partial = folder.with_name(folder.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        state = partial / "state"
        self.actor_rollout_wg.save_checkpoint(str(state), None, step, max_ckpt_to_keep=None)
        (state / "huggingface").rename(partial / "model")
        write_place(state, self._consumed)
        shutil.rmtree(folder, ignore_errors=True)  # of an earlier attempt that this one overtook
        partial.rename(folder)
        _sync_directory(folder.parent)
        for event in publish_checkpoint(self._session.config, run_dir, folder, self._counted):
            self._session.emit(event)
        self._watch.progress()

    def _load_checkpoint(self) -> None:
        """Go on from the session's checkpoint: weights, optimiser, random state, place in the task file."""
        self.global_steps = 0
        folder = self._session.resume_from
        if folder is None:
            return
        self.global_steps = step_of(folder)
        self.actor_rollout_wg.load_checkpoint(local_path=str(folder / "state"), del_local_after_load=False)
        rows = self.global_steps * self.config.data.train_batch_size
        self._consumed = read_place(folder / "state", rows)
        self.train_dataset.start_at(self._consumed)
        path = folder.relative_to(self._session.run_dir).as_posix()
        self._session.emit(Resumed(step=self.global_steps, path=path))


class _MetricsLog:
    """A backend of verl's tracking that hands every step's metrics to the trainer."""

    def __init__(self, trainer: ForesightTrainer) -> None:
        self._trainer = trainer

    def log(self, data: Mapping[str, object], step: int) -> None:
        self._trainer.report(data, step)

    def finish(self, **_: object) -> None:
        """Nothing is buffered."""


def _sync_directory(folder: Path) -> None:
    """Make a rename in `folder` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
