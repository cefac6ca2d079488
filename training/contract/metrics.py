"""The catalogue of metrics: the one place where a metric's key, name, unit and formula stand.

Training emits these keys, pages draw tiles from them. verl's own keys pass through untouched and
are drawn among "all other metrics".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Metric:
    key: str
    label: str  # under 28 characters: it must not wrap on a tile
    unit: str
    formula: str  # what is counted and over what, in words or symbols
    healthy: Literal["up", "down", "steady", ""]  # which way is good
    tile: int  # order among the curated tiles; 0: not a tile
    baseline_of: str = ""  # drawn as a reference line on this metric's tile


_ALL = (
    Metric(
        "reward/mean", "Reward, mean", "", "mean over the step's rollouts of r (RPT Eq. 3, RLPT 3.2)", "up", 1
    ),
    Metric(
        "baseline/constant",
        "Best constant answer",
        "",
        "share of the step's contexts whose next token is the training positions' most common one: "
        "the reward of a model that ignores the context",
        "",
        0,
        baseline_of="reward/mean",
    ),
    Metric(
        "baseline/argmax",
        "Plain argmax, same weights",
        "",
        "share of the step's contexts whose next token is the argmax of the policy without any thought",
        "",
        0,
        baseline_of="reward/mean",
    ),
    Metric(
        "control/argmax",
        "Supervised control, argmax",
        "",
        "baseline/argmax of the run's supervised control at the same step: next-token training on the same "
        "documents, for the same compute, on the same contexts",
        "",
        0,
        baseline_of="reward/mean",
    ),
    Metric(
        "reward/asr",
        "Reward, next segment",
        "",
        "mean r over the rollouts of ASR tasks (RLPT 3.2)",
        "up",
        0,
        baseline_of="reward/mean",
    ),
    Metric(
        "reward/msr",
        "Reward, masked segment",
        "",
        "mean r over the rollouts of MSR tasks (RLPT 3.2)",
        "up",
        0,
        baseline_of="reward/mean",
    ),
    Metric(
        "format/share",
        "Answers in their form",
        "",
        "share of rollouts with a non-empty prediction after the thought: in a box, or in RLPT's tags",
        "up",
        2,
    ),
    Metric(
        "answers/same",
        "Most common answer",
        "",
        "share of the step's rollouts that give its most common answer; not measured with fewer than 3 contexts",
        "down",
        0,
    ),
    Metric("verdict/right", "Judged right", "", "share of rollouts that the judge gave 1", "up", 0),
    Metric("verdict/wrong", "Judged wrong", "", "share of rollouts that the judge gave 0", "", 0),
    Metric(
        "verdict/malformed",
        "Verdicts not readable",
        "",
        "share of rollouts whose verdict holds no line `Score: 0` or `Score: 1`; they earn 0",
        "down",
        0,
    ),
    Metric(
        "verdict/too_short",
        "Too short to judge",
        "",
        "share of rollouts whose prediction is under the minimum coverage of the target",
        "down",
        0,
    ),
    Metric(
        "verdict/copied",
        "Next segment copied",
        "",
        "share of rollouts that give back the segment shown after the gap",
        "down",
        0,
    ),
    Metric("judge/asked", "Judge asked", "pairs", "predictions of the step that went to the judge", "", 0),
    Metric("judge/cached", "Verdicts known before", "", "share of the asked pairs judged before", "", 0),
    Metric("judge/seconds", "Judging, per pair", "s", "mean time until a verdict that was not known", "", 0),
    Metric(
        "judge/retries",
        "Judge asked again",
        "requests",
        "requests of the step that failed and were made again",
        "down",
        0,
    ),
    Metric(
        "groups/effective",
        "Groups with signal",
        "",
        "share of the sampled groups whose rewards are not all equal",
        "up",
        3,
    ),
    Metric(
        "groups/all_zero",
        "Groups all wrong",
        "",
        "share of sampled groups in which every reward is 0",
        "down",
        0,
    ),
    Metric(
        "groups/all_one", "Groups all right", "", "share of sampled groups in which every reward is 1", "", 0
    ),
    Metric(
        "sampling/generated_groups",
        "Groups sampled",
        "groups",
        "groups sampled for the step, over all its generation batches",
        "steady",
        0,
    ),
    Metric(
        "sampling/dropped",
        "Groups dropped",
        "",
        "share of the sampled groups that dynamic sampling left out of the update: rewards all equal, or more "
        "than the batch holds",
        "down",
        0,
    ),
    Metric(
        "response/length",
        "Response length",
        "tokens",
        "mean tokens of a response, end token counted",
        "steady",
        4,
    ),
    Metric(
        "response/length_asr",
        "Length, next segment",
        "tokens",
        "mean tokens of a response to ASR tasks",
        "",
        0,
    ),
    Metric(
        "response/length_msr",
        "Length, masked segment",
        "tokens",
        "mean tokens of a response to MSR tasks",
        "",
        0,
    ),
    Metric("response/truncated", "Truncated", "", "share of rollouts stopped by the token limit", "down", 5),
    Metric(
        "policy/entropy",
        "Policy entropy",
        "nats",
        "mean entropy of the sampling distribution per token",
        "steady",
        6,
    ),
    Metric("update/grad_norm", "Gradient norm", "", "norm of the gradient before clipping", "steady", 7),
    Metric(
        "update/clip_fraction",
        "Clipped ratios",
        "",
        "share of tokens at which the clip cuts the gradient off",
        "down",
        0,
    ),
    Metric(
        "update/kl", "KL, rollout to update", "nats", "mean of old minus new log-prob, per token", "down", 8
    ),
    Metric("update/loss", "Policy loss", "", "GRPO surrogate loss of the update", "", 0),
    Metric("update/learning_rate", "Learning rate", "", "of the update just made", "", 0),
    Metric("time/step", "Step time", "s", "wall time of the whole step", "steady", 9),
    Metric("time/generate", "Generating", "s", "wall time of the rollouts", "", 0),
    Metric("time/logprob", "Log-probs", "s", "wall time of recomputing log-probs before the update", "", 0),
    Metric("time/update", "Updating", "s", "wall time of forward, backward and optimiser", "", 0),
    Metric("time/sync", "Weight sync", "s", "wall time of moving new weights to the rollout engine", "", 0),
    Metric("time/checkpoint", "Saving", "s", "wall time of writing a checkpoint in this step", "", 0),
    Metric(
        "throughput/tokens",
        "Throughput",
        "tokens/s",
        "prompt and response tokens of the step per second",
        "up",
        10,
    ),
    Metric(
        "eval/reasoning/easy",
        "Held-out accuracy, easy",
        "",
        "share of right answers after a thought, prefix rule, on held-out positions above 0.5 nats of the "
        "reference model's entropy",
        "up",
        12,
    ),
    Metric(
        "eval/reasoning/medium",
        "medium (above 1.0)",
        "",
        "as for easy, on positions above 1.0 nats",
        "up",
        0,
        baseline_of="eval/reasoning/easy",
    ),
    Metric(
        "eval/reasoning/hard",
        "hard (above 1.5)",
        "",
        "as for easy, on positions above 1.5 nats",
        "up",
        0,
        baseline_of="eval/reasoning/easy",
    ),
    Metric(
        "eval/standard/easy",
        "easy, without a thought",
        "",
        "share of the same positions at which the plain argmax is the next token",
        "up",
        0,
        baseline_of="eval/reasoning/easy",
    ),
    Metric("eval/standard/medium", "Plain accuracy, medium", "", "as for easy, above 1.0 nats", "up", 0),
    Metric("eval/standard/hard", "Plain accuracy, hard", "", "as for easy, above 1.5 nats", "up", 0),
    Metric(
        "eval/segments/asr",
        "Held-out Pass@1, ASR",
        "",
        "share of responses to held-out ASR tasks that the judge gives 1, under the run's rule",
        "up",
        13,
    ),
    Metric(
        "eval/segments/msr",
        "Held-out Pass@1, MSR",
        "",
        "as for ASR, on held-out MSR tasks",
        "up",
        0,
        baseline_of="eval/segments/asr",
    ),
    Metric(
        "eval/answers/pass_1",
        "Held-out problems, Pass@1",
        "",
        "share of responses to held-out problems whose answer Math-Verify accepts",
        "up",
        14,
    ),
    Metric(
        "time/judge", "Judging", "s", "wall time of the step's verdicts, rollouts going on meanwhile", "", 0
    ),
    Metric("time/evaluate", "Evaluating", "s", "wall time of the evaluation after this step", "", 0),
    Metric(
        "compute/rollout_tokens",
        "Tokens sampled",
        "tokens",
        "T_rollout of the step: prompt and response tokens of its rollouts",
        "",
        0,
    ),
    Metric(
        "compute/train_tokens",
        "Tokens trained on",
        "tokens",
        "T_train of the step: prompt and response tokens of the rollouts in its update",
        "",
        0,
    ),
    Metric(
        "compute/flops",
        "Compute",
        "FLOPs",
        "of the step: 2 N T_rollout + 6 N T_train, N the model's parameters; summed over the steps it is C of "
        "the scaling law",
        "",
        0,
    ),
    Metric("control/loss", "Next-token loss", "nats", "mean token loss of the step's sequences", "down", 0),
    Metric("cold_start/loss", "Cold start loss", "nats", "mean token loss on the format examples", "down", 0),
    Metric(
        "sft/loss",
        "Loss on the answers",
        "nats",
        "mean loss over the assistants' tokens of the step",
        "down",
        15,
    ),
    Metric(
        "sft/held_out_loss",
        "Held-out loss",
        "nats",
        "mean loss over the assistants' tokens of held-out conversations",
        "down",
        0,
        baseline_of="sft/loss",
    ),
    Metric(
        "host/cpu",
        "Host use, processor",
        "",
        "share of the time of all processor cores that was not idle during the step, on the machine of the trainer",
        "",
        11,
    ),
    Metric(
        "host/memory",
        "memory",
        "",
        "share of the machine's memory in use at the end of the step",
        "down",
        0,
        baseline_of="host/cpu",
    ),
    Metric(
        "host/gpu",
        "GPU",
        "",
        "share of the time that a kernel ran, mean over the machine's GPUs and the step's looks at them",
        "up",
        0,
        baseline_of="host/cpu",
    ),
    Metric(
        "host/gpu_memory",
        "GPU memory",
        "",
        "share of the memory in use of the fullest GPU, highest of the step",
        "",
        0,
        baseline_of="host/cpu",
    ),
    Metric("host/disk_free", "Disk free", "GiB", "free space of the run folder's disk", "", 0),
)

CATALOGUE: dict[str, Metric] = {metric.key: metric for metric in _ALL}
TILES: tuple[Metric, ...] = tuple(sorted((m for m in _ALL if m.tile), key=lambda m: m.tile))


def baselines_of(key: str) -> tuple[Metric, ...]:
    """The reference lines of a tile, in catalogue order."""
    return tuple(metric for metric in _ALL if metric.baseline_of == key)
