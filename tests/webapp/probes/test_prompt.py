"""The exact prompt on the form: the command that makes it, and what a failure says."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.webapp.corpora.made_scan import made_corpus
from tests.webapp.experiments.posted import posted
from training.contract.experiment import load_yaml
from training.contract.prompt_preview import PromptPreview
from webapp.probes.services import prompt as service

PREVIEW = PromptPreview(
    prompt="<|im_start|>user\nBox: <b>\n\n  One é<|im_end|>\n", tokens=19, max_tokens=128, context_tokens=3,
    context_is_cut=True, think_prefilled=True, next_token=" two", document=0, document_name="made.txt",
    byte_start=6, number=4, entropy=1.25, model="m", template="short", problems=("Look at this.",),
)  # fmt: skip
Answer = Callable[..., list[list[str]]]


@pytest.fixture
def answer(home: Path, monkeypatch: pytest.MonkeyPatch) -> Answer:
    """The model is there. Let the command end in a chosen way; what it is called with is kept."""
    (home / "models" / "smollm2-135m-instruct").mkdir(parents=True)

    def prepare(code: int, stdout: str = "", stderr: str = "") -> list[list[str]]:
        calls: list[list[str]] = []

        def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
            assert options["timeout"] == service.TIME_LIMIT
            calls.append([*command, Path(command[command.index("--config") + 1]).read_text()])
            if code == 124:
                raise subprocess.TimeoutExpired(command, options["timeout"])
            return subprocess.CompletedProcess(command, code, stdout, stderr)

        monkeypatch.setattr(subprocess, "run", run)
        return calls

    return prepare


def test_prompt_is_shown_with_its_whitespace_and_tokens(
    home: Path, user: Any, client_signed_in: Client, answer: Answer
) -> None:
    calls = answer(0, PREVIEW.model_dump_json())
    corpus = made_corpus(home, user)
    data = posted(corpus, method__horizon="4") | {"prompt_position": "4"}
    page = client_signed_in.post("/probes/prompt/", data).content.decode()
    assert (
        '<pre id="exact-prompt" tabindex="0">\n'
        "&lt;|im_start|&gt;user\nBox: &lt;b&gt;\n\n  One é&lt;|im_end|&gt;\n</pre>" in page
    )
    assert "<strong>19</strong> of 128 tokens" in page
    assert '<code class="token"> two</code>' in page and "Look at this." in page
    (call,) = calls
    assert call[2:4] == ["training", "prompt"] and call[call.index("--position") + 1] == "4"
    sent = load_yaml(call[-1])
    assert (sent.data.corpus, sent.rpt.horizon) == (corpus.training_source, 4)


def test_prompt_of_a_segment_names_its_kind_and_the_segment(
    home: Path, user: Any, client_signed_in: Client, answer: Answer
) -> None:
    of_segment = PREVIEW.model_copy(update={"kind": "msr", "answer": "So <x> is 2. ", "next_token": ""})
    answer(0, of_segment.model_dump_json())
    data = posted(made_corpus(home, user), "rlpt-demo-cpu")
    page = client_signed_in.post("/probes/prompt/", data).content.decode()
    assert "MSR task" in page
    assert 'The segment asked for is <code class="token">So &lt;x&gt; is 2. </code>' in page
    assert "next token" not in page


@pytest.mark.parametrize(
    ("ending", "said"),
    [
        ((2, "", "error: position: There are only 3 positions. Ask below 3."), "There are only 3 positions."),
        ((1, "", "Traceback\nMemoryError"), "The prompt could not be made (code 1). MemoryError"),
        ((124,), "took longer than 60 seconds"),
    ],
)  # fmt: skip
def test_prompt_that_cannot_be_made_says_why(
    home: Path, user: Any, client_signed_in: Client, answer: Answer, ending: tuple[Any, ...], said: str
) -> None:
    answer(*ending)
    page = client_signed_in.post("/probes/prompt/", posted(made_corpus(home, user))).content.decode()
    assert said in page and "exact-prompt" not in page


def test_prompt_of_settings_with_errors_starts_nothing(
    home: Path, user: Any, client_signed_in: Client, answer: Answer
) -> None:
    calls = answer(0, PREVIEW.model_dump_json())
    data = posted(made_corpus(home, user), sampling__group_size="1")
    page = client_signed_in.post("/probes/prompt/", data).content.decode()
    assert "The settings do not make an experiment yet." in page
    assert calls == []


def test_prompt_of_a_model_that_is_not_here_is_not_waited_for(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    page = client_signed_in.post("/probes/prompt/", posted(made_corpus(home, user))).content.decode()
    assert "smollm2-135m-instruct is not on this machine yet" in page
