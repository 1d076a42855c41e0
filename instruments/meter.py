"""Say what a companion meter must be able to do beside a current source.

A scanning meter closes a relay before it reads, so a reading is asked for in one tick and taken in
a later one; nothing here waits longer than it is told to.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from instruments.errors import SilentInstrumentError
from instruments.readings import Identity

__all__ = ["CompanionMeters", "VoltageMeter"]

_UV_PER_MOHM_NA = 1_000_000


class VoltageMeter(ABC):
    """Read voltages on one or several inputs over one exclusive connection.

    Methods raise only subclasses of `instruments.errors.InstrumentError`.
    """

    @property
    @abstractmethod
    def resource(self) -> str:
        """Give the VISA resource name."""

    @property
    @abstractmethod
    def identity(self) -> Identity:
        """Give what the instrument says it is, as read when it was opened."""

    @abstractmethod
    def configure(self, range_uv: int, inputs: tuple[int, ...] = (1,)) -> None:
        """Set a fixed range of DC voltage on every input, and read it back.

        Parameters
        ----------
        range_uv : int
            Largest magnitude that will stand on an input, uV; the smallest fixed range that holds
            it is taken.
        inputs : tuple of int
            Inputs by the numbers the instrument gives them.

        Raises
        ------
        SettingRefusedError
            If the instrument keeps another range, or has no such input.
        """

    @abstractmethod
    def request(self, channel: int = 1) -> None:
        """Ask for one reading of an input without waiting for it.

        Parameters
        ----------
        channel : int
            One of the configured inputs.
        """

    @abstractmethod
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

    @abstractmethod
    def close(self) -> None:
        """Close the connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanionMeters:
    """Hold the meters of a source that cannot measure.

    Parameters
    ----------
    voltage : VoltageMeter or None
        Across the specimen.
    current : VoltageMeter or None
        Across a shunt in series with it.
    shunt_mohm : int
        Resistance of the shunt, mOhm.
    """

    voltage: VoltageMeter | None = None
    current: VoltageMeter | None = None
    shunt_mohm: int = 0

    def configure(self, *, compliance_uv: int, current_range_na: int) -> None:
        """Set each meter to the largest voltage that it will see.

        Parameters
        ----------
        compliance_uv : int
            Of the source, uV.
        current_range_na : int
            Full scale of the source, nA.

        Raises
        ------
        InstrumentError
            As of the meters.
        """
        if self.voltage is not None:
            self.voltage.configure(compliance_uv)
        if self.current is not None:
            self.current.configure(current_range_na * self.shunt_mohm // _UV_PER_MOHM_NA)

    def read(self, within_ms: int) -> tuple[int | None, int | None]:
        """Let the meters read, both at once, and wait for them.

        Parameters
        ----------
        within_ms : int
            How long to wait for each, ms.

        Returns
        -------
        voltage_uv, current_na : int or None
            None for what no meter measures.

        Raises
        ------
        SilentInstrumentError
            If one has not read in time.
        InvalidReadingError
            If one has nothing to say.
        """
        for meter in (self.voltage, self.current):
            if meter is not None:
                meter.request()
        voltage_uv = _taken(self.voltage, within_ms)
        over_shunt_uv = _taken(self.current, within_ms)
        if over_shunt_uv is None:
            return voltage_uv, None
        return voltage_uv, round(over_shunt_uv * _UV_PER_MOHM_NA / self.shunt_mohm)


def _taken(meter: VoltageMeter | None, within_ms: int) -> int | None:
    if meter is None:
        return None
    seen_uv = meter.take(within_ms)
    if seen_uv is None:
        raise SilentInstrumentError(meter.resource, "a reading", within_ms)
    return seen_uv
