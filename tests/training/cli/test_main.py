"""The command line as a whole: what it knows, how it fails, what it loads."""

from __future__ import annotations

import subprocess
import sys

import pytest

from training.__main__ import main
from training.contract.experiment import load_yaml
from training.contract.presets import PRESETS


def test_bad_input_is_one_line_on_stderr_and_exit_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preset", "nothing"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("error: preset: There is no preset 'nothing'.")
    assert printed.err.count("\n") == 1


def test_every_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("fetch-model", "documents", "score", "run", "reward", "verify", "preset"):
        with pytest.raises(SystemExit) as stopped:
            main([command, "--help"])
        assert stopped.value.code == 0
        assert command in capsys.readouterr().out


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from training.__main__ import build_parser\n"
        "build_parser().format_help()\n"
        "heavy = {'torch', 'transformers', 'verl', 'ray', 'pyarrow', 'numpy'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_printed_preset_is_the_preset(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preset", name]) == 0
    assert load_yaml(capsys.readouterr().out) == PRESETS[name].config
