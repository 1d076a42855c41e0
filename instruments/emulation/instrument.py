"""Execute program messages: what every SCPI instrument has in common."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from dataclasses import dataclass

from instruments.emulation.device import PanelTouch
from instruments.emulation.ieee4882 import ScpiError, StatusModel
from instruments.emulation.parameters import Parameter
from instruments.emulation.scpi import CommandTree, Unit, parse_units

__all__ = ["Command", "Parameters", "ScpiInstrument", "Timed", "within"]

Parameters = tuple[Parameter, ...]
Timed = Generator[float, None, str]
"""Yields seconds to wait, then returns an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Hold what one header does.

    Parameters
    ----------
    order : callable or None
        Acts on parameters and gives the seconds it takes.
    query : callable or None
        Answers at once.
    measure : callable or None
        Answers after some time.
    orders, queries : tuple of int
        Fewest and most parameters of either form.
    """

    order: Callable[[Parameters], float] | None = None
    query: Callable[[Parameters], str] | None = None
    measure: Callable[[Parameters], Timed] | None = None
    orders: tuple[int, int] = (1, 1)
    queries: tuple[int, int] = (0, 0)


class ScpiInstrument:
    """Hold one instrument that understands program messages.

    Parameters
    ----------
    identity : str
        Answer to ``*IDN?``.
    """

    terminator = "\n"
    clear_byte = b""

    def __init__(self, identity: str) -> None:
        self.status = StatusModel()
        self._tree: CommandTree[Command] = CommandTree()
        self._replies: list[str] = []
        none = (0, 0)
        status = self.status
        for header, command in {
            "*IDN": Command(query=lambda _: identity),
            "*RST": Command(order=self._reset, orders=none),
            "*CLS": Command(order=self._clear, orders=none),
            "*ESE": Command(order=self._enable_events, query=lambda _: str(status.event_enable)),
            "*SRE": Command(order=self._enable_request, query=lambda _: str(status.request_enable)),
            "*ESR": Command(query=lambda _: str(status.take_event())),
            "*STB": Command(query=self._status_byte),
            "*OPC": Command(order=self._complete, orders=none, query=lambda _: "1"),
            "*WAI": Command(order=lambda _: 0.0, orders=none),
            "*TST": Command(query=lambda _: "0"),
        }.items():
            self._tree.add(header, command)

    def reset(self) -> None:
        """Put every setting back to its default."""

    def refresh(self) -> None:
        """Bring the terminals in line with the settings, after every order."""

    def time_s(self) -> float:
        """Tell the instrument's own time since its start, s."""
        return 0.0

    def power_on(self) -> None:
        """Start as after switching on."""
        self.reset()
        self.status.power_on()

    def report(self, code: int, detail: str = "") -> None:
        """Put an error into the queue."""
        self.status.report(code, detail, self.time_s())

    def said(self) -> list[str]:
        """Give nothing: it speaks when asked."""
        return []

    def device_clear(self) -> None:
        """Leave settings alone, as IEEE 488.2 wants of a device clear."""

    def next_wake_us(self) -> int | None:
        """Tell that it does nothing by itself."""
        return None

    def wake(self, now_us: int) -> None:
        """Do nothing by itself."""

    def touch_panel(self, touch: PanelTouch) -> None:  # noqa: ARG002 - for those that have one
        """Refuse: it has no keys."""
        raise ScpiError(-221, "no front panel")

    def _reset(self, _: Parameters) -> float:
        self.reset()
        return 0.0

    def _clear(self, _: Parameters) -> float:
        self.status.clear()
        return 0.0

    def _complete(self, _: Parameters) -> float:
        self.status.complete()
        return 0.0

    def _enable_events(self, parameters: Parameters) -> float:
        self.status.event_enable = parameters[0].integer()
        return 0.0

    def _enable_request(self, parameters: Parameters) -> float:
        self.status.request_enable = parameters[0].integer()
        return 0.0

    def _status_byte(self, _: Parameters) -> str:
        return str(self.status.status_byte(message_available=bool(self._replies)))

    def run(self, message: str) -> Generator[float, None, str | None]:
        """Execute one program message.

        A command error ends the message, an execution error only its own unit.

        Parameters
        ----------
        message : str
            Without terminator.

        Yields
        ------
        float
            Seconds to wait before it is resumed.

        Returns
        -------
        str or None
            Answers joined with ";"; None if nothing was asked.
        """
        # Another client may be heard while this message waits; its answers are not for this one.
        replies = self._replies = []
        level: tuple[str, ...] = ()
        for unit in parse_units(message):
            try:
                if isinstance(unit, ScpiError):
                    raise unit
                command, level = self._tree.resolve(unit.header, level)
                answer = yield from self._execute(command, unit)
                if answer is not None:
                    replies.append(answer)
            except ScpiError as error:
                self.report(error.code, error.detail)
                if -200 < error.code <= -100:
                    break
        return ";".join(replies) if replies else None

    def _execute(self, command: Command, unit: Unit) -> Generator[float, None, str | None]:
        if not unit.query:
            if command.order is None:
                raise ScpiError(-113, f"{unit.header} asks only")
            _count(unit, command.orders)
            busy_s = command.order(unit.parameters)
            self.refresh()
            if busy_s:
                yield busy_s
            return None
        if command.measure is not None:
            _count(unit, command.queries)
            return (yield from command.measure(unit.parameters))
        if command.query is None:
            raise ScpiError(-113, f"{unit.header}? cannot be asked")
        _count(unit, command.queries)
        return command.query(unit.parameters)


def _count(unit: Unit, bounds: tuple[int, int]) -> None:
    if len(unit.parameters) < bounds[0]:
        raise ScpiError(-109, unit.header)
    if len(unit.parameters) > bounds[1]:
        raise ScpiError(-108, unit.header)


def within(
    parameter: Parameter,
    low: float,
    high: float,
    *,
    default: float | None = None,
    unit: str = "",
) -> float:
    """Read a number between two bounds, or one of MINimum, MAXimum and DEFault.

    Parameters
    ----------
    parameter : Parameter
        As written.
    low, high : float
        Bounds.
    default : float or None
        What DEFault means; None if it may not be said.
    unit : str
        Unit that may follow the number.

    Returns
    -------
    float
        The number.

    Raises
    ------
    ScpiError
        -222 out of bounds or not finite, -104 or -131 if it cannot be read.
    """
    words = {"MIN": low, "MINIMUM": low, "MAX": high, "MAXIMUM": high}
    if default is not None:
        words |= {"DEF": default, "DEFAULT": default}
    word = parameter.text.upper()
    value = words[word] if word in words else parameter.number(unit)
    if not math.isfinite(value) or not low <= value <= high:
        raise ScpiError(-222, parameter.text)
    return value
