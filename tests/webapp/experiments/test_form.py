"""The form is the schema: every setting once, its help, its errors, what was typed."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.webapp.corpora.made_scan import made_corpus, made_scan
from tests.webapp.experiments.posted import posted
from training.contract.experiment import load_yaml
from training.contract.presets import PRESETS
from webapp.experiments.fields import SETTINGS, read_config, texts_of

NAME = "smollm2-135m-instruct"
BY_THRESHOLD = {"positions__selection": "threshold", "positions__min_context": "2"}


def value_of(page: str, name: str) -> str:
    found = re.search(rf'<input class="input" id="id_{re.escape(name)}" name="[^"]+" value="([^"]*)"', page)
    assert found, name
    return found.group(1)


def test_form_has_every_setting_exactly_once(user: Any, client_signed_in: Client) -> None:
    page = client_signed_in.get("/experiments/new/").content.decode()
    assert sorted(re.findall(r'data-setting="([^"]+)"', page)) == sorted(SETTINGS)
    for name in SETTINGS:
        assert page.count(f'id="id_{name}"') == 1, name


def test_texts_of_a_preset_read_back_as_the_preset() -> None:
    for preset in PRESETS.values():
        config, errors = read_config(texts_of(preset.config))
        assert errors == {}
        assert config == preset.config


def test_form_fills_in_what_the_address_names(home: Path, user: Any, client_signed_in: Client) -> None:
    corpus = made_corpus(home, user)
    query = {"preset": "rpt-paper", "corpus": corpus.pk, "threshold": "1.25", "model": NAME}
    page = client_signed_in.get("/experiments/new/", query).content.decode()
    assert f'<option value="{corpus.pk}" selected>' in page
    assert value_of(page, "positions.threshold") == "1.25"
    assert value_of(page, "positions.proxy") == NAME
    assert value_of(page, "optimisation.steps") == "1000"


def test_form_proxy_equal_to_the_policy_stays_empty(home: Path, user: Any, client_signed_in: Client) -> None:
    made_corpus(home, user)
    page = client_signed_in.get("/experiments/new/", {"model": NAME}).content.decode()
    assert value_of(page, "positions.proxy") == ""


def check(client: Client, data: dict[str, Any]) -> str:
    answer = client.post("/experiments/check/", data)
    assert answer.status_code == 200
    return answer.content.decode()


def test_check_valid_settings_says_the_arithmetic(home: Path, user: Any, client_signed_in: Client) -> None:
    panel = check(client_signed_in, posted(made_corpus(home, user)))
    words = " ".join(re.sub(r"<[^>]+>", "", panel).split())
    assert "8 contexts x 8 = 64 rollouts → 1 update a step" in words
    assert "0 changed from demo-cpu" in words
    assert "to correct" not in words


def test_check_batch_that_does_not_divide_says_so_beside_the_batch(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    panel = check(client_signed_in, posted(made_corpus(home, user), optimisation__mini_batch_contexts="3"))
    assert (
        "optimisation.contexts_per_step (8) does not divide by optimisation.mini_batch_contexts (3)" in panel
    )
    assert 'href="#field-optimisation.contexts_per_step"' in panel
    assert "1 changed from demo-cpu" in panel


def test_check_words_and_bounds_stand_beside_their_settings(home: Path, user: Any) -> None:
    texts = texts_of(PRESETS["demo-cpu"].config)
    _, errors = read_config(
        {**texts, "seed": "many", "sampling.group_size": "1", "positions.min_context": "60", "name": ""}
    )
    assert errors["seed"] == "Give a whole number."
    assert errors["sampling.group_size"] == "Input should be greater than or equal to 2"
    assert errors["name"] == "String should have at least 1 character"
    assert errors["positions.min_context"].startswith("min_context (60) is larger than max_context (48)")


def test_check_unknown_model_is_an_error_and_a_hub_id_a_note(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    corpus = made_corpus(home, user)
    panel = check(client_signed_in, posted(corpus, model__name="nowhere"))
    assert "There is no model &#x27;nowhere&#x27; in the catalogue" in panel
    panel = check(client_signed_in, posted(corpus, model__name="org/model"))
    assert "to correct" not in panel
    assert "org/model is not on this machine." in panel
    folder = home / "models" / "mine"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    assert "to correct" not in check(client_signed_in, posted(corpus, model__name="mine"))


def test_check_with_a_scan_counts_what_the_threshold_keeps(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    corpus = made_corpus(home, user)
    made_scan(home, corpus, NAME)
    panel = check(client_signed_in, posted(corpus, **BY_THRESHOLD, positions__threshold="0.75"))
    words = " ".join(re.sub(r"<[^>]+>", "", panel).split())
    assert "At 0.75 nats the scan keeps 3 of 5 positions." in words
    assert "The run asks for 480 contexts and the scan keeps 3 positions: each is used 160.0 times." in words


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"selection": "band", "upper_threshold": "2.25"}, "From 0.75 to 2.25 nats the scan keeps 2 of 5"),
        (
            {"selection": "top_share", "share": "0.5"},
            "Taking the 50 % with the highest entropy the scan keeps 2 of 5",
        ),
        ({"selection": "random", "share": "0.3"}, "Drawing 30 % at random the scan keeps 1 of 5"),
    ],
)
def test_check_note_follows_the_selection(
    home: Path, user: Any, client_signed_in: Client, settings: Any, sentence: str
) -> None:
    corpus = made_corpus(home, user)
    made_scan(home, corpus, NAME)
    changes = {"positions__threshold": "0.75", "positions__min_context": "2"}
    changes |= {f"positions__{name}": value for name, value in settings.items()}
    panel = check(client_signed_in, posted(corpus, **changes))
    assert f"{sentence} positions." in " ".join(re.sub(r"<[^>]+>", "", panel).split())


def test_form_fills_in_a_band_from_the_address(home: Path, user: Any, client_signed_in: Client) -> None:
    made_corpus(home, user)
    query = {"selection": "band", "threshold": "0.75", "upper_threshold": "1.5"}
    page = client_signed_in.get("/experiments/new/", query).content.decode()
    assert (value_of(page, "positions.threshold"), value_of(page, "positions.upper_threshold")) == (
        "0.75",
        "1.5",
    )
    assert re.search(r'id="id_positions.selection".*?<option selected>band</option>', page, re.DOTALL)


def test_check_threshold_that_keeps_none_names_the_highest_entropy(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    corpus = made_corpus(home, user)
    made_scan(home, corpus, NAME)
    panel = check(client_signed_in, posted(corpus, **BY_THRESHOLD, positions__threshold="2.5"))
    assert (
        "The threshold keeps none of the 5 positions of the scan; the highest entropy there is 2.25 nats."
        in panel
    )


def test_check_another_users_corpus_is_not_offered(
    home: Path, other_user: Any, client_signed_in: Client
) -> None:
    corpus = made_corpus(home, other_user, name="not yours")
    assert "Choose a corpus that has passed its check." in check(client_signed_in, posted(corpus))
    assert "not yours" not in client_signed_in.get("/experiments/new/").content.decode()


def test_check_own_template_is_read_with_its_line_ends(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    own = posted(made_corpus(home, user), method__prompt="custom", method__custom_prompt="Go on:\r\n {x}")
    panel = check(client_signed_in, own)
    assert "Your template does not hold {prompt_content}" in panel
    assert 'href="#field-method.custom_prompt"' in panel
    own["method.custom_prompt"] = "Go on:\r\n {prompt_content} "
    shown = re.search(r'<pre id="yaml-text"[^>]*>(.*?)</pre>', check(client_signed_in, own), re.DOTALL)
    assert shown is not None
    config = load_yaml(html.unescape(shown.group(1)))
    assert config.rpt.custom_prompt == "Go on:\n {prompt_content} "
