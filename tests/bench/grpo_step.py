"""Seconds per GRPO step on the CPU: Foresight (verl) beside TRL, one after the other in one run.

4 contexts x 8 samples x at most 32 tokens with the embedded model: Foresight in the precision it takes by
itself and in float32, TRL in float32. Prints a Markdown table with medians over the steps after the
first, and the ratios. `make bench` runs it. An untaught model earns nothing, so that no group has a
gradient; `--start-from CHECKPOINT` measures weights that do (a checkpoint of the demo run).
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from training.contract.events import Metrics
from training.contract.experiment import ExperimentConfig, dump_yaml
from training.contract.presets import preset
from training.contract.stream import read_after, spool_path

PARTS = ("step", "generate", "logprob", "update", "sync")


def bench_config(steps: int, precision: str, start_from: str) -> ExperimentConfig:
    """The demo's settings with the batch that the figure is defined for, and nothing that a peer lacks."""
    data = preset("demo-cpu").model_dump()
    data["name"] = "bench-grpo-step"
    data["data"]["max_documents"] = 8
    data["cold_start"]["steps"] = 0
    data["optimisation"].update(steps=steps, contexts_per_step=4, mini_batch_contexts=4)
    data["evaluation"]["baselines"] = False
    data["checkpoints"]["every"] = 0
    data["resources"]["precision"] = precision
    data["model"]["start_from"] = start_from
    return ExperimentConfig.model_validate(data)


def foresight_steps(config: ExperimentConfig, folder: Path, env: dict[str, str]) -> dict[str, object]:
    (folder / "experiment.yaml").write_text(dump_yaml(config))
    command = [sys.executable, "-m", "training", "run", "--config", str(folder / "experiment.yaml")]
    subprocess.run([*command, "--run-dir", str(folder)], env=env, check=True, stdout=subprocess.DEVNULL)
    metrics = [e.event for e in read_after(spool_path(folder, 1)) if isinstance(e.event, Metrics)]
    rows = [m.values for m in metrics if m.step >= 1 and m.values.get("time/step") is not None]
    steps = [{part: row.get(f"time/{part}") or 0.0 for part in PARTS} for row in rows]
    lengths = [row["response/length"] or 0.0 for row in rows]
    return {"steps": steps, "mean_length": statistics.mean(lengths)}


def trl_steps(folder: Path, model: Path, env: dict[str, str]) -> dict[str, object]:
    command = [sys.executable, "-m", "tests.bench.trl_steps", "--experiment", str(folder / "experiment.yaml")]
    command += [
        "--tasks",
        str(folder / "work" / "tasks.parquet"),
        "--model",
        str(model),
        "--out",
        str(folder / "trl"),
    ]
    out = subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(out.stdout.splitlines()[-1])


def medians(result: dict[str, object]) -> dict[str, float]:
    """Median seconds of each part over the steps after the first, and what no part names."""
    steps = result["steps"][1:]  # type: ignore[index]
    found = {part: statistics.median(step.get(part, 0.0) for step in steps) for part in PARTS}
    found["rest"] = found["step"] - sum(found[part] for part in PARTS[1:])
    found["tokens"] = float(result["mean_length"])  # type: ignore[arg-type]
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--start-from", type=Path, default="", metavar="CHECKPOINT", help="a checkpoint's folder"
    )
    options = parser.parse_args()
    env = {
        **os.environ,
        "OMP_NUM_THREADS": str(options.threads),
        "HF_HUB_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }
    home = Path(os.environ.get("FORESIGHT_HOME", "var")).resolve()
    start = options.start_from and str(options.start_from.resolve())
    model = Path(start) / "model" if start else home / "models" / "smollm2-135m-instruct"
    rows: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory(prefix="fs-bench-") as root:
        for precision in ("auto", "float32"):
            folder = Path(root) / precision
            folder.mkdir()
            steps = foresight_steps(bench_config(options.steps, precision, start), folder, env)
            rows[f"Foresight (verl 0.9.1), {precision}"] = medians(steps)
        rows["TRL 1.16.0, float32"] = peer = medians(trl_steps(folder, model, env))
    print(
        "| seconds, median | step | generate | log-probs | update | weight sync | rest | mean tokens | step / TRL's |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for name, row in rows.items():
        cells = [f"{row[part]:.2f}" for part in (*PARTS, "rest")] + [f"{row['tokens']:.1f}"]
        print(f"| {name} | " + " | ".join(cells) + f" | {row['step'] / peer['step']:.2f} |")


if __name__ == "__main__":
    main()
