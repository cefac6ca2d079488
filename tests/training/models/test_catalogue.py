"""From a name to a folder: what is found, what is fetched, what is refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from training.contract.errors import ForesightError
from training.models import catalogue
from training.models.catalogue import model_folder, models_root, resolve_model


def _refusal(name: str, root: Path) -> ForesightError:
    with pytest.raises(ForesightError) as caught:
        resolve_model(name, root)
    assert caught.value.field == "model.name"
    return caught.value


def test_models_root_lies_under_foresight_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORESIGHT_HOME", "/srv/foresight")
    assert models_root() == Path("/srv/foresight/models")
    monkeypatch.delenv("FORESIGHT_HOME")
    assert models_root() == Path("var/models")


def test_folder_under_the_root_is_found_by_name(tiny_model: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_model, tmp_path / "org/tiny")
    assert resolve_model("org/tiny", tmp_path) == tmp_path / "org/tiny"


def test_folder_is_found_by_path_and_checked(tiny_model: Path, tmp_path: Path) -> None:
    assert model_folder(str(tiny_model)) == tiny_model
    with pytest.raises(ForesightError, match=r"no config\.json"):
        model_folder(str(tmp_path))


NAMES_THAT_LEAD_ELSEWHERE = [
    "../tiny",
    "/etc",
    "a/b/c",
    "file:///etc",
    "http://169.254.169.254/x",
    "",
    "a\nb",
]


@pytest.mark.parametrize("name", NAMES_THAT_LEAD_ELSEWHERE)
def test_name_that_could_lead_elsewhere_is_refused(name: str, tmp_path: Path) -> None:
    assert "is not a model name" in _refusal(name, tmp_path).message


def test_link_out_of_the_root_is_refused(tiny_model: Path, tmp_path: Path) -> None:
    root = tmp_path / "models"
    root.mkdir()
    (root / "tiny").symlink_to(tiny_model)
    assert "leads out of the models root" in _refusal("tiny", root).message


def test_unknown_name_says_what_there_is(tmp_path: Path) -> None:
    assert "smollm2-135m-instruct" in _refusal("nothing", tmp_path).remedy


def test_hub_that_is_out_of_reach_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub
    from huggingface_hub.errors import OfflineModeIsEnabled

    def offline(self: object, name: str, **options: object) -> None:
        raise OfflineModeIsEnabled("offline")

    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", offline)
    error = _refusal("org/model", tmp_path)
    assert "cannot be reached" in error.message
    assert error.retryable
    assert not (tmp_path / "org").exists()


def test_model_is_built_once_and_whole(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[Path] = []

    def build(folder: Path) -> None:
        built.append(folder)
        shutil.copytree(tiny_model, folder, dirs_exist_ok=True)

    monkeypatch.setitem(catalogue._BUILDERS, "tiny-built", build)
    folder = resolve_model("tiny-built", tmp_path)
    assert resolve_model("tiny-built", tmp_path) == folder == tmp_path / "tiny-built"
    assert len(built) == 1
    assert built[0] != folder  # it was built elsewhere and renamed
    assert not built[0].exists()


def test_failed_build_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def build(folder: Path) -> None:
        (folder / "config.json").write_text("{}", encoding="utf-8")
        raise ForesightError("no network", field="model.name", remedy="", retryable=True)

    monkeypatch.setitem(catalogue._BUILDERS, "tiny-built", build)
    _refusal("tiny-built", tmp_path)
    assert [path.name for path in tmp_path.iterdir() if not path.name.endswith(".lock")] == []
