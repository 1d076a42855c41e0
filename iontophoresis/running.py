"""Where a second terminal finds the sessions that are running: one private file each."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import platformdirs

from iontophoresis.control.link import LinkClosedError, connect
from iontophoresis.errors import IontophoresisError

FOLDER_VARIABLE = "IONTOPHORESIS_RUNTIME"


class NotRunningError(IontophoresisError):
    """No such session is running."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningSession:
    """A session whose guard listens on loopback."""

    name: str
    port: int
    token: str
    session_file: str


def folder() -> Path:
    """Return the private folder of running sessions, made if need be."""
    path = Path(
        os.environ.get(FOLDER_VARIABLE)
        or platformdirs.user_state_path("iontophoresis", appauthor=False) / "running"
    )
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


@contextmanager
def announced(session: RunningSession) -> Iterator[None]:
    """Let second terminals find this session for as long as the context lasts."""
    path = folder() / f"{session.name}.json"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(session), file)
    try:
        yield
    finally:
        with suppress(OSError):
            path.unlink()


def running() -> list[RunningSession]:
    """Return the sessions whose guard answers; files of dead ones are removed."""
    found = []
    for path in sorted(folder().glob("*.json")):
        try:
            session = RunningSession(**json.loads(path.read_text(encoding="utf-8")))
            connect(session.port, "operator", session.token, timeout_s=1.0).close()
        except (LinkClosedError, OSError, ValueError, TypeError):
            with suppress(OSError):
                path.unlink()
        else:
            found.append(session)
    return found


def find(name: str | None) -> RunningSession:
    """Return the named session, or the only one that runs.

    Raises
    ------
    NotRunningError
        If none or several run, or none of that name.
    """
    sessions = running()
    if name is not None:
        sessions = [session for session in sessions if name in session.session_file]
    if not sessions:
        what = f"no session named {name} is running" if name else "no session is running"
        raise NotRunningError(f"{what}; 'iontophoresis sessions' lists those on disk")
    if len(sessions) > 1:
        names = ", ".join(session.name for session in sessions)
        raise NotRunningError(f"several sessions are running, name one of: {names}")
    return sessions[0]
