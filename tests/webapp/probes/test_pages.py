"""Pages of probes: what was found, in words and figures, and the way back to the form."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

from django.test import Client

from tests.webapp.corpora.made_scan import made_corpus
from tests.webapp.probes.made_probe import MIXED, WRONG, made_probe, made_result, made_table
from training.contract.experiment import load_yaml, parse_experiment
from training.contract.presets import PRESETS
from webapp.probes.page import with_band


def page_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def yamls(page: str) -> list[str]:
    return [html.unescape(text) for text in re.findall(r'name="yaml" value="([^"]*)"', page)]


def test_probe_page_says_what_grpo_could_learn(home: Path, user: Any, client_signed_in: Client) -> None:
    probe = made_probe(made_corpus(home, user), made_result())
    page = page_of(client_signed_in, f"/probes/{probe.pk}/")
    said = words(page)
    # (300 x 0.1 + 100 x 0.6) / 400 = 22.5 %, of 6 groups a step: 1.35
    assert "22 % of the groups would be mixed: about 1.4 of the 6 groups of a step" in said
    assert "Groups at 1.0 to 1.5 nats: 60 % mixed; 0.5 to 1.0: 10 %." in said
    assert "1.0 to 1.5 nats has the highest share of mixed groups: 60 %, about 3.6 of 6 groups a step" in said
    assert "Probed after the 16 cold-start steps" in said
    chart = re.search(r'<script id="probe-bins" type="application/json">(.*?)</script>', page)
    assert chart and json.loads(chart.group(1)) == [
        {"label": "0.5 to 1.0", "groups": 10, "all_zero": 9, "mixed": 1, "all_one": 0},
        {"label": "1.0 to 1.5", "groups": 10, "all_zero": 3, "mixed": 6, "all_one": 1},
    ]
    assert "One &lt;b&gt;↵ two" in page


def test_use_this_band_fills_the_form_with_the_band_and_all_else_as_probed(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    corpus = made_corpus(home, user)
    page = page_of(client_signed_in, f"/probes/{made_probe(corpus, made_result()).pk}/")
    same, band, measured = yamls(page)
    assert load_yaml(same).positions == PRESETS["demo-cpu"].config.positions
    assert load_yaml(measured).positions.lowest_pass_rate == 0.5  # two rollouts: one of them is right
    chosen = load_yaml(band).positions
    assert (chosen.selection, chosen.threshold, chosen.upper_threshold) == ("band", 1.0, 1.5)
    form = client_signed_in.post("/experiments/import/", {"base": "preset:demo-cpu", "yaml": band})
    shown = form.content.decode()
    assert f'<option value="{corpus.pk}" selected>' in shown
    assert re.search(r'id="id_positions.upper_threshold"[^>]* value="1.5"', shown)
    assert "<option selected>band</option>" in shown


def test_band_that_begins_under_the_probed_threshold_keeps_the_threshold(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    probe = made_probe(made_corpus(home, user), made_result([(0.75, MIXED)] * 10 + [(1.25, WRONG)] * 10))
    probe.config["positions"]["threshold"] = 0.7
    probe.save()
    band = load_yaml(yamls(page_of(client_signed_in, f"/probes/{probe.pk}/"))[1]).positions
    assert (band.threshold, band.upper_threshold) == (0.7, 1.0)


def test_band_of_a_top_share_begins_where_the_share_did() -> None:
    data = PRESETS["demo-cpu"].config.model_dump(mode="json")
    data["positions"] |= {"selection": "top_share"}
    band = made_result().whole
    assert with_band(parse_experiment(data), band, 0.758).positions.threshold == 0.75
    data["positions"] |= {"selection": "random"}
    assert with_band(parse_experiment(data), band, 0.003).positions.threshold == 0.5


def test_band_within_a_band_ends_where_that_one_did() -> None:
    data = PRESETS["demo-cpu"].config.model_dump(mode="json")
    data["positions"] |= {"selection": "band", "threshold": 0.6, "upper_threshold": 1.2}
    chosen = with_band(parse_experiment(data), made_result().whole, 0.6).positions
    assert (chosen.threshold, chosen.upper_threshold) == (0.6, 1.2)


def test_probe_without_mixed_groups_warns_that_nothing_would_be_learnt(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    probe = made_probe(made_corpus(home, user), made_result([(0.75, WRONG)] * 10 + [(1.25, WRONG)] * 10))
    page = page_of(client_signed_in, f"/probes/{probe.pk}/")
    assert 'data-tone="bad"' in page
    assert "GRPO would learn next to nothing here. 0 % of the groups would be mixed" in words(page)
    assert "Most groups are all wrong" in words(page)
    assert len(yamls(page)) == 1  # there is no band to use


def test_prompts_page_stands_beside_the_paper(home: Path, user: Any, client_signed_in: Client) -> None:
    probe = made_probe(made_corpus(home, user), made_table(), "prompts")
    page = page_of(client_signed_in, f"/probes/{probe.pk}/")
    said = words(page)
    assert "v0 6.2 % (1.0 % to 20.0 %) 12.5 % (2.0 % to 40.0 %) 50.0 % 25.0 % 100 3.0 % 8.5 % Use v0" in said
    assert "short highest chosen 12.5 %" in said
    assert load_yaml(yamls(page)[1]).method.model_dump()["prompt"] == "v0"


def test_stopped_probe_says_that_nothing_was_measured(
    home: Path, user: Any, client_signed_in: Client
) -> None:
    probe = made_probe(made_corpus(home, user))
    assert "Nothing was measured" in page_of(client_signed_in, f"/probes/{probe.pk}/")


def test_list_has_own_probes_and_another_users_do_not_exist(
    home: Path, user: Any, other_user: Any, client_signed_in: Client
) -> None:
    assert "No probes yet" in page_of(client_signed_in, "/probes/")
    mine = made_probe(made_corpus(home, user), made_result())
    theirs = made_probe(made_corpus(home, other_user, name="theirs"), made_result())
    page = page_of(client_signed_in, "/probes/")
    assert f'href="/probes/{mine.pk}/"' in page
    assert f'href="/probes/{theirs.pk}/"' not in page
    assert client_signed_in.get(f"/probes/{theirs.pk}/").status_code == 404
    assert client_signed_in.post(f"/probes/{theirs.pk}/cancel/").status_code == 404
