"""Play finite programs on sources that step through a list of levels by themselves.

What such drivers have in common: a program is checked before anything is sent, a zero is put at its
end, all of it is read back, and nothing else is done with it while it plays.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from instruments.declarations import SourceSettings
from instruments.errors import SettingRefusedError
from instruments.orders import amperes
from instruments.readings import Identity
from instruments.replies import parse_scaled, split_fields
from instruments.scpi_source import ScpiSource
from instruments.source import ProgramSource
from instruments.visa import VisaLink

__all__ = ["ListProgram", "ListProgramSource", "in_pieces"]

_VALUES_A_MESSAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ListProgram:
    """Hold one program.

    Parameters
    ----------
    levels_na : tuple of int
        Level of each point, nA, without the zero at the end.
    point_ms : int
        Time at each, ms.
    settings : SourceSettings
        What was set when it was checked.
    """

    levels_na: tuple[int, ...]
    point_ms: int
    settings: SourceSettings

    @property
    def points(self) -> int:
        """Points in the instrument, with the zero at the end."""
        return len(self.levels_na) + 1

    def amperes(self) -> list[str]:
        """Write the levels, with the zero at the end."""
        return [amperes(level_na) for level_na in (*self.levels_na, 0)]

    def confirm_levels(self, answer: str, step_na: int) -> None:
        """Compare a list that was read back with the levels.

        Parameters
        ----------
        answer : str
            Levels, A, joined with commas.
        step_na : int
            How far the instrument may round a level other than zero, nA.

        Raises
        ------
        SettingRefusedError
            If one differs.
        InvalidReadingError
            If there are more or fewer, or one is no number.
        """
        kept_na = (parse_scaled(field, 9) for field in split_fields(answer, self.points))
        for asked_na, found_na in zip((*self.levels_na, 0), kept_na, strict=True):
            if abs(asked_na - found_na) > (step_na if asked_na else 0):
                raise SettingRefusedError("level_na", asked=asked_na, kept=found_na)


def in_pieces(header: str, values: Sequence[str]) -> tuple[str, ...]:
    """Write a list of any length as messages that an instrument takes.

    Parameters
    ----------
    header : str
        Header of the list; the pieces behind the first are appended.
    values : sequence of str
        At least one.

    Returns
    -------
    tuple of str
        Messages of a hundred values at most.
    """
    return tuple(
        f"{header}{':APP' if first else ''} {','.join(values[first : first + _VALUES_A_MESSAGE])}"
        for first in range(0, len(values), _VALUES_A_MESSAGE)
    )


class ListProgramSource(ScpiSource, ProgramSource):
    """Hold a source that plays lists.

    Parameters
    ----------
    link : VisaLink
        Open connection.
    identity : Identity
        What the instrument answered to ``*IDN?``.
    """

    longest_program_ms: int
    """How long a program may last without the zero at its end, ms."""

    def __init__(self, link: VisaLink, identity: Identity) -> None:
        super().__init__(link, identity)
        self._program: ListProgram | None = None
        self._touched = False
        self._playing = False

    @abstractmethod
    def _shortest_point_ms(self, settings: SourceSettings) -> int:
        """Give the shortest time of a point under these settings, ms."""

    @abstractmethod
    def _program_messages(self, program: ListProgram) -> tuple[str, ...]:
        """List the messages that load a checked program."""

    @abstractmethod
    def _confirm_program(self, program: ListProgram) -> None:
        """Read a program back and refuse what differs."""

    def _plays(self) -> bool:
        """Tell whether a program plays, as far as that is known."""
        return self._playing

    @final
    def load_program(self, levels_na: Sequence[int], point_ms: int) -> None:
        """Load one program and read all of it back.

        Parameters
        ----------
        levels_na : sequence of int
            Level of each point, nA.
        point_ms : int
            Time at each point, ms.

        Raises
        ------
        SettingRefusedError
            If it is out of bounds, a program plays, or something else is read back.
        """
        settings = self._settings
        if settings is None or self._plays():
            kept = "unconfigured" if settings is None else "a program that plays"
            raise SettingRefusedError("program", asked="a new one", kept=kept)
        self._program = None
        self._check_program(levels_na, point_ms, settings)
        program = ListProgram(levels_na=tuple(levels_na), point_ms=point_ms, settings=settings)
        # From here on what switches off by itself is set, whether or not the program is confirmed.
        self._touched = True
        for message in self._program_messages(program):
            self._link.write(message)
        self._confirm_program(program)
        if complaints := "; ".join(self.drain_errors()):
            raise SettingRefusedError("program", asked="loaded", kept="refused", detail=complaints)
        self._program = program

    def _check_program(
        self, levels_na: Sequence[int], point_ms: int, settings: SourceSettings
    ) -> None:
        longest = self.longest_program_ms // max(point_ms, 1)
        most = min(self.capabilities.program_points_max, longest)
        highest = max(map(abs, levels_na), default=0)
        shortest_ms = self._shortest_point_ms(settings)
        for name, value, low, high in (
            ("level_na", highest, 0, settings.current_range_na),
            ("point_ms", point_ms, shortest_ms, self.longest_program_ms),
            ("points", len(levels_na), 1, most),
        ):
            if not low <= value <= high:
                raise SettingRefusedError(name, asked=value, kept=f"{low} to {high}")

    def _ready_program(self) -> ListProgram:
        """Give the loaded program, if it may begin."""
        if self._program is None or self._plays():
            raise SettingRefusedError("program", asked="started", kept="none that is loaded")
        return self._program

    def _refuse_beside_a_program(self, current_na: int) -> None:
        """Refuse a level while a program plays, or lies ready to be played by a reading."""
        if self._plays() or self._touched:
            raise SettingRefusedError("level_na", asked=current_na, kept="those of a program")

    def _forget_program(self) -> None:
        """Note that the instrument no longer holds a program."""
        self._program, self._touched, self._playing = None, False, False
