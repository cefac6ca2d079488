"""Cuts documents as an experiment's settings say: a person's boundaries first, then the splitter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from training.contract.boundaries_file import read_boundaries, text_sha256
from training.contract.errors import ForesightError
from training.contract.experiment import ExperimentConfig
from training.models.catalogue import resolve_model
from training.records import Document, SegmentedDocument
from training.segments.cache import OnProgress, split_documents
from training.segments.cut import cut_at
from training.segments.marker import EndpointMarker, LocalMarker
from training.segments.splitter import SentenceSplitter, Splitter, SplitText
from training.segments.steps import StepSplitter


@dataclass(frozen=True, slots=True)
class Cut:
    """Documents in segments, and how they came about."""

    cuts: tuple[SegmentedDocument, ...]  # in the documents' order
    splits: tuple[SplitText, ...]  # of the documents that no person adjusted
    adjusted: int  # documents cut where a person said
    strangers: int  # documents in the file of boundaries that are none of these

    @property
    def words(self) -> str:
        """What a stage says of it."""
        segments = sum(len(cut.segments) for cut in self.cuts)
        return (
            f"{segments} segments of {len(self.cuts)} documents, {self.adjusted} with adjusted boundaries"
            if self.adjusted
            else f"{segments} segments of {len(self.cuts)} documents"
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        said = []
        asked, refused = (sum(getattr(one, name) for one in self.splits) for name in ("asked", "refused"))
        if refused:
            said.append(
                f"The splitting model changed the text of {refused} of {asked} parts: they are cut into sentences."
            )
        if self.strangers and not self.adjusted:  # a part of a corpus never holds all of them
            said.append(
                f"None of the {self.strangers} documents with adjusted boundaries is among those that are cut."
            )
        return tuple(said)


def segment_documents(
    documents: Sequence[Document],
    config: ExperimentConfig,
    policy: Path,
    home: Path,
    on_progress: OnProgress,
) -> Cut:
    """Cut the documents; what was cut before is found again.

    Args:
        documents: of the corpus.
        config: the section segments says how; a model at the judge's endpoint may mark atomic steps.
        policy: folder of the policy's start weights: marks atomic steps where no other model is named.
        home: where models and caches lie.
        on_progress: hears how far it is.

    Raises:
        ForesightError: boundaries that do not fit, a splitting model that cannot be had.
    """
    by_hand: dict[str, tuple[int, ...]] = {}
    if config.segments.boundaries:
        by_hand = read_boundaries(Path(config.segments.boundaries)).documents
    hashes = {document.index: text_sha256(document.text) for document in documents}
    left = [document for document in documents if hashes[document.index] not in by_hand]
    splits = split_documents(left, open_splitter(config, policy, home), home, on_progress) if left else {}
    cuts = tuple(
        cut_at(document, splits[index].ends if index in splits else by_hand[hashes[index]])
        for document in documents
        for index in (document.index,)
    )
    return Cut(
        cuts,
        tuple(splits.values()),
        adjusted=len(documents) - len(left),
        strangers=len(by_hand.keys() - set(hashes.values())),
    )


def open_splitter(config: ExperimentConfig, policy: Path, home: Path) -> Splitter:
    """The splitter the settings name. A model is asked at the judge's endpoint where there is one and a name."""
    settings, judge = config.segments, config.judge
    if settings.splitter == "sentences":
        return SentenceSplitter()
    if judge.kind == "endpoint" and settings.splitter_model:
        return StepSplitter(EndpointMarker(judge, settings.splitter_model))
    folder = policy
    if settings.splitter_model:
        try:
            folder = resolve_model(settings.splitter_model, home / "models")
        except ForesightError as error:
            raise ForesightError(
                error.message, field="segments.splitter_model", remedy=error.remedy
            ) from error
    from training.engine.launch import pick_device

    return StepSplitter(LocalMarker(folder, pick_device(config), judge.max_concurrent))
