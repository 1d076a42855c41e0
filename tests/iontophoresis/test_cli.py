import subprocess
import sys
import time

import pytest

from iontophoresis.cli import COMMANDS, cli, main
from iontophoresis.commands import steer


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_with_an_example(name, capsys):
    assert main([name, "--help"]) == 0
    said = capsys.readouterr().out
    assert "Example" in said
    assert cli.get_command(None, name).help


def test_help_and_stop_answer_without_the_heavy_libraries():
    heavy = "numpy", "scipy", "matplotlib", "pyvisa", "pydantic"
    script = (
        "import sys; from iontophoresis.cli import main; main(['--help']); main(['stop']);"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip().endswith("[]")
    assert time.monotonic() - began < 20


def test_an_unknown_command_is_a_usage_error(capsys):
    assert main(["bogus"]) == 2
    assert "No such command" in capsys.readouterr().err


def test_a_bug_is_told_as_a_bug_without_a_traceback(monkeypatch, capsys):
    def broken(*_):
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(steer, "_send", broken)
    assert main(["stop"]) == 70
    said = capsys.readouterr().err
    assert "bug of iontophoresis" in said
    assert "Traceback" not in said
