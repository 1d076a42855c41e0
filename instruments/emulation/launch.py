"""Start an emulated bench as a process of its own, which no signal of the terminal reaches."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from instruments.errors import NoSuchResourceError

__all__ = ["RunningTwin", "start_twin"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningTwin:
    """Hold a bench that was started.

    Parameters
    ----------
    resource : str
        VISA resource name of its instrument.
    port, control_port : int
        Its two ports on this machine.
    truth_path : Path or None
        File of its ground truth.
    seed : int
        Seed it was made with.
    process : subprocess.Popen
        Its process; it ends by itself.
    """

    resource: str
    port: int
    control_port: int
    truth_path: Path | None
    seed: int
    process: subprocess.Popen[bytes]

    def stop(self, timeout_s: float = 5.0) -> None:
        """End it now, whatever it does.

        Parameters
        ----------
        timeout_s : float
            Patience before it is killed, s.
        """
        self.process.terminate()
        try:
            self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start_twin(
    model: str = "keithley-2450",
    *,
    clock: str = "real",
    load: str = "skin",
    seed: int = 0,
    area_cm2: float = 5.0,
    barrier_kohm_cm2: float = 60.0,
    resistance_ohm: float = 10_000.0,
    interlock: str = "closed",
    serial: str = "",
    truth_path: Path | None = None,
    port: int = 0,
    stay: bool = False,
    linger_s: float = 60.0,
    timeout_s: float = 15.0,
) -> RunningTwin:
    """Start an emulated bench and return once its ports are open.

    Parameters
    ----------
    model : str
        Which instrument.
    clock : str
        ``real`` or ``lockstep``.
    load : str
        ``skin`` or ``resistor``.
    seed : int
        Seed of specimen, unit and noise.
    area_cm2, barrier_kohm_cm2 : float
        Area of the skin, cm2, and median of its resistance at rest, kOhm.cm2.
    resistance_ohm : float
        Of the resistor, Ohm.
    interlock : str
        ``closed`` or ``open``.
    serial : str
        Serial number of the instrument; empty for the model's own.
    truth_path : Path or None
        Where the ground truth goes.
    port : int
        The instrument's port; 0 takes a free one.
    stay : bool
        Never end by itself.
    linger_s : float
        With the output on: end so long after the last connection went, s.
    timeout_s : float
        How long the start may take, s.

    Returns
    -------
    RunningTwin
        Where to reach it.

    Raises
    ------
    NoSuchResourceError
        If it could not start: a port that is taken, a folder that cannot be written.
    """
    command = [sys.executable, "-m", "instruments.emulation", "--model", model, "--clock", clock]
    command += ["--load", load, "--seed", str(seed), "--area-cm2", repr(area_cm2)]
    command += ["--barrier-kohm-cm2", repr(barrier_kohm_cm2), "--serial", serial]
    command += ["--resistance-ohm", repr(resistance_ohm), "--interlock", interlock]
    command += ["--port", str(port), "--linger-s", repr(linger_s)]
    command += ["--truth", str(truth_path)] if truth_path is not None else []
    command += ["--stay"] if stay else []
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        close_fds=True,
        start_new_session=sys.platform != "win32",
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )
    answer = json.loads(_first_line(process, timeout_s) or "{}")
    if "resource" not in answer:
        process.kill()
        process.wait()
        cause = str(answer.get("error", f"it did not start within {timeout_s:g} s"))
        raise NoSuchResourceError(f"emulated {model}", cause)
    return RunningTwin(
        resource=answer["resource"],
        port=answer["port"],
        control_port=answer["control_port"],
        truth_path=truth_path,
        seed=seed,
        process=process,
    )


def _first_line(process: subprocess.Popen[bytes], timeout_s: float) -> bytes:
    """Wait for one line; a timer ends a process that does not write one."""
    if process.stdout is None:
        return b""
    timer = threading.Timer(timeout_s, process.kill)
    timer.start()
    try:
        return process.stdout.readline()
    finally:
        timer.cancel()
        with contextlib.suppress(OSError):
            process.stdout.close()
