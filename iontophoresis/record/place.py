"""Say where session files live and what a new one is called."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import platformdirs

from iontophoresis.record.errors import RecordError
from iontophoresis.record.liveness import live_path

SUFFIX = ".sqlite"
_LONGEST_NAME = 40


def sessions_directory(chosen: Path | None = None) -> Path:
    """Give the directory of session files.

    Parameters
    ----------
    chosen
        A directory somebody asked for; it wins. Otherwise ``sessions`` in the current directory
        is used where it exists (a project that keeps its own), else the user's data directory.
    """
    if chosen is not None:
        return chosen
    project = Path.cwd() / "sessions"
    if project.is_dir():
        return project
    return platformdirs.user_data_path("iontophoresis", appauthor=False) / "sessions"


def new_session_path(directory: Path, name: str, started: datetime) -> Path:
    """Make the directory if needed and give a file name in it that nothing uses yet.

    Parameters
    ----------
    directory
        From :func:`sessions_directory`.
    name
        The protocol's name; only letters, digits, ``-`` and ``_`` of it are kept.
    started
        Wall time of the start, in the zone the name is to show.

    Raises
    ------
    RecordError
        The directory cannot be made.
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise RecordError(
            f"{directory}: the directory for sessions cannot be made ({error.strerror}); "
            "choose another with --directory"
        ) from error
    plain = re.sub(r"[^a-z0-9_]+", "-", name.lower()).strip("-")[:_LONGEST_NAME] or "session"
    stem = f"{started:%Y-%m-%dT%H-%M-%S}_{plain}"
    count = 1
    while _is_taken(path := directory / (f"{stem}-{count}" if count > 1 else stem)):
        count += 1
    return path.with_name(path.name + SUFFIX)


def session_paths(directory: Path) -> list[Path]:
    """Give the session files in a directory, oldest name first; none if it does not exist."""
    return sorted(path for path in directory.glob(f"*{SUFFIX}") if path.is_file())


def find_session(name: str, directory: Path) -> Path:
    """Give the path that a name, a unique part of one, a path or ``last`` means.

    Parameters
    ----------
    name
        What somebody typed.
    directory
        Where names are looked up.

    Raises
    ------
    RecordError
        It means no file, or several.
    """
    if Path(name).is_file():
        return Path(name)
    known = session_paths(directory)
    found = known[-1:] if name == "last" else [path for path in known if name in path.stem]
    if len(found) == 1:
        return found[0]
    if not found:
        raise RecordError(
            f"{name}: no such session here or in {directory}; `iontophoresis sessions` lists them"
        )
    names = ", ".join(path.stem for path in found[:3])
    raise RecordError(f"{name}: {len(found)} sessions match ({names} ...); give more of the name")


def _is_taken(stem: Path) -> bool:
    path = stem.with_name(stem.name + SUFFIX)
    return path.exists() or live_path(path).exists()
