"""Hold what one check found."""

from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_TESTED = "not tested"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found.

    Attributes
    ----------
    check : str
        What was looked at.
    verdict : Verdict
        How it ended.
    measured : str
        What was seen.
    bound : str
        What was asked of it; empty if nothing.
    """

    check: str
    verdict: Verdict
    measured: str
    bound: str = ""


def judged(check: str, *, holds: bool, measured: str, bound: str = "") -> Finding:
    """Return a finding that passed if `holds`."""
    verdict = Verdict.PASSED if holds else Verdict.FAILED
    return Finding(check=check, verdict=verdict, measured=measured, bound=bound)


def untested(check: str, why: str) -> Finding:
    """Return a finding of something that could not be looked at."""
    return Finding(check=check, verdict=Verdict.NOT_TESTED, measured=why)
