"""Do what drivers of sources in an IEEE 488.2 dialect have in common.

A driver adds its own messages: what to send to configure, what to ask, how to switch off. What must
never differ between drivers stands here: every setting is read back and compared, an output is off
only when it says so, and OFF is repeated, over a new connection if need be.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import final

from instruments.declarations import Capabilities, OffState, SourceSettings
from instruments.errors import (
    ConnectionClosedError,
    InstrumentError,
    NoSuchResourceError,
    OffNotConfirmedError,
    SettingRefusedError,
)
from instruments.replies import parse_decimal
from instruments.source import CurrentSource, Identity, OffReport, Reading
from instruments.visa import VisaLink

__all__ = ["ScpiSource", "check_settings"]

_SAFE_ATTEMPTS = 3
_HURRY_MS = 10
_LONGEST_QUEUE = 64


class ScpiSource(CurrentSource):
    """Hold one output of one instrument over its connection.

    Parameters
    ----------
    link : VisaLink
        Open connection.
    identity : Identity
        What the instrument answered to ``*IDN?``.
    """

    def __init__(self, link: VisaLink, identity: Identity) -> None:
        self._link = link
        self._identity = identity
        self._settings: SourceSettings | None = None

    @property
    def resource(self) -> str:
        """Give the VISA resource name."""
        return self._link.resource

    @property
    def identity(self) -> Identity:
        """Give what the instrument said it is."""
        return self._identity

    @abstractmethod
    def _configuration(self, settings: SourceSettings) -> tuple[str, ...]:
        """List the messages that configure, in an order that never opens a limit too far."""

    @abstractmethod
    def _ask_off(self, attempt: int) -> tuple[int, bool, OffState]:
        """Order level zero and output off; ask level, nA, output and off state."""

    @abstractmethod
    def _begin(self) -> None:
        """Set the level to zero, confirm it, switch the output on and confirm that."""

    @abstractmethod
    def _exchange(self, current_na: int) -> tuple[int, Reading]:
        """Send a level and read, as one message; give the level that was read back, nA."""

    @abstractmethod
    def _check(self, settings: SourceSettings) -> None:
        """Refuse what the driver does not set, before anything is sent."""

    def _order(self, message: str) -> None:
        """Send one message that asks nothing."""
        self._link.write(message)

    def _query(self, message: str) -> str:
        """Send one message and give what it answers."""
        return self._link.query(message)

    def configure(self, settings: SourceSettings) -> SourceSettings:
        """Set everything with the output off, and read it back.

        Parameters
        ----------
        settings : SourceSettings
            What to set; ranges must be fixed ranges of the instrument.

        Returns
        -------
        SourceSettings
            What was read back, equal to what was asked.

        Raises
        ------
        SettingRefusedError
            If a value is outside the driver's bounds, or the instrument keeps another.
        OffNotConfirmedError
            If the output cannot be shown to be off first.
        """
        self._check(settings)
        self.make_safe()
        for message in ("*CLS", *self._configuration(settings)):
            self._order(message)
        kept = self.read_settings()
        complaints = "; ".join(self.drain_errors())
        for name in SourceSettings.__slots__:
            asked, found = getattr(settings, name), getattr(kept, name)
            if found != asked:
                raise SettingRefusedError(name, asked=asked, kept=found, detail=complaints)
        if complaints:
            raise SettingRefusedError("settings", asked=settings, kept=kept, detail=complaints)
        self._settings = kept
        return kept

    @final
    def switch_on(self) -> None:
        """Set the level to zero, confirm it, switch on and confirm that.

        Raises
        ------
        SettingRefusedError
            If `configure` was not called, the level is not zero or the output stays off.
        """
        if self._settings is None:
            raise SettingRefusedError("output", asked="on", kept="off", detail="not configured yet")
        self._begin()

    def _confirm_on(self, level_na: int, *, output_on: bool) -> None:
        """Refuse an output that did not come on at zero."""
        if level_na != 0:
            raise SettingRefusedError("level_na", asked=0, kept=level_na)
        if not output_on:
            complaints = "; ".join(self.drain_errors())
            raise SettingRefusedError("output", asked="on", kept="off", detail=complaints)

    def apply_and_read(self, current_na: int) -> Reading:
        """Set the level and read voltage, current and status, as one message.

        Parameters
        ----------
        current_na : int
            Level, nA; within the fixed range.

        Returns
        -------
        Reading
            Taken at that level.

        Raises
        ------
        SettingRefusedError
            If the level is outside the range, or another level is read back.
        InstrumentError
            As the contract says.
        """
        settings = self._settings
        if settings is None or abs(current_na) > settings.current_range_na:
            kept = "unconfigured" if settings is None else f"+-{settings.current_range_na}"
            raise SettingRefusedError("level_na", asked=current_na, kept=kept)
        level_na, reading = self._exchange(current_na)
        # An instrument may round a level to a step of its range, never further.
        step_na = self.capabilities.resolution_na(settings.current_range_na)
        if abs(level_na - current_na) > step_na:
            raise SettingRefusedError("level_na", asked=current_na, kept=level_na)
        return reading

    def send_off(self) -> None:
        """Order OFF once; the answer is waited for no longer than a healthy wire needs."""
        with self._link.patience(_HURRY_MS):
            self._ask_off(1)

    @final
    def make_safe(self) -> OffReport:
        """Set the level to zero, switch off and confirm both; repeat, reconnect if need be.

        Returns
        -------
        OffReport
            How it was confirmed.

        Raises
        ------
        OffNotConfirmedError
            If the output cannot be shown to be off.
        """
        reconnected = False
        last = ""
        for attempt in range(1, _SAFE_ATTEMPTS + 1):
            try:
                return self._switch_off(attempt, reconnected=reconnected)
            except ConnectionClosedError as error:
                last = str(error)
                reconnected = self._reconnect()
            except InstrumentError as error:
                last = str(error)
        raise OffNotConfirmedError(self.resource, attempts=_SAFE_ATTEMPTS, last=last)

    def _switch_off(self, attempt: int, *, reconnected: bool) -> OffReport:
        level_na, output_on, off_state = self._ask_off(attempt)
        if output_on or level_na != 0:
            kept = f"{'on' if output_on else 'off'} at {level_na} nA"
            raise SettingRefusedError("output", asked="off at 0 nA", kept=kept)
        return OffReport(
            level_na=level_na,
            output_on=output_on,
            off_state=off_state,
            attempts=attempt,
            reconnected=reconnected,
        )

    def _reconnect(self) -> bool:
        try:
            self._link.reopen()
        except NoSuchResourceError:
            return False
        return True

    def drain_errors(self) -> tuple[str, ...]:
        """Read the error queue until it is empty.

        Returns
        -------
        tuple of str
            Entries, oldest first, at most 64.
        """
        entries: list[str] = []
        while len(entries) < _LONGEST_QUEUE:
            entry = self._query(":SYST:ERR?")
            if parse_decimal(entry.partition(",")[0]) == 0:
                break
            entries.append(entry)
        return tuple(entries)

    def close(self) -> None:
        """Close the connection; the output stays as it is."""
        self._link.close()


def check_settings(
    declared: Capabilities,
    settings: SourceSettings,
    *,
    nplc_milli: tuple[int, int],
) -> None:
    """Refuse settings that a driver does not declare.

    Parameters
    ----------
    declared : Capabilities
        What the driver declares.
    settings : SourceSettings
        What is asked for.
    nplc_milli : tuple of int
        Shortest and longest integration, thousandths of a power-line cycle.

    Raises
    ------
    SettingRefusedError
        If a range, off state or protection is none of those declared, or a value is out of bounds.
    """
    for name, allowed in (
        ("current_range_na", declared.current_ranges_na),
        ("voltage_range_uv", declared.voltage_ranges_uv),
        ("off_state", declared.off_states),
        ("protection_uv", declared.protection_levels_uv or (None,)),
    ):
        value = getattr(settings, name)
        if value not in allowed:
            raise SettingRefusedError(name, asked=value, kept=f"one of {allowed}")
    highest = min(declared.max_compliance_uv, settings.voltage_range_uv)
    for name, low, high in (
        ("compliance_uv", declared.min_compliance_uv, highest),
        ("nplc_milli", *nplc_milli),
    ):
        if not low <= getattr(settings, name) <= high:
            raise SettingRefusedError(name, asked=getattr(settings, name), kept=f"{low} to {high}")
