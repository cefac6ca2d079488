"""A made document of many tokens with a finished scan, and a run that asked some of its positions."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.webapp.corpora.made_scan import made_corpus, made_scan
from tests.webapp.made_rollouts import END
from tests.webapp.made_run import MadeRun, make_bare_run, write_groups
from training.contract.rollout_file import GroupRecord, RolloutRecord
from webapp.corpora.models import Corpus, Scan
from webapp.runs.models import Run

PROSE = (
    "the of a is in we let and that for x n then this with be hence which prime sum are by it set "
    "number such all have integer proof function every there exists divides equation solution suppose "
    "therefore positive because triangle angle since point line circle at most least modulo"
)
WINDOW = 1024
TOP = 16


def long_tokens(count: int, seed: int = 5) -> list[str]:
    """Words of prose with punctuation, paragraphs of 40 to 120 tokens; the first has no space before it."""
    dice = random.Random(seed)
    words = PROSE.split()
    tokens = ["Once"]
    left = dice.randint(40, 120)
    while len(tokens) < count:
        left -= 1
        if left == 0:
            tokens += [".", "\n\n", dice.choice(words).capitalize()]
            left = dice.randint(40, 120)
        else:
            odd = dice.choice((",", f" {dice.randint(1, 99)}"))
            tokens.append(odd if dice.random() < 0.1 else f" {dice.choice(words)}")
    return tokens[:count]


def made_long_scan(home: Path, owner: Any, tokens: list[str], name: str = "A long document") -> Scan:
    """A corpus of one document of these tokens, scanned in windows of WINDOW tokens."""
    corpus = made_corpus(home, owner, "".join(tokens), name)
    scan = made_scan(home, corpus, min_context=16)
    rows, histogram = _rows(tokens), [0] * 278
    for row in rows:
        histogram[math.floor(row["entropy"] * 100)] += 1
    file = Path(scan.positions_file)
    pq.write_table(pa.Table.from_pylist(rows), file, row_group_size=64_000)
    vocabulary = {number: word for word, number in _vocabulary(tokens).items()}
    (file.parent / "vocabulary.json").write_text(json.dumps(vocabulary), encoding="utf-8")
    summary = {
        "tokens": len(tokens), "positions": len(rows), "positions_per_document": {"0": len(rows)},
        "histogram": histogram, "highest_entropy": max(row["entropy"] for row in rows),
    }  # fmt: skip
    scan.summary |= summary
    scan.settings |= {"window": WINDOW, "window_overlap": 256}
    scan.save()
    return scan


def _vocabulary(tokens: list[str]) -> dict[str, int]:
    return {word: number for number, word in enumerate(sorted(set(tokens)))}


def _rows(tokens: list[str]) -> list[dict[str, Any]]:
    dice = random.Random(7)
    ids = _vocabulary(tokens)
    rows, start = [], len(tokens[0].encode())
    for index in range(1, len(tokens)):
        end = start + len(tokens[index].encode())
        rank = min(TOP - 1, int(dice.expovariate(0.8)))
        others = [number for number in dice.sample(range(len(ids)), TOP) if number != ids[tokens[index]]][
            : TOP - 1
        ]
        begins = index == 1 or (index > WINDOW and (index - WINDOW) % (WINDOW - 256) == 0)
        rows.append(
            {
                "document": 0, "index": index, "byte_start": start, "byte_end": end,
                "token_id": ids[tokens[index]], "context_tokens": index if index < WINDOW else 256,
                "window_start": begins, "inside_character": False,
                "entropy": min(2.77, abs(dice.gauss(0.9, 0.8))), "truth_logprob": -0.7 * (rank + 1),
                "truth_rank": rank, "argmax_id": others[0],
                "top_ids": [*others[:rank], ids[tokens[index]], *others[rank:]],
                "top_logprobs": [-0.7 * (place + 1) for place in range(len(others) + 1)],
            }
        )  # fmt: skip
        start = end
    return rows


def made_asked_run(
    corpus: Corpus, tokens: list[str], steps: int = 20, contexts: int = 8, reach: int = 0
) -> Run:
    """A run that asked `contexts` positions of the corpus in each step, among the first `reach` tokens. All are
    wrong in the first step and right in the last; both ask position 40."""
    dice = random.Random(3)
    run = make_bare_run(corpus.owner, MadeRun(f"made on {corpus.name}", steps=steps, steps_asked=steps))
    starts = [0]
    for token in tokens:
        starts.append(starts[-1] + len(token.encode()))
    for step in range(1, steps + 1):
        places = [40] if step in (1, steps) else []
        places += dice.sample(range(41, reach or len(tokens) - 20), contexts - len(places))
        skill = (step - 1) / (steps - 1)
        groups = [
            _group(tokens, starts, step, number, place, skill, dice) for number, place in enumerate(places)
        ]
        write_groups(run, 1, groups)
    Run.objects.filter(pk=run.pk).update(corpus=corpus, step=steps)
    run.refresh_from_db()
    return run


def _group(
    tokens: list[str], starts: list[int], step: int, group: int, place: int, skill: float, dice: random.Random
) -> GroupRecord:
    truth = tokens[place : place + 8]
    answers = [truth[0] if dice.random() < skill else " wrong" for _ in range(8)]
    rollouts = tuple(
        RolloutRecord(
            sample=sample, response=f"So.</think>\\boxed{{{said}}}{END}", thought="So.", prediction=said,
            prediction_base64=None, reason="match" if said == truth[0] else "mismatch",
            reward=float(said == truth[0]), advantage=0.0, truncated=False, token_ids=(1,), token_texts=(said,),
            logprobs=(-0.5,),
        )
        for sample, said in enumerate(answers)
    )  # fmt: skip
    ends = [starts[place + one + 1] - starts[place] for one in range(len(truth))]
    return GroupRecord(
        step=step, group=group, document=0, document_name="made.txt", token_index=place,
        byte_start=starts[place], byte_end=starts[place + 1], entropy=1.0,
        context="".join(tokens[max(0, place - 30) : place]), prompt="What comes next?", truth="".join(truth),
        boundaries=tuple(ends), argmax=truth[0], rollouts=rollouts,
    )  # fmt: skip
