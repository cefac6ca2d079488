"""Made groups of rollouts: invented answers to invented contexts, judged by the real reward.

No model wrote any of this. It stands for what a small model answers, and holds every class of
miss that the prefix ruler names.
"""

from __future__ import annotations

import base64
import random
import re
from dataclasses import dataclass
from pathlib import Path

import zstandard

from training.contract.events import GroupRef, RolloutsWritten
from training.contract.rollout_file import GroupRecord, RolloutRecord, rollout_file
from training.rewards.registry import score_response

END = "<|im_end|>"


@dataclass(frozen=True)
class MadeContext:
    context: str
    tokens: tuple[bytes, ...]  # of the truth
    answers: tuple[str, ...]  # what the made responses hold in their box

    @property
    def truth(self) -> bytes:
        return b"".join(self.tokens)

    @property
    def boundaries(self) -> tuple[int, ...]:
        ends = [0]
        for token in self.tokens:
            ends.append(ends[-1] + len(token))
        return tuple(ends[1:])


CONTEXTS = (
    MadeContext(
        "A function definition does not execute the function body; this gets run only when the function is",
        (b" called", b".", b" [", b"4", b"]"),
        (" called", " cal", "called", " called with", " defined", " executed", " c"),
    ),
    MadeContext(
        "Names refer to objects. Names are introduced by name binding",
        (b" operations", b".", b"\n", b"\n", b"The"),
        (" operations", " operations.", " operation", " Operations", " rules", ". Each", " operations and"),
    ),
    MadeContext(
        "The mass of the proton is approximately",
        (b" ", b"1", b".", b"6", b"7", b"2", b"6", b" \xc3\x97", b" 10"),
        (" 1.672", " 1.67", "1.6726", " 1.6726 x10", " 9.1", " 1.6726 ×", " 1.6726 \u00d7 10 kilograms"),
    ),
    MadeContext(
        "Ein Beispiel aus dem Handbuch: die Länge der Zeichenkette ist gr",
        (b"\xc3\xb6", b"\xc3\x9f", b"er", b" als", b" null"),
        ("öß", "ößer", "osser", "ö", "ößer wie", "ueber", "Größe"),
    ),
    MadeContext(
        "If the dictionary is empty, calling popitem() raises a",
        (b" Key", b"Error", b".", b" Changed", b" in"),
        (" KeyError", " Key", " keyerror", " ValueError", " KeyError;", "KeyError", " K"),
    ),
    MadeContext(
        "The expression list is evaluated once; it should yield an",
        (b" iterable", b" object", b".", b" An", b" iterator"),
        (" iterable", " iterable object", " iter", " object", " iterator", " it", " Iterable"),
    ),
)

THOUGHTS = (
    "The sentence is about {last}. The next word should follow from the grammar of the phrase.",
    "One token. After \u201c{last}\u201d the text most likely goes on with a noun. Wait, it may be a verb.",
    "Let me look at the end of the text: \u201c{last}\u201d. So the answer is short.",
)


def made_response(answer: str | None, thought: str) -> str:
    """A response that opens inside its thought; no box when there is no answer."""
    box = "I am not sure." if answer is None else f"\\boxed{{{answer}}}"
    return f"{thought}\n</think>\n{box}{END}"


def made_group(step: int, group: int, size: int, skill: float, dice: random.Random) -> GroupRecord:
    """One group of `size` rollouts; `skill` is the chance of the first, rewarded answer."""
    made = CONTEXTS[(step + group) % len(CONTEXTS)]
    rollouts = [_rollout(made, sample, skill, dice) for sample in range(size)]
    rewards = [rollout.reward for rollout in rollouts]
    mean = sum(rewards) / size
    std = (sum((r - mean) ** 2 for r in rewards) / (size - 1)) ** 0.5
    start = 200 + 37 * group
    return GroupRecord(
        step=step,
        group=group,
        document=group % 3,
        document_name=("Naming and binding", "Function definitions", "Manual")[group % 3],
        token_index=40 + group,
        byte_start=start,
        byte_end=start + len(made.tokens[0]),
        entropy=round(dice.uniform(0.6, 2.6), 3),
        context=made.context,
        prompt=f"<|im_start|>user\nWhat comes next?\n\n{made.context}{END}\n<|im_start|>assistant\n<think>",
        truth=made.truth.decode(),
        boundaries=made.boundaries,
        argmax=made.tokens[0].decode(errors="replace"),
        rollouts=tuple(
            rollout.model_copy(update={"advantage": (rollout.reward - mean) / (std + 1e-6)})
            for rollout in rollouts
        ),
    )


def _rollout(made: MadeContext, sample: int, skill: float, dice: random.Random) -> RolloutRecord:
    truncated = dice.random() < 0.06
    answer = None if dice.random() < 0.08 else made.answers[0]
    if answer is not None and dice.random() > skill:
        answer = dice.choice(made.answers[1:])
    thought = dice.choice(THOUGHTS).format(last=made.context.split()[-1])
    response = thought if truncated else made_response(answer, thought)
    reward = score_response(
        "prefix",
        response,
        truncated=truncated,
        think_prefilled=True,
        truth=made.truth,
        boundaries=made.boundaries,
        end_tokens=(END,),
    )
    texts = tuple(re.findall(r"<\|im_end\|>|\s*[^\s<]+|\s*<\W*\w*>?|\s+", response))
    prediction = reward.prediction
    return RolloutRecord(
        sample=sample,
        response=response,
        thought=reward.thought,
        prediction=None if prediction is None else prediction.decode("utf-8", "replace"),
        prediction_base64=None if prediction is None else base64.b64encode(prediction).decode(),
        reason=reward.reason,
        reward=reward.value,
        advantage=0.0,
        truncated=truncated,
        token_ids=tuple(range(len(texts))),
        token_texts=texts,
        logprobs=tuple(round(-dice.expovariate(1.2), 4) for _ in texts),
    )


def write_step(run_dir: Path, groups: list[GroupRecord]) -> RolloutsWritten:
    """Write a step's groups as training does and return the event that refers to them."""
    step = groups[0].step
    path = run_dir / rollout_file(step)
    path.parent.mkdir(parents=True, exist_ok=True)
    refs: list[GroupRef] = []
    with open(path, "wb") as file:
        for record in groups:
            frame = zstandard.ZstdCompressor().compress(record.model_dump_json().encode())
            refs.append(reference(record, file.tell(), len(frame)))
            file.write(frame)
    return RolloutsWritten(step=step, file=rollout_file(step), groups=tuple(refs))


def reference(record: GroupRecord, offset: int, length: int) -> GroupRef:
    """What the index says of a group whose frame lies at `offset`."""
    return GroupRef(
        group=record.group,
        kind=record.kind,
        offset=offset,
        length=length,
        document=record.document,
        byte_start=record.byte_start,
        entropy=record.entropy,
        context_tail=record.context[-120:],
        truth=record.truth[:60],
        rewards=tuple(r.reward for r in record.rollouts),
        advantages=tuple(r.advantage for r in record.rollouts),
        reasons=tuple(r.reason for r in record.rollouts),
        lengths=tuple(len(r.token_ids) for r in record.rollouts),
    )
