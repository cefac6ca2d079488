"""The stages of next-segment reasoning before GRPO, each a named call that tells the world how it goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from training.contract.errors import ForesightError
from training.contract.events import LogLine
from training.contract.experiment import ExperimentConfig
from training.contract.settings.segments import RlptConfig
from training.models.catalogue import foresight_home
from training.models.token_bytes import EncodedDocument, TokenBytes, load_tokenizer
from training.records import Document, SegmentedDocument, SegmentTask
from training.stages import Teller, encode_documents, teach
from training.supervised.labelled import Labelled

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

    from training.prompts.segment_draw import Target


@dataclass(frozen=True, slots=True)
class SegmentMaterial:
    """Documents in segments, and what can be asked of them."""

    cuts: dict[int, SegmentedDocument]  # by Document.index
    encoded: dict[int, EncodedDocument]  # the same documents in the policy's tokens
    targets: tuple[Target, ...]  # segments that may be predicted
    tokenizer: PreTrainedTokenizerFast


def gather_segments(
    config: ExperimentConfig, documents: tuple[Document, ...], policy: Path, tell: Teller
) -> SegmentMaterial:
    """Cut the documents into segments and find those that can be predicted."""
    from training.segments.cut import targets
    from training.segments.run import segment_documents

    with tell.stage("segments") as detail:
        found = segment_documents(
            documents,
            config,
            policy,
            foresight_home(),
            lambda done, total: tell.progress("segments", done, total, "documents"),
        )
        for sentence in found.warnings:
            tell.log(sentence, "warning")
        detail(found.words)
    tokenizer = load_tokenizer(policy)
    encoded = encode_documents(documents, tokenizer, TokenBytes(tokenizer), tell)
    cuts = {cut.document.index: cut for cut in found.cuts if cut.document.index in encoded}
    usable = [
        (index, place) for index, cut in sorted(cuts.items()) for place in targets(cut, config.segments)
    ]
    return SegmentMaterial(cuts, encoded, tuple(usable), tokenizer)


def write_segment_tasks(
    config: ExperimentConfig, method: RlptConfig, material: SegmentMaterial, path: Path, tell: Teller
) -> tuple[SegmentTask, ...]:
    """Write the tasks of the whole run in training order."""
    from training.prompts.task_file import write_tasks

    step = config.optimisation.contexts_per_step
    with tell.stage("tasks") as detail:
        tasks = draw_segment_tasks(
            config, method, material, method.asr_share, config.optimisation.steps * step
        )
        if len(tasks) < step:
            raise ForesightError(
                f"Only {len(tasks)} tasks can be made of the {len(material.targets)} segments that may be "
                f"predicted, and one step takes {step}.",
                field="optimisation.contexts_per_step",
                remedy="Lower it or segments.min_characters, raise segments.max_context, or give more documents.",
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        write_tasks(path, tasks)
        distinct = len({(task.document, task.index) for task in tasks})
        asr = sum(task.kind == "asr" for task in tasks)
        detail(f"{asr} ASR and {len(tasks) - asr} MSR tasks of {distinct} segments")
    return tasks


def write_held_out_segments(
    config: ExperimentConfig, method: RlptConfig, policy: Path, path: Path, tell: Teller
) -> None:
    """Write the tasks the run is evaluated on: as many of each kind as the other, of held-out documents.

    The same experiment gives the same tasks under every rule and judge. A run of one kind alone is
    evaluated on that kind.
    """
    from training.held_out import held_out_documents
    from training.prompts.task_file import write_tasks

    # The run's own stages are over or to come: of this only what people should read is told.
    quiet = Teller(lambda event: tell.emit(event) if isinstance(event, LogLine) else None)
    material = gather_segments(config, held_out_documents(config), policy, quiet)
    share = method.asr_share if method.asr_share in (0.0, 1.0) else 0.5
    wanted = min(config.evaluation.positions, len(material.targets))
    tasks = draw_segment_tasks(config, method, material, share, wanted)
    if not tasks:
        raise ForesightError(
            "No segment of the held-out documents can be asked.",
            field="data.held_out_documents",
            remedy="Hold out more documents, or longer ones.",
        )
    tell.log(
        f"{len(tasks)} held-out segments of {len({task.document for task in tasks})} documents to evaluate on"
    )
    write_tasks(path, tasks)


def teach_segment_format(
    config: ExperimentConfig,
    method: RlptConfig,
    material: SegmentMaterial,
    tasks: Sequence[SegmentTask],
    policy: Path,
    weights: Path,
    tell: Teller,
) -> None:
    """Teach the form of RLPT's answers on segments that GRPO does not ask, where the experiment wants it."""
    from training.cold_start.segment_examples import make_segment_examples
    from training.prompts.segment_tasks import SegmentTaskBuilder

    def own_examples() -> tuple[Labelled, ...]:
        taken = {(task.document, task.index) for task in tasks}
        return make_segment_examples(
            SegmentTaskBuilder(material.tokenizer, config, method),
            material.tokenizer,
            material.cuts,
            material.encoded,
            [target for target in material.targets if target not in taken],
            asr_share=method.asr_share,
            count=config.cold_start.steps * config.cold_start.batch_size,
            max_response_tokens=config.sampling.max_response_tokens,
            seed=config.seed,
        )

    teach(config, policy, weights, own_examples, tell)


def draw_segment_tasks(
    config: ExperimentConfig, method: RlptConfig, material: SegmentMaterial, asr_share: float, wanted: int
) -> tuple[SegmentTask, ...]:
    """The first `wanted` tasks in training order; fewer where no more can be asked."""
    from training.prompts.segment_draw import endless_tasks
    from training.prompts.segment_tasks import SegmentTaskBuilder

    drawn = endless_tasks(
        SegmentTaskBuilder(material.tokenizer, config, method),
        material.cuts,
        material.encoded,
        material.targets,
        asr_share=asr_share,
        seed=config.seed,
    )
    return tuple(islice(drawn, wanted))
