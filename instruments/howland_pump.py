"""Drive a home-built current pump in the dialect of `howland_pump_dialect.md`, tick by tick.

Every line carries a tag and a checksum both ways, because a serial line corrupts digits: a level
with a wrong digit is never executed, a reading with one never believed. The lease is the firmware's
own watchdog (tier A).

Still to be seen on hardware: everything. The dialect is ours, and each firmware must show that it
keeps its promises.
"""

from __future__ import annotations

from binascii import crc_hqx
from dataclasses import replace

from instruments.declarations import Capabilities, Conduct, FailSafeTier, OffState, SourceSettings
from instruments.errors import InvalidReadingError, SettingRefusedError, WrongInstrumentError
from instruments.replies import parse_flag, parse_scaled, split_fields, unquote
from instruments.scpi_source import ScpiSource, check_settings
from instruments.source import Identity, Reading
from instruments.visa import VisaLink

__all__ = ["PROMISES", "HowlandPump"]

_LEASE_MS, _REACTION_MS = 500, 100
_HIGHEST_UV = 60_000_000
_LIMITED, _OUTPUT = 1, 2
_CYCLE_US = 20_000
PROMISES = Capabilities(
    driver="howland-pump",
    tick_ms=50,
    conduct=Conduct.PER_TICK,
    tier=FailSafeTier.LEASE,
    worst_case_off_s=(_LEASE_MS + _REACTION_MS) / 1000,
    current_ranges_na=(),
    current_resolutions_na=(),
    voltage_ranges_uv=(),
    max_compliance_uv=_HIGHEST_UV,
    min_compliance_uv=0,
    measures_voltage=True,
    measures_current=True,
    off_states=(OffState.HIGH_IMPEDANCE,),
    lease_ms=_LEASE_MS,
)
"""What every firmware holds; each names its own ranges and limits."""
_OFFSET_PARTS, _LARGEST_OFFSET_NA = 500, 10_000
"""Ordinary parts set and read zero 0.1 % of the range apart, each; above 10 uA nothing is "off"."""


class HowlandPump(ScpiSource):
    """Hold one pump over one exclusive connection.

    Parameters
    ----------
    link : VisaLink
        Open connection.
    identity : Identity
        What the pump answered to ``*IDN?``.

    Raises
    ------
    WrongInstrumentError
        If it cannot hold a lease of half a second.
    """

    def __init__(self, link: VisaLink, identity: Identity) -> None:
        super().__init__(link, identity)
        lowest, highest, shortest, longest = self._numbers("CAP?", 4)
        ranges = [parse_scaled(field, 0) for field in self._query("CAP:RANG?").split(",")]
        if not shortest <= _LEASE_MS <= longest or not ranges or len(ranges) % 2:
            raise WrongInstrumentError(
                link.resource,
                found=f"leases of {shortest} to {longest} ms, ranges {ranges}",
                wanted=f"a firmware that takes a lease of {_LEASE_MS} ms and names its ranges",
            )
        self._capabilities = _capabilities(ranges, lowest, highest)
        self._calibrated = unquote(self._query("CAL?")) or None

    @property
    def capabilities(self) -> Capabilities:
        """Give what the pump says it can do."""
        return self._capabilities

    @property
    def calibration_date(self) -> str | None:
        """Give the day of calibration that the firmware stores."""
        return self._calibrated

    def _query(self, message: str) -> str:
        """Send units in a frame and give the answers of a frame that is whole."""
        tag = self._link.next_tag()
        body = f"{tag};{message}"
        start = f"{tag};"
        answer = self._link.exchange(f"{body}#{_checksum(body)}", start)
        answers, mark, found = answer.rpartition("#")
        if not mark or found != _checksum(start + answers):
            raise InvalidReadingError(answer, "its checksum is wrong")
        return answers

    def _order(self, message: str) -> None:
        self._query(message)

    def _numbers(self, message: str, count: int) -> tuple[int, ...]:
        return tuple(parse_scaled(field, 0) for field in split_fields(self._query(message), count))

    def _check(self, settings: SourceSettings) -> None:
        check_settings(self._capabilities, settings, nplc_milli=(20, 10_000))
        if settings.four_wire:
            raise SettingRefusedError("four_wire", asked=True, kept=False)

    def _configuration(self, settings: SourceSettings) -> tuple[str, ...]:
        average_us = settings.nplc_milli * _CYCLE_US // 1000
        return (
            f"VLIM {settings.compliance_uv};RANG {settings.current_range_na}",
            f"AVER {average_us};LEAS {_LEASE_MS}",
        )

    def read_settings(self) -> SourceSettings:
        """Ask the pump for its settings.

        Returns
        -------
        SourceSettings
            What is set now.

        Raises
        ------
        SettingRefusedError
            If its lease is another than the driver's.
        """
        answer = self._query("RANG?;VLIM?;AVER?;LEAS?")
        current_range, limit, average, lease = (
            parse_scaled(field, 0) for field in split_fields(answer, 4, ";")
        )
        if lease != _LEASE_MS:
            raise SettingRefusedError("lease_ms", asked=_LEASE_MS, kept=lease)
        return SourceSettings(
            current_range_na=current_range,
            compliance_uv=limit,
            voltage_range_uv=self._capabilities.voltage_ranges_uv[0],
            nplc_milli=average * 1000 // _CYCLE_US,
        )

    def _begin(self) -> None:
        level, output = split_fields(self._query("CURR 0;CURR?;OUTP 1;OUTP?"), 2, ";")
        self._confirm_on(parse_scaled(level, 0), output_on=parse_flag(output))

    def _exchange(self, current_na: int) -> tuple[int, Reading]:
        reading, level = split_fields(self._query(f"CURR {current_na};READ?;CURR?"), 2, ";")
        voltage, current, status, time = (
            parse_scaled(field, 0) for field in split_fields(reading, 4)
        )
        return parse_scaled(level, 0), Reading(
            voltage_uv=voltage,
            current_na=current,
            limited=bool(status & _LIMITED),
            output_on=bool(status & _OUTPUT),
            instrument_time_us=time * 1000,
        )

    def read_output_on(self) -> bool:
        """Ask whether the output relay is closed."""
        return parse_flag(self._query("OUTP?"))

    def read_interlock_closed(self) -> bool | None:
        """Ask whether the interlock is closed; None if there is none."""
        answer = self._query("INT?")
        return None if answer == "-1" else parse_flag(answer)

    def _ask_off(self, attempt: int) -> tuple[int, bool, OffState]:  # noqa: ARG002 - SAFE does both
        output, level = split_fields(self._query("SAFE;OUTP?;CURR?"), 2, ";")
        return parse_scaled(level, 0), parse_flag(output), OffState.HIGH_IMPEDANCE


def _capabilities(ranges: list[int], lowest_uv: int, highest_uv: int) -> Capabilities:
    return replace(
        PROMISES,
        current_ranges_na=tuple(ranges[::2]),
        current_resolutions_na=tuple(max(1, step) for step in ranges[1::2]),
        current_offsets_na=tuple(
            min(full // _OFFSET_PARTS + step, _LARGEST_OFFSET_NA)
            for full, step in zip(ranges[::2], ranges[1::2], strict=True)
        ),
        voltage_ranges_uv=(highest_uv,),
        max_compliance_uv=min(highest_uv, _HIGHEST_UV),
        min_compliance_uv=lowest_uv,
    )


def _checksum(text: str) -> str:
    return f"{crc_hqx(text.encode('ascii', 'replace'), 0xFFFF):04X}"
