"""The sources of a session: opened, pinned, set and read back; every reading mapped for the kernel.

Instrument errors become what the kernel can judge: a missing reading, changed settings, or a
connection that is gone.
"""

from dataclasses import dataclass

from instruments.catalog import open_source
from instruments.errors import (
    ConnectionClosedError,
    InstrumentError,
    SettingRefusedError,
    WrongInstrumentError,
)
from instruments.source import CurrentSource, FailSafeTier, OffReport, Reading, SourceSettings
from iontophoresis.control.order import ChannelOrder
from iontophoresis.safety.kernel import ChannelReading

READ_TIMEOUT_MS = 200
MISSING = ChannelReading(
    valid=False, fresh=False, voltage_uv=0, current_na=0, limited=False, output_on=False
)


@dataclass(slots=True)
class Seen:
    """One channel's reading this tick, and what went wrong on the wire."""

    reading: ChannelReading
    settings_kept: bool = True
    connected: bool = True
    error: str = ""


class Bus:
    """One source of a session over its exclusive connection."""

    def __init__(self, order: ChannelOrder, source: CurrentSource) -> None:
        self.order = order
        self.source = source
        self.settings: SourceSettings | None = None
        self._last_time_us = -1

    def configure(self, peak_na: int, compliance_uv: int) -> SourceSettings:
        """Set the smallest fixed ranges that hold a peak and a compliance; read them back."""
        wanted = self.source.capabilities.smallest_settings(
            peak_current_na=peak_na, compliance_uv=compliance_uv
        )
        self.settings = self.source.configure(wanted)
        return self.settings

    def read_at(self, current_na: int) -> Seen:
        """Apply a set-point and read; never raises for what an instrument or wire can do."""
        try:
            answer = self.source.apply_and_read(current_na)
        except SettingRefusedError as error:
            return Seen(MISSING, settings_kept=False, error=str(error))
        except ConnectionClosedError as error:
            return Seen(MISSING, connected=False, error=str(error))
        except InstrumentError as error:
            return Seen(MISSING, error=str(error))
        return Seen(self._mapped(answer))

    def _mapped(self, answer: Reading) -> ChannelReading:
        fresh = answer.instrument_time_us > self._last_time_us
        self._last_time_us = answer.instrument_time_us
        return ChannelReading(
            valid=True,
            fresh=fresh,
            voltage_uv=answer.voltage_uv,
            current_na=answer.current_na,
            limited=answer.limited,
            output_on=answer.output_on,
        )

    def settings_error(self) -> str:
        """Ask the source for its settings and errors; return what is not as it was left."""
        try:
            kept = self.source.read_settings()
            complaints = self.source.drain_errors()
        except InstrumentError as error:
            return str(error)
        if kept != self.settings:
            return f"settings are {kept}, and were {self.settings}"
        return "; ".join(complaints)

    def interlock_closed(self) -> bool:
        """Tell whether the interlock permits current; a source without one says nothing else."""
        try:
            return self.source.read_interlock_closed() is not False
        except InstrumentError:
            return False

    def make_safe(self) -> OffReport:
        """Switch off and confirm it."""
        return self.source.make_safe()


def open_bus(order: ChannelOrder) -> Bus:
    """Open the source of one channel and pin its identity.

    Raises
    ------
    InstrumentError
        If it cannot be opened, or is another one than the bench file names.
    """
    source = open_source(order.resource, driver=order.driver, timeout_ms=READ_TIMEOUT_MS)
    serial = source.identity.serial
    tier = source.capabilities.tier
    if tier is FailSafeTier.NONE and order.unattended_refusal:
        source.close()
        raise WrongInstrumentError(
            order.resource,
            found="a source that nothing switches off when the computer dies (tier C)",
            wanted=order.unattended_refusal,
        )
    if order.serial is not None and serial != order.serial:
        source.close()
        raise WrongInstrumentError(
            order.resource,
            found=f"serial {serial}",
            wanted=f"serial {order.serial} as the bench file says; check the address",
        )
    return Bus(order, source)
