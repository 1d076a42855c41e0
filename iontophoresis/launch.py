"""Run a protocol from Python: the same way the command line does."""

import getpass
from collections.abc import Callable
from datetime import date, datetime
from os import PathLike
from pathlib import Path
from typing import Any

from iontophoresis import bench as benches
from iontophoresis import protocol as protocols
from iontophoresis.bench import Bench
from iontophoresis.bench_instruments import VISA_PATTERN
from iontophoresis.errors import InputError, Problem
from iontophoresis.fail_safe import with_fail_safe
from iontophoresis.plan import Plan, prepare
from iontophoresis.record.place import new_session_path, sessions_directory
from iontophoresis.session import Result, Session, Stops
from iontophoresis.watching import Silent, Watcher

Arm = Callable[[list[dict[str, Any]]], bool]


def prepare_plan(
    protocol: str | PathLike[str],
    *,
    bench: str | PathLike[str] | None = None,
    source: str | None = None,
) -> Plan:
    """Read protocol and bench and judge them against every limit.

    Parameters
    ----------
    protocol : str or path
        A file, or the name of one that ships.
    bench : str or path, optional
        A bench file; by default the emulated bench that ships.
    source : str, optional
        VISA resource of the first source, in place of the bench file's.

    Raises
    ------
    InputError
        With every problem of the files, or every limit that forbids the plan.
    """
    stand = benches.load(bench)
    if source is not None:
        stand = _with_source(stand, source, given=bench is not None)
    plan = prepare(protocols.load(protocol), stand, today=date.today())  # noqa: DTZ011 - a calendar day
    return with_fail_safe(plan)


def run(
    plan: Plan,
    *,
    pace: str = "auto",
    directory: str | PathLike[str] | None = None,
    watcher: Watcher | None = None,
    arm: Arm | None = None,
    moved: Callable[[], bool] | None = None,
    stops: Stops | None = None,
    operator: str | None = None,
    transcript: bool = False,
) -> Result:
    """Run a plan and return how it ended and where its session file is.

    Parameters
    ----------
    plan : Plan
        From `prepare_plan`.
    pace : str
        "real"; "lockstep" for virtual time; "auto" takes virtual time on the emulated bench.
    directory : str or path, optional
        Where the session file goes.
    watcher : Watcher, optional
        Who is shown what happens.
    arm : callable, optional
        Asked with what the contact probe found. By default an emulated bench is armed and a real
        source is not.
    moved : callable, optional
        Asked, where the bench proves its source on a resistor, whether the leads are on the cells.
    stops : Stops, optional
        Where a stop can be asked for while it runs.
    operator : str, optional
        For the record; by default the account's name.
    transcript : bool
        Keep every message to and from the sources in the session file.

    Raises
    ------
    IontophoresisError, InstrumentError
        With one line that says what to do.
    """
    if pace == "auto":
        pace = "lockstep" if plan.bench.is_emulated else "real"
    folder = sessions_directory(None if directory is None else Path(directory))
    started = datetime.now().astimezone()
    session = Session(
        plan,
        new_session_path(folder, Path(plan.protocol.origin).stem, started),
        pace=pace,
        watcher=watcher or Silent(),
        arm=arm or (lambda _: plan.bench.is_emulated),
        moved=moved or (lambda: plan.bench.is_emulated),
        stops=stops or Stops(),
        operator=_account() if operator is None else operator,
        transcript=transcript,
    )
    return session.run()


def _with_source(stand: Bench, source: str, *, given: bool) -> Bench:
    if not given:
        raise InputError(
            [
                Problem(
                    origin="command line",
                    key="--source",
                    value=source,
                    reason="a real source needs a bench file that says what it may drive",
                    advice="give --bench bench.toml; copy the one that ships to begin with",
                )
            ]
        )
    if not VISA_PATTERN.fullmatch(source):
        raise InputError(
            [
                Problem(
                    origin="command line",
                    key="--source",
                    value=source,
                    reason="is not a VISA address",
                    advice='write it like "TCPIP0::192.0.2.10::inst0::INSTR"; '
                    "'iontophoresis instruments' lists what there is",
                )
            ]
        )
    first, *rest = stand.source
    real = first.model_copy(update={"resource": source, "emulated": None})
    return stand.model_copy(update={"source": (real, *rest)})


def _account() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""
