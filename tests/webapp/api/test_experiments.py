"""Presets, validation and experiments over the API, from JSON and YAML with the one schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.webapp.api.conftest import Program
from tests.webapp.corpora.made_scan import made_corpus, made_scan
from training.contract.experiment import dump_yaml, load_yaml
from training.contract.presets import PRESETS, preset
from webapp.corpora.models import Corpus
from webapp.experiments.models import Experiment


@pytest.fixture
def corpus(user: Any, home: Path) -> Corpus:
    return made_corpus(home, user, name="letters")


def settings(**changes: Any) -> dict[str, Any]:
    """The demo preset on the corpus `letters`; a double underscore is the dot of a setting's name."""
    data = preset("demo-cpu").model_dump(mode="json")
    data["data"]["corpus"] = "letters"
    for name, value in changes.items():
        section, _, key = name.rpartition("__")
        (data[section] if section else data)[key] = value
    return data


def test_presets_are_whole_and_as_yaml(program: Program) -> None:
    listed = program.get("/presets").json()
    assert [one["name"] for one in listed] == list(PRESETS)
    one = program.get("/presets/demo-cpu").json()
    assert one == listed[0]
    assert one["config"] == preset("demo-cpu").model_dump(mode="json")
    assert load_yaml(one["yaml"]) == preset("demo-cpu")
    answer = program.get("/presets/nothing")
    assert (answer.status_code, answer.json()["error"]) == (404, "There is no preset 'nothing'.")
    assert answer.json()["remedy"].startswith("Choose one of: demo-cpu, rpt-paper")


def test_validation_says_what_an_experiment_would_do(program: Program, corpus: Corpus, home: Path) -> None:
    scan = made_scan(home, corpus)
    found = program.post("/experiments/validate", settings(positions__min_context=2)).json()
    assert (found["valid"], found["errors"], found["corpus"]) == (True, {}, corpus.pk)
    assert (found["rollouts_per_step"], found["updates_per_step"]) == (64, 1)
    assert found["kept"] == {"scan": scan.pk, "positions": 1, "of": 5}
    assert found["disk_bytes"] > 1_000_000_000
    assert any(one.startswith("The run asks for 480 contexts") for one in found["warnings"])
    assert not Experiment.objects.exists()


def test_validation_of_a_faulty_experiment_names_every_setting(program: Program, corpus: Corpus) -> None:
    faulty = settings(sampling__group_size=1, optimisation__steps="many", nonsense=1)
    answer = program.post("/experiments/validate", faulty)
    assert answer.status_code == 200
    found = answer.json()
    assert (found["valid"], found["config"], found["corpus"]) == (False, None, None)
    assert found["errors"] == {
        "sampling.group_size": "Input should be greater than or equal to 2",
        "optimisation.steps": "Input should be a valid integer, unable to parse string as an integer",
        "": "Extra inputs are not permitted",
    }


def test_sentence_about_several_settings_stands_at_the_first(program: Program, corpus: Corpus) -> None:
    found = program.post("/experiments/validate", settings(optimisation__mini_batch_contexts=3)).json()
    assert list(found["errors"]) == ["optimisation.contexts_per_step"]
    assert "8 = 2 x 3 + 2" in found["errors"]["optimisation.contexts_per_step"]


def test_experiment_from_json_keeps_its_numbers(program: Program, corpus: Corpus) -> None:
    answer = program.post("/experiments", settings(name="exact", optimisation__learning_rate=1.23456789e-6))
    assert answer.status_code == 201
    made = answer.json()
    assert (made["name"], made["corpus"], made["corpus_name"]) == ("exact", corpus.pk, "letters")
    assert (made["preset"], made["runs"]) == ("", [])
    assert made["config"]["optimisation"]["learning_rate"] == 1.23456789e-6
    assert Experiment.objects.get(pk=made["id"]).typed.optimisation.learning_rate == 1.23456789e-6


def test_experiment_from_yaml_is_the_one_from_json(program: Program, corpus: Corpus) -> None:
    from_json = program.post("/experiments", settings()).json()
    text = yaml.safe_dump(settings())
    answer = program.post("/experiments", text, content_type="application/yaml")
    assert answer.status_code == 201
    assert answer.json()["config"] == from_json["config"]


