"""Start the other processes of a session, each in a group of its own.

A terminal's signals reach the session process alone; guard, recorder and emulated bench end by
what they see on their connections.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from typing import Any

from iontophoresis.errors import IontophoresisError

START_WITHIN_S = 30.0


class ProcessError(IontophoresisError):
    """A process of this session did not start, or ended when it should not have."""


class Child:
    """One process of ours that was given its orders and has said where to reach it."""

    def __init__(self, module: str, order: Mapping[str, Any], start_within_s: float) -> None:
        self.module = module
        self.process = subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            **_own_group(),
        )
        self._complaints: list[str] = []
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        self.greeting = self._greet(order, start_within_s)

    @property
    def port(self) -> int:
        """Loopback port on which the process is reached."""
        return int(self.greeting["port"])

    @property
    def complaint(self) -> str:
        """The last line the process wrote to its standard error."""
        return self._complaints[-1] if self._complaints else ""

    def wait(self, within_s: float) -> int | None:
        """Wait for the end; None when it has not ended in time."""
        try:
            return self.process.wait(within_s)
        except subprocess.TimeoutExpired:
            return None

    def _greet(self, order: Mapping[str, Any], start_within_s: float) -> dict[str, Any]:
        stdin, stdout = self.process.stdin, self.process.stdout
        if stdin is None or stdout is None:
            raise ProcessError(f"{self.module}: no pipes to the process")
        killer = threading.Timer(start_within_s, self.process.kill)
        killer.start()
        try:
            stdin.write(json.dumps(order) + "\n")
            stdin.close()
            line = stdout.readline()
        except OSError:
            line = ""
        finally:
            killer.cancel()
        try:
            greeting: dict[str, Any] = json.loads(line)
        except ValueError:
            greeting = {}
        if "port" not in greeting:
            self.process.kill()
            self.wait(1.0)
            self._listener.join(1.0)
            reason = greeting.get("fault") or self.complaint or "it did not answer"
            raise ProcessError(str(reason))
        return greeting

    def _listen(self) -> None:
        if self.process.stderr is not None:
            for line in self.process.stderr:
                if line.strip():
                    self._complaints.append(line.rstrip())


def start(module: str, order: Mapping[str, Any], start_within_s: float = START_WITHIN_S) -> Child:
    """Start `python -m module`, hand it its order and read where it listens.

    Raises
    ------
    ProcessError
        In the process's own words, when it refuses its order or does not answer.
    """
    return Child(module, order, start_within_s)


def _own_group() -> dict[str, Any]:
    if os.name == "nt":
        return {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
    return {"start_new_session": True}
