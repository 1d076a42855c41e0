"""Say what every bench current source must be able to do, whatever it is.

Integers only: nA, uV, ms, us. Nothing here reads a clock; time-outs are the transport's business.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from instruments.declarations import (
    Capabilities,
    Conduct,
    FailSafeTier,
    OffState,
    SourceSettings,
)
from instruments.errors import (
    ConnectionClosedError,
    InstrumentError,
    InvalidReadingError,
    NoSuchResourceError,
    OffNotConfirmedError,
    ResourceInUseError,
    SettingRefusedError,
    SilentInstrumentError,
    WrongInstrumentError,
)
from instruments.readings import Identity, OffReport, ProgramReport, Reading

__all__ = [
    "Capabilities",
    "Conduct",
    "ConnectionClosedError",
    "CurrentSource",
    "FailSafeTier",
    "Identity",
    "InstrumentError",
    "InvalidReadingError",
    "NoSuchResourceError",
    "OffNotConfirmedError",
    "OffReport",
    "OffState",
    "ProgramReport",
    "ProgramSource",
    "Reading",
    "ResourceInUseError",
    "SettingRefusedError",
    "SilentInstrumentError",
    "SourceSettings",
    "WrongInstrumentError",
]


class CurrentSource(ABC):
    """Drive one current source over one exclusive connection.

    Construction opens nothing and changes nothing; `instruments.catalog.open_source` connects.
    Methods raise only subclasses of `InstrumentError`.

    A lease (tier A) is installed and read back by `configure`, begun by `switch_on`, renewed by
    `apply_and_read`, and let lapse by no question here. `make_safe` works whatever it does.
    """

    @property
    @abstractmethod
    def resource(self) -> str:
        """Give the VISA resource name."""

    @property
    @abstractmethod
    def identity(self) -> Identity:
        """Give what the instrument says it is, as read when it was opened."""

    @property
    @abstractmethod
    def capabilities(self) -> Capabilities:
        """Give what the driver declares."""

    @property
    def calibration_date(self) -> str | None:
        """Give the day of calibration that the instrument stores, in its words."""
        return None

    @abstractmethod
    def configure(self, settings: SourceSettings) -> SourceSettings:
        """Set fixed ranges, compliance, integration and off state with the output off.

        Parameters
        ----------
        settings : SourceSettings
            What to set.

        Returns
        -------
        SourceSettings
            What was read back.

        Raises
        ------
        SettingRefusedError
            If the instrument keeps another value, or reports an error.
        """

    @abstractmethod
    def read_settings(self) -> SourceSettings:
        """Ask the instrument for its settings; nothing is cached.

        Returns
        -------
        SourceSettings
            What is set now.

        Raises
        ------
        SettingRefusedError
            If something that makes a reading false is set: another function, autorange, ...
        """

    @abstractmethod
    def switch_on(self) -> None:
        """Set the level to zero, confirm it, switch the output on and confirm that.

        Raises
        ------
        SettingRefusedError
            If the level is not zero or the output stays off.
        """

    @abstractmethod
    def apply_and_read(self, current_na: int) -> Reading:
        """Set the level and read voltage, current and status, as one message.

        Parameters
        ----------
        current_na : int
            Level, nA; within the fixed range.

        Returns
        -------
        Reading
            Taken after the level was set.

        Raises
        ------
        SettingRefusedError
            If the level is outside the range, or another level is read back.
        InvalidReadingError
            If the answer is not a reading.
        SilentInstrumentError
            If no answer came in time.
        ConnectionClosedError
            If the connection is gone.
        """

    @abstractmethod
    def read_output_on(self) -> bool:
        """Ask whether the output is on.

        Returns
        -------
        bool
            True while the output is on.
        """

    @abstractmethod
    def read_interlock_closed(self) -> bool | None:
        """Ask whether the interlock permits the output.

        Returns
        -------
        bool or None
            True if closed; None if the instrument has none.
        """

    @abstractmethod
    def make_safe(self) -> OffReport:
        """Set the level to zero, switch the output off and confirm both, from any state.

        Returns
        -------
        OffReport
            How it was confirmed.

        Raises
        ------
        OffNotConfirmedError
            If the output cannot be shown to be off.
        """

    def send_off(self) -> None:
        """Order OFF once, waiting for an answer as short as can be; `make_safe` confirms it.

        Where several sources must go off, a deaf one must not delay the others: a driver that can
        do it sooner overrides this.
        """
        self.make_safe()

    @abstractmethod
    def drain_errors(self) -> tuple[str, ...]:
        """Read the instrument's error queue until it is empty.

        Returns
        -------
        tuple of str
            Entries as the instrument words them, oldest first.
        """

    @abstractmethod
    def close(self) -> None:
        """Close the connection; the output stays as it is."""


class ProgramSource(CurrentSource):
    """Drive a source that plays finite programs and takes no set-point while one runs.

    Every program ends with the output off by the instrument's own means; `apply_and_read` is
    refused while one runs.
    """

    @abstractmethod
    def load_program(self, levels_na: Sequence[int], point_ms: int) -> None:
        """Load one program; the driver appends level zero and output off.

        Parameters
        ----------
        levels_na : sequence of int
            Level of each point, nA; within the fixed range, at most `program_points_max`.
        point_ms : int
            Time at each point, ms.

        Raises
        ------
        SettingRefusedError
            If a level or time is out of bounds, a program runs, or fewer points are read back.
        """

    @abstractmethod
    def start_program(self) -> None:
        """Switch the output on and begin with the first point at once.

        Raises
        ------
        SettingRefusedError
            If no program is loaded.
        """

    @abstractmethod
    def read_program(self) -> ProgramReport:
        """Read what can be read now without disturbing the program; at most one question long."""

    @abstractmethod
    def abort_program(self) -> None:
        """Break the program off as its bus accepts; `make_safe` works afterwards."""
