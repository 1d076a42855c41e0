"""A short protocol, and sessions run as a user runs them: in a process of their own."""

import os
import re
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from instruments.emulation.truth import read_truth
from iontophoresis.protocol.document import read_shipped
from iontophoresis.record.errors import RecordError
from iontophoresis.record.reader import open_session
from iontophoresis.running import FOLDER_VARIABLE

OFF_A = 10e-6


def shorten(text: str, *, hold_s: float = 20.0, ramp_s: float = 1.0, stop_ramp_s: float = 0.5):
    """Make the shipped Mesoglow protocol short and quick, with nothing else changed."""
    text = text.replace("duration_s = 1140.0", f"duration_s = {hold_s}")
    text = text.replace("duration_s = 30.0", f"duration_s = {ramp_s}")
    text = text.replace("stop_ramp_s = 10.0", f"stop_ramp_s = {stop_ramp_s}")
    return re.sub(r"slew_up_ma_per_s = [0-9.]+", "slew_up_ma_per_s = 2.0", text)


@pytest.fixture
def short_protocol(tmp_path):
    path = tmp_path / "short.toml"
    path.write_text(shorten(read_shipped("mesoglow").text), encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def private_runtime_folder(tmp_path, monkeypatch):
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "running"))


class UserSession:
    """`iontophoresis run` as its own process, seen from outside."""

    def __init__(self, protocol: Path, folder: Path, *arguments: str) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "iontophoresis", "run", str(protocol), "--pace", "real",
             "--directory", str(folder), "--no-figure", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8",
            start_new_session=os.name != "nt",
        )  # fmt: skip

    @property
    def path(self) -> Path:
        (path,) = self.folder.glob("*.sqlite")
        return path

    def wait_for_current(self, above_na: int = 100_000, within_s: float = 40.0) -> None:
        """Wait until the live session file shows current under the profile."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            with suppress(ValueError, RecordError):
                if np.any(open_session(self.path, check=False).ticks.current_na > above_na):
                    return
            time.sleep(0.05)
        self.process.kill()
        raise AssertionError(f"no current: {self.process.communicate()[0]}")

    def truth(self, within_s: float = 20.0) -> np.ndarray:
        """Return the whole ground truth, once the emulated bench has ended by itself."""
        (path,) = self.folder.glob("*.bin")
        deadline, size = time.monotonic() + within_s, -1
        while time.monotonic() < deadline:
            time.sleep(1.5)
            if path.stat().st_size == size:
                return read_truth(path)
            size = path.stat().st_size
        raise AssertionError("the emulated bench did not end by itself")

    def recorded(self, within_s: float = 20.0):
        """Return the session file's content, once the recorder has closed it."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            session = open_session(self.path)
            if session.closing is not None:
                return session
            time.sleep(0.2)
        raise AssertionError("the recorder did not finish")

    def assert_zero_and_whole(self):
        """Check that current ended, and that every tick up to the end is on disk, in order."""
        truth, session = self.truth(), self.recorded()
        assert abs(truth["current_a"][-1]) <= OFF_A
        assert not truth["output_on"][-1]
        assert session.problems == ()
        ticks = session.ticks
        assert list(ticks.tick) == list(range(1, len(ticks) + 1))
        assert session.events[-1].code == session.closing.outcome
        true_c = np.sum(np.abs(truth["current_a"][1:]) * np.diff(truth["time_s"]))
        booked_c, slack_c = ticks.charge_pc[-1] * 1e-12, 0.01 * true_c + 2e-6
        # Where in its last interval a current went off is not known: all of it is booked.
        last_c = ticks.applied_na.max() * 1e-9 * max(np.diff(ticks.t_ms).max() * 1e-3, 0.05)
        assert -slack_c <= booked_c - true_c <= slack_c + last_c
        return session, truth

    def finish(self, within_s: float = 60.0) -> str:
        output, _ = self.process.communicate(timeout=within_s)
        return output


@pytest.fixture
def user_session(short_protocol, tmp_path):
    started = []

    def start(*arguments: str, protocol: Path = short_protocol) -> UserSession:
        folder = tmp_path / f"sessions-{len(started)}"
        started.append(UserSession(protocol, folder, *arguments))
        return started[-1]

    yield start
    for session in started:
        if session.process.poll() is None:
            session.process.kill()
            session.process.wait()
        if session.process.stdout is not None:
            session.process.stdout.close()