def test_experiment_takes_the_corpus_by_number_with_its_fields(
    program: Program, user: Any, home: Path
) -> None:
    Corpus.objects.filter(pk=made_corpus(home, user, name="letters").pk).update(text_field="body")
    newest = made_corpus(home, user, name="letters")
    oldest = Corpus.objects.get(text_field="body")
    assert program.post("/experiments", settings()).json()["corpus"] == newest.pk
    by_number = program.post(f"/experiments?corpus={oldest.pk}", settings(data__corpus="other")).json()
    assert by_number["corpus"] == oldest.pk
    assert by_number["config"]["data"]["corpus"] == "letters"
    assert by_number["config"]["data"]["text_field"] == "body"


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("", "None of your corpora that have passed their check has the name 'letters'."),
        ("?corpus=77", "None of your corpora that have passed their check has the number 77."),
    ],
)
def test_experiment_without_its_corpus_is_refused(program: Program, query: str, sentence: str) -> None:
    answer = program.post(f"/experiments{query}", settings())
    assert answer.status_code == 422
    assert answer.json() == {
        "error": sentence,
        "field": "data.corpus",
        "remedy": "",
        "retryable": False,
        "errors": {"data.corpus": sentence},
    }


def test_faulty_experiment_is_refused_with_every_setting(program: Program, corpus: Corpus) -> None:
    answer = program.post("/experiments", settings(sampling__group_size=1, seed=-1))
    assert answer.status_code == 422
    found = answer.json()
    assert found["error"] == "The experiment has 2 mistakes."
    assert set(found["errors"]) == {"sampling.group_size", "seed"}
    assert not Experiment.objects.exists()


def test_instruction_tuning_finds_conversations_alone(program: Program, user: Any, home: Path) -> None:
    chats = made_corpus(home, user, name="letters")
    Corpus.objects.filter(pk=chats.pk).update(kind="conversations", join_fields=["q", "a"])
    documents = made_corpus(home, user, name="letters")
    tuning = preset("sft-demo-cpu").model_dump(mode="json")
    tuning["data"]["corpus"] = "letters"
    made = program.post("/experiments", tuning).json()
    assert made["corpus"] == chats.pk
    assert (made["config"]["method"]["prompt_field"], made["config"]["method"]["response_field"]) == (
        "q",
        "a",
    )
    answer = program.post(f"/experiments?corpus={documents.pk}", tuning)
    assert answer.json()["errors"] == {
        "data.corpus": "letters holds documents. Choose a corpus of conversations."
    }
    assert program.post("/experiments", settings()).json()["corpus"] == documents.pk


def test_file_in_place_of_conversations_is_refused(program: Program, corpus: Corpus) -> None:
    answer = program.post("/experiments", settings(cold_start__conversations="/etc/passwd"))
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["cold_start.conversations"])


def test_path_in_place_of_a_checkpoint_is_refused(program: Program, corpus: Corpus) -> None:
    answer = program.post("/experiments", settings(model__start_from="/etc"))
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["model.start_from"])


@pytest.mark.parametrize(
    ("body", "content_type", "error"),
    [
        ("{", "application/json", "The body cannot be read: Expecting property name"),
        ("a: [", "application/yaml", "The body cannot be read: while parsing a flow"),
        ("[1]", "application/json", "The body holds no settings."),
        ("just words", "text/plain", "The body holds no settings."),
        ("", "application/yaml", "The body holds no settings."),
        ("[" * 100_000, "application/json", "The body cannot be read: maximum recursion"),
        ("[" * 100_000, "application/yaml", "The body cannot be read: maximum recursion"),
        ("\x00\x01", "application/yaml", "The body cannot be read: unacceptable character"),
    ],
)
def test_body_that_is_no_experiment_is_400(
    program: Program, body: str, content_type: str, error: str
) -> None:
    answer = program.post("/experiments", body, content_type=content_type)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(error)


def test_body_beyond_a_quarter_of_a_megabyte_is_413(program: Program) -> None:
    answer = program.post("/experiments", "x" * 262_145, content_type="application/yaml")
    assert (answer.status_code, answer.json()["error"]) == (413, "The settings are larger than 256 kB.")


def test_body_beyond_what_django_takes_is_413(program: Program) -> None:
    answer = program.post("/experiments", "x" * (2 * 1024 * 1024 + 1), content_type="application/yaml")
    assert (answer.status_code, answer.json()["error"]) == (413, "The request's body is too large.")


