"""Keep settings that an instrument stores and gives back, and does nothing else with.

Drivers set and read many of them; an instrument's own module reads those that matter to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from instruments.emulation.ieee4882 import ScpiError
from instruments.emulation.instrument import Command, Parameters, within
from instruments.emulation.parameters import Parameter

__all__ = ["Setting", "Settings", "number", "switch", "whole", "word"]

_Value = float | int | bool | str


@dataclass(frozen=True, slots=True)
class Setting:
    """Hold how one setting is read and written.

    Parameters
    ----------
    default : float, int, bool or str
        Value after a reset.
    read : callable
        Reads a parameter.
    write : callable
        Writes the answer.
    """

    default: _Value
    read: Callable[[Parameter], _Value]
    write: Callable[[_Value], str] = str


def switch(*, default: bool) -> Setting:
    """Make a setting that is on or off."""
    return Setting(default, Parameter.boolean, lambda value: str(int(value)))


def number(low: float, high: float, default: float, *, unit: str = "") -> Setting:
    """Make a setting that is a number between two bounds."""
    return Setting(
        default,
        lambda parameter: within(parameter, low, high, default=default, unit=unit),
        lambda value: f"{float(value):.6E}",
    )


def whole(low: int, high: int, default: int) -> Setting:
    """Make a setting that is a whole number between two bounds."""
    return Setting(
        default,
        lambda parameter: round(within(parameter, low, high, default=default)),
        lambda value: str(int(value)),
    )


def word(*spellings: str) -> Setting:
    """Make a setting that is one of several words, the first after a reset."""
    return Setting(Parameter(spellings[0]).choice(*spellings), partial(_choose, spellings))


def _choose(spellings: tuple[str, ...], parameter: Parameter) -> str:
    if parameter.text[:1] in "'\"":
        parameter = Parameter(parameter.string() or "?")
    return parameter.choice(*spellings)


class Settings:
    """Hold the present values.

    Parameters
    ----------
    table : Mapping of str to Setting
        By header pattern.
    """

    def __init__(self, table: Mapping[str, Setting]) -> None:
        self._table = dict(table)
        self._values: dict[str, _Value] = {}
        self.reset()

    def reset(self) -> None:
        """Put every default back."""
        self._values = {pattern: setting.default for pattern, setting in self._table.items()}

    def commands(self) -> dict[str, Command]:
        """Build their commands.

        Returns
        -------
        dict of str to Command
            By header pattern.
        """
        return {
            pattern: Command(
                order=partial(self._order, pattern),
                query=partial(self._query, pattern),
                queries=(0, 1),
            )
            for pattern in self._table
        }

    def _order(self, pattern: str, parameters: Parameters) -> float:
        self._values[pattern] = self._table[pattern].read(parameters[0])
        return 0.0

    def _query(self, pattern: str, parameters: Parameters) -> str:
        setting = self._table[pattern]
        if not parameters:
            return setting.write(self._values[pattern])
        if parameters[0].choice("MINimum", "MAXimum", "DEFault") == "DEF":
            return setting.write(setting.default)
        if isinstance(setting.default, str | bool):
            raise ScpiError(-224, parameters[0].text)
        return setting.write(setting.read(parameters[0]))

    def number(self, pattern: str) -> float:
        """Give a number.

        Parameters
        ----------
        pattern : str
            Its header pattern.

        Returns
        -------
        float
            Present value.
        """
        return float(self._values[pattern])

    def word(self, pattern: str) -> str:
        """Give a word.

        Parameters
        ----------
        pattern : str
            Its header pattern.

        Returns
        -------
        str
            Present value, in its short form.
        """
        return str(self._values[pattern])

    def put(self, pattern: str, value: _Value) -> None:
        """Change a value as the instrument itself does.

        Parameters
        ----------
        pattern : str
            Header pattern.
        value : float, int, bool or str
            New value.
        """
        self._values[pattern] = value
