"""Keep what a self-test found as a session file, and find the last one of an instrument.

A certificate is a session without ticks: any reader of sessions reads it, and its chain guards it.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from instruments.source import CurrentSource
from iontophoresis.doctor.findings import Finding, Verdict
from iontophoresis.record import schema
from iontophoresis.record.errors import RecordError
from iontophoresis.record.journal import Journal
from iontophoresis.record.place import new_session_path, session_paths
from iontophoresis.record.reader import open_session

KIND = "self-test"


def passed(findings: Sequence[Finding]) -> bool:
    """Return whether nothing failed."""
    return all(finding.verdict is not Verdict.FAILED for finding in findings)


def write_certificate(
    folder: Path, source: CurrentSource, findings: Sequence[Finding], *, resistance_ohm: float
) -> Path:
    """Write what was found as a session file and return its path.

    Raises
    ------
    RecordError
        If it cannot be written.
    """
    now = datetime.now().astimezone()
    identity, declared = source.identity, source.capabilities
    path = new_session_path(folder, f"{KIND} {declared.driver}", now)
    journal = Journal.create(path)
    wall_ns = time.time_ns()
    header = {
        "title": f"Self-test of {identity.model} {identity.serial} on {resistance_ohm:g} Ohm",
        "kind": KIND,
        "started_wall_ns": wall_ns,
        "instrument": {**asdict(identity), "driver": declared.driver},
        "fail_safe_tier": declared.tier.value,
        "resistance_ohm": resistance_ohm,
    }
    for key, value in header.items():
        journal.append(schema.HEADER, (key, json.dumps(value)))
    for finding in findings:
        severity = "warning" if finding.verdict is Verdict.FAILED else "info"
        text = f"{finding.check}: {finding.verdict.value}; {finding.measured}"
        data = json.dumps(asdict(finding) | {"verdict": finding.verdict.value})
        journal.append_event(0, ("session", 0, wall_ns, severity, f"{KIND}.finding", text, data))
    failed = sum(finding.verdict is Verdict.FAILED for finding in findings)
    journal.finish(
        outcome="refused" if failed else "done",
        text=f"{failed} of {len(findings)} checks failed" if failed else "every check passed",
    )
    return path


def latest_certificate(folder: Path, *, driver: str, serial: str) -> dict[str, Any] | None:
    """Return name, wall time and outcome of the last self-test of an instrument; None without one.

    Parameters
    ----------
    folder : Path
        Where session files are.
    driver, serial : str
        Of the instrument.
    """
    for path in sorted(session_paths(folder), key=lambda one: one.stem, reverse=True):
        if KIND not in path.stem:
            continue
        try:
            session = open_session(path)
        except RecordError:
            continue
        instrument = session.header.get("instrument") or {}
        if (instrument.get("driver"), instrument.get("serial")) == (driver, serial):
            return {
                "session": path.stem,
                "head": session.head,
                "started_wall_ns": session.header.get("started_wall_ns"),
                "passed": session.state == "done" and not session.problems,
            }
    return None
