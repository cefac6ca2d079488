"""YAML: what the panel shows can be imported again; a bad file says where it is wrong."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.webapp.corpora.made_scan import made_corpus
from tests.webapp.experiments.posted import posted
from training.contract.experiment import dump_yaml, load_yaml
from training.contract.presets import preset


def shown_yaml(page: str) -> str:
    found = re.search(r'<pre id="yaml-text" tabindex="0">(.*?)</pre>', page, re.DOTALL)
    assert found
    return html.unescape(found.group(1))


def test_yaml_of_the_panel_imports_as_the_same_experiment(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    data = posted(made_corpus(home, user), name="tür", sampling__temperature="0.7", seed="3")
    shown = shown_yaml(client_signed_in.post("/experiments/check/", data).content.decode())
    assert (load_yaml(shown).name, load_yaml(shown).sampling.temperature) == ("tür", 0.7)
    page = client_signed_in.post(
        "/experiments/import/", {"base": "preset:demo-cpu", "yaml": shown}
    ).content.decode()
    assert load_yaml(shown_yaml(page)) == load_yaml(shown)
    assert "2 changed from demo-cpu" in page


def test_import_of_a_file_fills_the_form(home: Path, user: Any, client_signed_in: Client) -> None:
    made_corpus(home, user)
    file = SimpleUploadedFile("paper.yaml", dump_yaml(preset("rpt-paper")).encode())
    page = client_signed_in.post(
        "/experiments/import/", {"base": "preset:rpt-paper", "file": file}
    ).content.decode()
    assert 'value="deepseek-ai/DeepSeek-R1-Distill-Qwen-14B"' in page
    assert "Choose a corpus that has passed its check." in page  # omni_math.jsonl is not a corpus here


def test_import_of_bad_yaml_keeps_form_and_text(home: Path, user: Any, client_signed_in: Client) -> None:
    data = posted(made_corpus(home, user), name="kept name", yaml="seed: [1")
    answer = client_signed_in.post("/experiments/import/", data)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "The experiment file is not valid YAML" in page
    assert "seed: [1</textarea>" in page
    assert 'value="kept name"' in page


def test_import_of_wrong_setting_names_it(home: Path, user: Any, client_signed_in: Client) -> None:
    made_corpus(home, user)
    page = client_signed_in.post(
        "/experiments/import/", {"yaml": "sampling: {group_size: 1}"}
    ).content.decode()
    assert "sampling.group_size: Input should be greater than or equal to 2" in page
