"""An instruction tuning run, from a corpus of conversations to weights: its stages, told to the world."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from training.contract.errors import ForesightError
from training.contract.experiment import ExperimentConfig
from training.contract.settings.answers import SftConfig
from training.corpus.conversations import ConversationFields, read_conversations
from training.corpus.split import split_documents
from training.models.token_bytes import load_tokenizer
from training.records import Conversation, Document
from training.stages import Teller
from training.tuning.chat import ChatTemplate, Rendered, render
from training.tuning.train import TuningInput, train_tuning


def tune(
    config: ExperimentConfig,
    method: SftConfig,
    policy: Path,
    run_dir: Path,
    checkpoint: Path | None,
    remember: Callable[[tuple[Document, ...]], object],
    tell: Teller,
) -> int:
    """Read, hold out, render and learn; returns the steps done.

    Args:
        config: the experiment.
        method: its method.
        policy: the start weights.
        run_dir: the run folder.
        checkpoint: to go on from, or None.
        remember: is given the conversations that are trained on, as texts.
        tell: of stages, metrics and progress.

    Raises:
        ForesightError: a row, the chat template or a setting is at fault.
    """
    with tell.stage("documents") as detail:
        fields = ConversationFields(method.messages_field, method.prompt_field, method.response_field)
        read = read_conversations(config.data, fields)
        learnt, held_out = split_documents(read.conversations, config.data.held_out_documents, config.seed)
        detail(f"{len(learnt)} conversations to train on, {len(held_out)} held out")
        for warning in read.report.warnings:
            tell.log(warning)
    remember(tuple(one.document for one in learnt))
    with tell.stage("tasks") as detail:
        template = ChatTemplate(load_tokenizer(policy))
        given = _render(learnt, template, method.max_tokens, tell)
        measured = _render(held_out, template, method.max_tokens, tell, "Held out: ") if held_out else None
        tokens = sum(len(one.ids) for one in given.sequences)
        answers = sum(one.count for one in given.sequences)
        detail(f"{len(given.examples)} conversations, {answers:,} of {tokens:,} tokens are learnt")
    with tell.stage("tuning"):
        return train_tuning(
            config,
            TuningInput(given.examples, measured.sequences if measured else ()),
            model_dir=policy,
            run_dir=run_dir,
            emit=tell.emit,
            resume_from=checkpoint,
        )


def _render(
    conversations: Sequence[Conversation], template: ChatTemplate, longest: int, tell: Teller, what: str = ""
) -> Rendered:
    """As tokens; says what was left out, in sentences that begin with `what`.

    Raises ForesightError where nothing is left.
    """
    total = len(conversations)
    found = render(
        conversations,
        template,
        longest,
        lambda done: tell.progress("tasks", done, total, "conversations"),
    )
    for sentence in found.left_out:
        tell.log(f"{what}{sentence}", "warning")
    if not found.examples:
        raise ForesightError(
            f"{what}None of the {total} conversations is left: {found.too_long} have more than {longest} tokens.",
            field="method.max_tokens",
            remedy="Raise it, or use other conversations.",
        )
    return found
