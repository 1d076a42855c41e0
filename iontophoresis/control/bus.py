"""One channel's source: set and read back; every reading mapped for the kernel.

Instrument errors become what the kernel can judge: a missing reading, changed settings, or a
connection that is gone.
"""

import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import isqrt
from statistics import median_high

from instruments.errors import ConnectionClosedError, InstrumentError, SettingRefusedError
from instruments.source import CurrentSource, OffReport, ProgramSource, Reading, SourceSettings
from iontophoresis.control.order import ChannelOrder
from iontophoresis.control.pulse import CHECK_MS, Pulse
from iontophoresis.safety.kernel import ChannelReading

EXCHANGES_KEPT = 32
MISSING = ChannelReading(
    valid=False, fresh=False, voltage_uv=0, current_na=0, limited=False, output_on=False
)


@dataclass(slots=True)
class Seen:
    """One channel's reading this tick, and what went wrong on the wire.

    `blind`: nothing was measured; the kernel is told what was commanded, the record nothing.
    """

    reading: ChannelReading
    settings_kept: bool = True
    connected: bool = True
    error: str = ""
    blind: bool = False
    time_us: int = 0


class Bus:
    """One output of a source over its exclusive connection."""

    def __init__(self, order: ChannelOrder, source: CurrentSource) -> None:
        self.order = order
        self.source = source
        self.settings: SourceSettings | None = None
        self.pulse = Pulse()
        self._last_time_us = -1
        self._exchanges_ns: deque[int] = deque(maxlen=EXCHANGES_KEPT)

    @property
    def exchange_ms(self) -> int:
        """Time that setting and reading has lately taken, ms of real time; 0 before the first."""
        return -(-median_high(self._exchanges_ns or (0,)) // 1_000_000)

    @property
    def blind(self) -> bool:
        """Whether neither the source nor a meter beside it measures the current."""
        return not self.source.capabilities.measures_current

    @property
    def program(self) -> ProgramSource:
        """The source as one that plays programs.

        Raises
        ------
        TypeError
            If it is led per tick.
        """
        if not isinstance(self.source, ProgramSource):
            message = f"channel {self.order.name}: its driver plays no programs"
            raise TypeError(message)
        return self.source

    def configure(self, peak_na: int, compliance_uv: int) -> SourceSettings:
        """Set the smallest fixed ranges that hold a peak and a compliance; read them back."""
        wanted = self.source.capabilities.smallest_settings(
            peak_current_na=peak_na, compliance_uv=compliance_uv
        )
        self.settings = self.source.configure(wanted)
        return self.settings

    def read_at(self, current_na: int) -> Seen:
        """Apply a set-point and read; never raises for what an instrument or wire can do."""
        began_ns = time.monotonic_ns()
        try:
            answer = self.source.apply_and_read(current_na)
        except InstrumentError as error:
            return not_seen(error)
        finally:
            self._exchanges_ns.append(time.monotonic_ns() - began_ns)
            self.pulse.beat()
        return self._mapped(answer, current_na)

    def read_program(self, levels_na: Sequence[int]) -> tuple[bool | None, list[Seen]]:
        """Read what a program has shown since the last call, `levels_na` being what it plays.

        Never raises for what an instrument or wire can do: that is a last entry without a reading.
        """
        try:
            report = self.program.read_program()
        except InstrumentError as error:
            return None, [not_seen(error)]
        pairs = zip(report.readings, levels_na, strict=False)
        return report.running, [self._mapped(answer, level) for answer, level in pairs]

    def _mapped(self, answer: Reading, level_na: int) -> Seen:
        fresh = answer.instrument_time_us > self._last_time_us
        self._last_time_us = answer.instrument_time_us
        reading = ChannelReading(
            valid=True,
            fresh=fresh,
            voltage_uv=answer.voltage_uv,
            current_na=answer.current_na,
            limited=answer.limited,
            output_on=answer.output_on,
        )
        if self.blind:
            voltage_uv = self.expected_uv(level_na)
            reading = reading._replace(current_na=level_na, voltage_uv=voltage_uv)
        return Seen(reading, blind=self.blind, time_us=answer.instrument_time_us)

    def expected_uv(self, level_na: int) -> int:
        """Return the voltage of a load in the middle of its window."""
        middle_ohm = isqrt(self.order.judge.load_low_ohm * self.order.judge.load_high_ohm)
        return level_na * middle_ohm // 1000

    def settings_error(self) -> str:
        """Ask the source for its settings and errors; return what is not as it was left."""
        try:
            kept = self.source.read_settings()
            self.pulse.beat()
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

    def left_on(self) -> bool:
        """Tell whether the output is on, or does not say."""
        try:
            return self.source.read_output_on()
        except InstrumentError:
            return True

    def abort_program(self) -> None:
        """Break a program off; `make_safe` confirms it."""
        with suppress(InstrumentError):
            self.program.abort_program()

    def send_off(self) -> None:
        """Order OFF once; `make_safe` confirms it, so whatever goes wrong here is found there."""
        # A deaf source is asked again and again, which takes longer than a tick may.
        self.pulse.expect(CHECK_MS)
        with suppress(Exception):
            self.source.send_off()

    def make_safe(self) -> OffReport:
        """Switch off and confirm it."""
        return self.source.make_safe()


def not_seen(error: InstrumentError) -> Seen:
    """Say to the kernel what an instrument's error means."""
    if isinstance(error, SettingRefusedError):
        return Seen(MISSING, settings_kept=False, error=str(error))
    if isinstance(error, ConnectionClosedError):
        return Seen(MISSING, connected=False, error=str(error))
    return Seen(MISSING, error=str(error))
