from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from instruments.errors import ResourceInUseError
from instruments.exclusive import ExclusiveUse

HOLDER = """
import sys, pathlib
from instruments.exclusive import ExclusiveUse
held = ExclusiveUse("TCPIP::x", folder=pathlib.Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_a_second_session_is_refused_until_the_first_lets_go(tmp_path: Path) -> None:
    first = ExclusiveUse("TCPIP::x", folder=tmp_path)
    with pytest.raises(ResourceInUseError, match="stop that session first"):
        ExclusiveUse("tcpip::X ", folder=tmp_path)
    other = ExclusiveUse("TCPIP::y", folder=tmp_path)
    first.release()
    first.release()
    ExclusiveUse("TCPIP::x", folder=tmp_path).release()
    other.release()


def test_a_killed_process_lets_go(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"held"
        with pytest.raises(ResourceInUseError):
            ExclusiveUse("TCPIP::x", folder=tmp_path)
        process.kill()
    ExclusiveUse("TCPIP::x", folder=tmp_path).release()