def test_experiments_are_listed_shown_and_exported(program: Program, corpus: Corpus) -> None:
    made = program.post("/experiments", settings(name="first")).json()
    listed = program.get("/experiments").json()
    assert (listed["total"], listed["items"][0]["name"]) == (1, "first")
    assert "config" not in listed["items"][0]
    assert program.get(f"/experiments/{made['id']}").json() == made
    exported = program.get(f"/experiments/{made['id']}/yaml")
    assert exported.headers["Content-Type"] == "application/yaml; charset=utf-8"
    assert exported.content.decode() == dump_yaml(Experiment.objects.get().typed)


def test_own_preset_is_saved_listed_replaced_and_removed(program: Program, other_program: Program) -> None:
    answer = program.call(
        "PUT", "/presets/my%20own?help=Mine.", json.dumps(settings(seed=3)), "application/json"
    )
    assert answer.status_code == 200
    found = answer.json()
    assert (found["name"], found["help"], found["own"], found["config"]["seed"]) == (
        "my own",
        "Mine.",
        True,
        3,
    )
    assert load_yaml(found["yaml"]).seed == 3
    again = program.call("PUT", "/presets/my%20own", yaml.safe_dump(settings(seed=4)), "application/yaml")
    assert (again.json()["config"]["seed"], again.json()["help"]) == (4, "")
    assert [one["name"] for one in program.get("/presets").json()] == [*PRESETS, "my own"]
    assert program.get("/presets/my%20own").json() == again.json()
    assert other_program.get("/presets/my%20own").status_code == 404
    assert other_program.delete("/presets/my%20own").status_code == 404
    assert program.delete("/presets/my%20own").status_code == 204
    assert program.get("/presets/my%20own").status_code == 404


def test_built_in_preset_is_neither_replaced_nor_removed(program: Program) -> None:
    answer = program.call("PUT", "/presets/demo-cpu", json.dumps(settings()), "application/json")
    assert (answer.status_code, answer.json()["error"]) == (422, "demo-cpu is a built-in preset.")
    answer = program.delete("/presets/demo-cpu")
    assert (answer.status_code, answer.json()["error"]) == (409, "demo-cpu is a built-in preset: it stays.")


def test_faulty_preset_names_every_setting(program: Program) -> None:
    faulty = settings(sampling__group_size=1, optimisation__mini_batch_contexts=3)
    answer = program.call("PUT", "/presets/mine", json.dumps(faulty), "application/json")
    assert answer.status_code == 422
    assert answer.json()["errors"] == {"sampling.group_size": "Input should be greater than or equal to 2"}


def test_estimate_has_the_parts_of_memory_and_time(program: Program, corpus: Corpus) -> None:
    found = program.post("/experiments/estimate?tflops=0.5", settings(cold_start__steps=0)).json()
    memory, time = found["memory"], found["time"]
    assert (memory["device"], memory["shape"]["parameters"]) == ("cpu", 134_515_008)
    (phase,) = memory["phases"]
    assert memory["bytes"] == phase["bytes"] == sum(part["bytes"] for part in phase["parts"])
    trainer = next(part for part in phase["parts"] if part["name"] == "trainer")
    assert trainer == {"name": "trainer", "formula": "16 N", "bytes": 16 * 134_515_008}
    tokens = 8 * 128 + 64 * 32
    assert time["flops"] == 60 * (2 + 6) * 134_515_008 * tokens
    assert (time["source"], time["run"], time["flops_per_second"]) == ("declared", None, 5e11)
    assert time["start_seconds"] == 15 + 75
    assert time["seconds"] == 90 + time["flops"] / 5e11
    assert [part["name"] for part in time["parts"]] == ["sampling", "update"]
    assert not Experiment.objects.exists()


def test_estimate_of_an_unknown_model_is_null(program: Program, corpus: Corpus) -> None:
    found = program.post("/experiments/estimate", settings(model__name="org/model"))
    assert (found.status_code, found.json()) == (200, {"memory": None, "time": None})


def test_estimate_for_no_speed_at_all_is_refused(program: Program, corpus: Corpus) -> None:
    answer = program.post("/experiments/estimate?tflops=0", settings())
    assert (answer.status_code, answer.json()["field"]) == (422, "tflops")


def test_verl_configuration_is_yaml(program: Program, corpus: Corpus) -> None:
    answer = program.post("/experiments/verl-config", settings(resources__device="cuda", seed=12))
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/yaml; charset=utf-8")
    shown = yaml.safe_load(answer.content)
    assert (shown["data"]["seed"], shown["actor_rollout_ref"]["rollout"]["name"]) == (12, "vllm")
