"""Instruction tuning (SFT): from a corpus of conversations to weights."""

from __future__ import annotations

from collections.abc import Sequence

from training.contract.errors import ForesightError
from training.contract.settings.answers import SftConfig
from training.corpus.conversations import ConversationFields, read_conversations
from training.corpus.split import split_documents
from training.models.token_bytes import load_tokenizer
from training.pipelines.attempt import Attempt
from training.records import Conversation
from training.stages import Teller
from training.tuning.chat import ChatTemplate, Rendered, render


def run_sft(attempt: Attempt) -> int:
    """Read, hold out, render and learn; returns the steps done.

    Raises ForesightError where a row, the chat template or a setting is at fault.
    """
    from training.tuning.train import TuningInput, train_tuning

    tell, method = attempt.tell, attempt.config.method
    assert isinstance(method, SftConfig)
    learnt, held_out = _read(attempt, method)
    attempt.remember([one.document for one in learnt])
    with tell.stage("tasks") as detail:
        template = ChatTemplate(load_tokenizer(attempt.policy))
        given = _render(learnt, template, method.max_tokens, tell)
        measured = _render(held_out, template, method.max_tokens, tell, "Held out: ") if held_out else None
        tokens = sum(len(one.ids) for one in given.sequences)
        answers = sum(one.count for one in given.sequences)
        detail(f"{len(given.examples)} conversations, {answers:,} of {tokens:,} tokens are learnt")
    with tell.stage("tuning"):
        return train_tuning(
            attempt.config,
            TuningInput(given.examples, measured.sequences if measured else ()),
            model_dir=attempt.policy,
            run_dir=attempt.run_dir,
            emit=tell.emit,
            resume_from=attempt.checkpoint,
        )


def _read(attempt: Attempt, method: SftConfig) -> tuple[tuple[Conversation, ...], tuple[Conversation, ...]]:
    """The conversations to learn, and those that are held out."""
    config, tell = attempt.config, attempt.tell
    with tell.stage("documents") as detail:
        fields = ConversationFields(method.messages_field, method.prompt_field, method.response_field)
        read = read_conversations(config.data, fields)
        learnt, held_out = split_documents(read.conversations, config.data.held_out_documents, config.seed)
        detail(f"{len(learnt)} conversations to train on, {len(held_out)} held out")
        for warning in read.report.warnings:
            tell.log(warning)
    return learnt, held_out


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
