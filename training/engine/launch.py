"""Runs one attempt: starts Ray for it, trains, and leaves no process behind."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from training.contract.errors import ForesightError
from training.contract.events import StageChanged
from training.contract.experiment import ExperimentConfig
from training.contract.stream import EventWriter, spool_path
from training.engine.judge_desk import RunningJudge, start_judge
from training.engine.overrides import Device, EnginePaths, compose, judge_name
from training.engine.session import Session
from training.engine.watch import Watch, lost_process

PATIENCE_SECONDS: dict[Device, float] = {"cpu": 30 * 60, "cuda": 3 * 60 * 60}
"""Without progress (a step, a checkpoint) for this long, a run is given up."""

_ROOT = Path(__file__).resolve().parents[2]


def train(
    config: ExperimentConfig,
    *,
    model_dir: Path,
    tasks_file: Path,
    run_dir: Path,
    attempt: int,
    resume_from: Path | None,
    policy: Path | None = None,
    patience: float | None = None,
) -> int:
    """Train with verl's GRPO on the tasks of `tasks_file`; events go to the attempt's spool.

    Must be called in the main thread of a process of its own: it sets environment variables that
    verl reads when it is imported, and takes SIGTERM and SIGALRM while it runs.

    Args:
        config: the experiment.
        model_dir: Hugging Face folder of the start weights (after the cold start, where there is one).
        tasks_file: tasks.parquet, in training order.
        run_dir: the run folder; rollouts/ and checkpoints/ are written under it.
        attempt: number of this attempt, from 1.
        resume_from: a verified checkpoint folder of this run, or None to begin with `model_dir`.
        policy: folder of the policy's weights before a cold start: the judge where a local one names no
            model; by default `model_dir`.
        patience: seconds without progress after which the run is given up; by default by device.

    Returns:
        GRPO steps done, those before the checkpoint counted.

    Raises:
        ForesightError: the run cannot go on; `retryable` says whether another attempt can help.
        SystemExit: after SIGTERM. Ray and all its processes are gone by then.
    """
    device = pick_device(config)
    run_dir, model_dir, tasks_file = run_dir.resolve(), model_dir.resolve(), tasks_file.resolve()
    session = Session(
        config, run_dir, EventWriter(spool_path(run_dir, attempt)), resume_from and resume_from.resolve()
    )
    os.environ.update(environment(config, device))
    settings = compose(config, EnginePaths(model_dir, tasks_file, run_dir), device)
    judged = bool(judge_name(config, run_dir))
    # One request to a judge may take as long as its settings allow.
    patience = patience or PATIENCE_SECONDS[device] + (config.judge.timeout_seconds if judged else 0)
    with _ray(config, device), Watch(patience) as watch:
        judge = partial(
            start_judge, session, (policy or model_dir).resolve(), attempt, device, watch.progress
        )
        return _run(settings, session, watch, judge if judged else lambda: None)


def pick_device(config: ExperimentConfig) -> Device:
    """The device to run on: as set, or CUDA where there is one. Raises ForesightError without a GPU."""
    import torch

    wanted = config.resources.device
    if wanted == "cuda" and not torch.cuda.is_available():
        raise ForesightError(
            "There is no CUDA device on this machine.",
            field="resources.device",
            remedy="Set resources.device to cpu or auto, or run on a machine with a GPU.",
        )
    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return wanted


def environment(config: ExperimentConfig, device: Device) -> dict[str, str]:
    """Environment variables of the trainer and of every process Ray starts for it."""
    inherited = os.environ.get("PYTHONPATH", "")
    variables = {
        "PYTHONPATH": os.pathsep.join(part for part in (str(_ROOT), inherited) if part),
        "HF_HUB_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "VERL_USE_EXTERNAL_PLUGINS": "none",
        "TRANSFER_QUEUE_ENABLE": "1",
        "RAY_USAGE_STATS_ENABLED": "0",
        # Ray's ports are open to whoever reaches the machine; without its token they answer nobody.
        "RAY_AUTH_MODE": "token",
        # Workers of a trainer that was killed end with it. Ray's two agents outlive it by a minute or
        # more; whoever supervises the trainer ends what carries the run's environment.
        "RAY_kill_child_processes_on_worker_exit_with_raylet_subreaper": "true",
    }
    if device == "cpu":
        variables |= {
            "VERL_PLATFORM": "cpu",
            "VERL_USE_EXTERNAL_MODULES": "training.engine.cpu.platform",
            "OMP_NUM_THREADS": str(config.resources.threads),
            "TQ_NUM_THREADS": str(config.resources.threads),
            # Threads that wait for each other sleep soon: spinning, they take the cores from one
            # another as soon as anything else runs (ten times slower, seen with two jobs on two cores).
            "OMP_WAIT_POLICY": "PASSIVE",
            "GOMP_SPINCOUNT": "1000",
            "GLOO_SOCKET_IFNAME": "lo",
        }
    return variables


def _run(
    settings: DictConfig, session: Session, watch: Watch, judge: Callable[[], RunningJudge | None]
) -> int:
    """Start the judge, where there is one, and verl's workers; train, and close verl's queue."""
    import ray
    import transfer_queue
    from verl.trainer.ppo.utils import need_critic, need_reference_policy
    from verl.trainer.ppo.v1 import AgentLoopManagerTQ
    from verl.utils.config import validate_config

    from training.engine.trainer import ForesightTrainer

    validate_config(settings, need_reference_policy(settings), need_critic(settings))
    settings.transfer_queue.enable = True
    OmegaConf.resolve(settings)
    try:
        with _stage(session, "engine"):
            transfer_queue.init(settings.transfer_queue)
            trainer = ForesightTrainer(settings, session, watch, judge())
            trainer.init()  # type: ignore[no-untyped-call]
            rollouts = AgentLoopManagerTQ.create(
                config=settings,
                llm_client=trainer.get_llm_client(),
                teacher_client=None,
                reward_loop_worker_handles=trainer.get_reward_handles(),
            )
            ray.get([worker.__ray_ready__.remote() for worker in rollouts.agent_loop_workers])
        with _stage(session, "train"):
            trainer.fit(rollouts)
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, ForesightError):
            raise error.cause from error
        raise
    except ray.exceptions.RayError as error:
        raise lost_process(error) from error
    return min(int(trainer.global_steps) - 1, session.config.optimisation.steps)


@contextmanager
def _stage(session: Session, stage: Any) -> Iterator[None]:
    session.emit(StageChanged(stage=stage, status="started"))
    started = time.monotonic()
    yield
    session.emit(StageChanged(stage=stage, status="finished", seconds=time.monotonic() - started))


@contextmanager
def _ray(config: ExperimentConfig, device: Device) -> Iterator[None]:
    """A Ray of this run's own on this machine, or the cluster's where the run spans several.

    Its folder has a short path: the sockets in it may not exceed 107 characters.
    """
    import psutil
    import ray

    before = set(psutil.Process().children(recursive=True))
    folder = tempfile.mkdtemp(prefix="fs-", dir="/tmp")
    try:
        ray.init(**ray_options(config, device, folder))
        yield
    finally:
        ray.shutdown()
        _end(set(psutil.Process().children(recursive=True)) - before)
        shutil.rmtree(folder, ignore_errors=True)


def ray_options(config: ExperimentConfig, device: Device, folder: str) -> dict[str, Any]:
    """Arguments of ray.init for this run; `folder` is where a Ray of its own keeps its files."""
    if config.resources.nodes > 1:
        return {"address": "auto", "runtime_env": _runtime_env()}
    own = {
        "address": "local",
        "_temp_dir": folder,
        "_node_ip_address": "127.0.0.1",
        "include_dashboard": False,
    }
    if device == "cuda":
        return own | {"runtime_env": _runtime_env()}
    # Logical resources: verl asks for a CPU per actor and, on every platform, for a "GPU" per device.
    return own | {"num_cpus": 16, "num_gpus": config.resources.gpus_per_node}


def _runtime_env() -> dict[str, Any]:
    from verl.trainer.constants_ppo import get_ppo_ray_runtime_env

    environment_of_verl: dict[str, Any] = get_ppo_ray_runtime_env()  # type: ignore[no-untyped-call]
    return environment_of_verl


def _end(processes: set[Any], grace: float = 5.0) -> None:
    """Wait for processes of ours to end, then kill those that did not."""
    import psutil

    _, alive = psutil.wait_procs(processes, timeout=grace)
    for process in alive:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(alive, timeout=grace)
