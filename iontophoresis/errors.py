"""What the program says when it refuses: one line per problem, each naming where, what and what next.

Everything a person can get wrong in a file or an argument ends as an `InputError`; the command line
prints its lines and leaves with a non-zero status, without a traceback.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

LONGEST_VALUE = 60
MOST_LINES = 100


def printable(text: str, longest: int = LONGEST_VALUE) -> str:
    """Show foreign text on one line: control characters escaped, long text cut.

    Parameters
    ----------
    text : str
        Anything read from a file or given as an argument.
    longest : int
        Characters kept before the text is cut with an ellipsis.

    Returns
    -------
    str
        Text that cannot move a cursor, color a terminal or break a line.
    """
    shown = "".join(
        c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode("ascii")
        for c in text[: longest + 1]
    )
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong with an input.

    Attributes
    ----------
    origin : str
        File, shipped name or argument the input came from.
    key : str
        Dotted key with list indices counted from zero; empty when the whole input is meant.
    value : str
        What stands there, as written; empty when nothing does.
    place : str
        The same place in the words of the file: channel, segment, cell.
    reason : str
        What is wrong, with the bound.
    advice : str
        What to do next.
    """

    origin: str
    key: str = ""
    value: str = ""
    place: str = ""
    reason: str
    advice: str = ""

    def __str__(self) -> str:
        subject = self.key + (f" = {self.value}" if self.value else "")
        subject += f" ({self.place})" if self.place else ""
        text = ": ".join(part for part in (self.origin, subject, self.reason) if part)
        return f"{text}; {self.advice}" if self.advice else text


class IontophoresisError(Exception):
    """Base of every error this program raises on purpose."""


class InputError(IontophoresisError):
    """A file or argument was refused.

    Parameters
    ----------
    problems : iterable of Problem
        At least one; all that were found.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        lines = [str(problem) for problem in self.problems[:MOST_LINES]]
        left = len(self.problems) - len(lines)
        super().__init__("\n".join([*lines, f"and {left} more problems"] if left else lines))


class PlanRefusedError(InputError):
    """A valid protocol that this bench, or the limits, do not allow; every reason is listed."""
