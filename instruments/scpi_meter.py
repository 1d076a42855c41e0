"""Read DC voltages with a meter that speaks SCPI: ask now, take the answer in a later tick.

A model adds a table of what it is told. Ranges are fixed and read back, an overload is an error and
never a number, and a reading begun for one question never answers another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from instruments.errors import SettingRefusedError
from instruments.meter import VoltageMeter
from instruments.readings import Identity
from instruments.replies import parse_decimal, parse_flag, parse_scaled, split_fields
from instruments.visa import VisaLink

__all__ = ["MeterDialect", "ScpiVoltageMeter"]

_LONGEST_QUEUE = 64


@dataclass(frozen=True, slots=True)
class MeterDialect:
    """Hold what one model is told.

    Parameters
    ----------
    ranges_uv : tuple of tuple of int
        Fixed ranges of each input, uV, rising.
    setup : callable
        Messages that set every given input to its range.
    range_query : callable
        Question for range and autorange of one input, two fields.
    select : callable
        Order that connects one input before a reading; empty if there is but one.
    """

    ranges_uv: tuple[tuple[int, ...], ...]
    setup: Callable[[dict[int, int]], tuple[str, ...]]
    range_query: Callable[[int], str]
    select: Callable[[int], str]


class ScpiVoltageMeter(VoltageMeter):
    """Hold one meter over one exclusive connection.

    Parameters
    ----------
    link : VisaLink
        Open connection.
    identity : Identity
        What the instrument answered to ``*IDN?``.
    dialect : MeterDialect
        What its model is told.
    """

    def __init__(self, link: VisaLink, identity: Identity, dialect: MeterDialect) -> None:
        self._link = link
        self._identity = identity
        self._dialect = dialect
        self._inputs: tuple[int, ...] = ()

    @property
    def resource(self) -> str:
        """Give the VISA resource name."""
        return self._link.resource

    @property
    def identity(self) -> Identity:
        """Give what the instrument said it is."""
        return self._identity

    def configure(self, range_uv: int, inputs: tuple[int, ...] = (1,)) -> None:
        """Set a fixed range of DC voltage on every input, and read it back.

        Parameters
        ----------
        range_uv : int
            Largest magnitude that will stand on an input, uV.
        inputs : tuple of int
            Inputs, from 1.

        Raises
        ------
        SettingRefusedError
            If the instrument keeps another range, or has no such input or range.
        """
        chosen = {one: self._range(one, range_uv) for one in inputs}
        self._inputs = ()
        self._link.write("*CLS")
        for message in self._dialect.setup(chosen):
            self._link.write(message)
        for one, wanted_uv in chosen.items():
            answer = self._link.query(self._dialect.range_query(one))
            full_scale, auto = split_fields(answer, 2, ";")
            kept_uv = parse_scaled(full_scale, 6)
            if kept_uv != wanted_uv or parse_flag(auto):
                raise SettingRefusedError(f"range_uv of input {one}", asked=wanted_uv, kept=answer)
        if complaints := "; ".join(self._drain_errors()):
            raise SettingRefusedError("range_uv", asked=range_uv, kept="?", detail=complaints)
        self._inputs = inputs

    def _range(self, one: int, range_uv: int) -> int:
        ranges = self._dialect.ranges_uv
        if not 1 <= one <= len(ranges):
            raise SettingRefusedError("input", asked=one, kept=f"1 to {len(ranges)}")
        for full_scale_uv in ranges[one - 1]:
            if abs(range_uv) <= full_scale_uv:
                return full_scale_uv
        raise SettingRefusedError("range_uv", asked=range_uv, kept=f"up to {ranges[one - 1][-1]}")

    def _drain_errors(self) -> tuple[str, ...]:
        entries: list[str] = []
        while len(entries) < _LONGEST_QUEUE:
            entry = self._link.query(":SYST:ERR?")
            if parse_decimal(entry.partition(",")[0]) == 0:
                break
            entries.append(entry)
        return tuple(entries)

    def request(self, channel: int = 1) -> None:
        """Ask for one reading of an input without waiting for it.

        Parameters
        ----------
        channel : int
            One of the configured inputs.

        Raises
        ------
        SettingRefusedError
            If it was not configured.
        """
        if channel not in self._inputs:
            raise SettingRefusedError("input", asked=channel, kept=self._inputs or "unconfigured")
        select = self._dialect.select(channel)
        self._link.request(f"{select};:READ?" if select else ":READ?")

    def take(self, within_ms: int = 0) -> int | None:
        """Take the reading that was asked for.

        Parameters
        ----------
        within_ms : int
            How long to wait for it, ms.

        Returns
        -------
        int or None
            Voltage, uV; None if it has not come yet.

        Raises
        ------
        InvalidReadingError
            If what came is no reading, or an overload.
        """
        answer = self._link.take(within_ms)
        return None if answer is None else parse_scaled(answer, 6)

    def close(self) -> None:
        """Close the connection."""
        self._link.close()
