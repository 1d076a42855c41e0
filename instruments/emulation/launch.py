"""Start an emulated bench as a process of its own, which no signal of the terminal reaches."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from instruments.emulation.description import BenchSettings, one_instrument
from instruments.errors import NoSuchResourceError

__all__ = ["RunningBench", "RunningTwin", "start_bench", "start_twin"]


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
        _stop(self.process, timeout_s)


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
    settings = one_instrument(
        model,
        load=load,
        seed=seed,
        area_cm2=area_cm2,
        barrier_kohm_cm2=barrier_kohm_cm2,
        resistance_ohm=resistance_ohm,
        lockstep=clock == "lockstep",
        interlock_closed=interlock == "closed",
        serial=serial,
        port=port,
        truth_path=truth_path,
    )
    bench = start_bench(settings, stay=stay, linger_s=linger_s, timeout_s=timeout_s)
    resource = bench.resources[model]
    return RunningTwin(
        resource=resource,
        port=int(resource.split("::")[2]),
        control_port=bench.control_port,
        truth_path=truth_path,
        seed=seed,
        process=bench.process,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningBench:
    """Hold a bench of several instruments that was started.

    Parameters
    ----------
    resources : Mapping of str to str
        VISA resource name of every instrument.
    control_port : int
        Where it is controlled.
    process : subprocess.Popen
        Its process; it ends by itself.
    """

    resources: Mapping[str, str]
    control_port: int
    process: subprocess.Popen[bytes]

    def stop(self, timeout_s: float = 5.0) -> None:
        """End it now, whatever it does.

        Parameters
        ----------
        timeout_s : float
            Patience before it is killed, s.
        """
        _stop(self.process, timeout_s)


def start_bench(
    settings: BenchSettings,
    *,
    stay: bool = False,
    linger_s: float = 60.0,
    timeout_s: float = 15.0,
) -> RunningBench:
    """Start a bench of several instruments and return once its ports are open.

    Parameters
    ----------
    settings : BenchSettings
        What it is made of.
    stay : bool
        Never end by itself.
    linger_s : float
        With an output on: end so long after the last connection went, s.
    timeout_s : float
        How long the start may take, s.

    Returns
    -------
    RunningBench
        Where to reach it.

    Raises
    ------
    NoSuchResourceError
        If it could not start: parts that do not fit, a port that is taken, a folder that cannot
        be written.
    """
    command = [sys.executable, "-m", "instruments.emulation", "--bench", "-"]
    command += ["--linger-s", repr(linger_s)] + (["--stay"] if stay else [])
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        close_fds=True,
        start_new_session=sys.platform != "win32",
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.write(json.dumps(settings.plain()).encode())
            process.stdin.close()
    answer = json.loads(_first_line(process, timeout_s) or "{}")
    if "resource" not in answer:
        process.kill()
        process.wait()
        cause = str(answer.get("error", f"it did not start within {timeout_s:g} s"))
        names = ", ".join(instrument.model for instrument in settings.instruments)
        raise NoSuchResourceError(f"emulated {names}", cause)
    return RunningBench(
        resources=answer["instruments"], control_port=answer["control_port"], process=process
    )


def _stop(process: subprocess.Popen[bytes], timeout_s: float) -> None:
    process.terminate()
    try:
        process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


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
