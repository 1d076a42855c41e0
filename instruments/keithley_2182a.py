"""Read voltages with a Keithley 2182A nanovoltmeter, on its two inputs.

Forms and ranges are those of the Model 2182/2182A user's manual, 2182A-900-01. The second input
reaches 10 V and its low side is that of the first: across a specimen that floats, use the first.

Still to be seen on hardware: how long changing the input takes, and that range queries of the input
that is not selected answer.
"""

from __future__ import annotations

from instruments.orders import volts
from instruments.scpi_meter import MeterDialect

__all__ = ["KEITHLEY_2182A"]


def _setup(ranges_uv: dict[int, int]) -> tuple[str, ...]:
    return (
        ":INIT:CONT OFF;:TRIG:SOUR IMM;:TRIG:COUN 1;:SAMP:COUN 1",
        ":SENS:FUNC 'VOLT:DC';:SENS:VOLT:NPLC 1;:UNIT:VOLT V",
        *(
            f":SENS:VOLT:CHAN{one}:RANG:AUTO OFF;:SENS:VOLT:CHAN{one}:RANG {volts(full_scale)}"
            for one, full_scale in ranges_uv.items()
        ),
    )


KEITHLEY_2182A = MeterDialect(
    ranges_uv=(
        (10_000, 100_000, 1_000_000, 10_000_000, 100_000_000),
        (100_000, 1_000_000, 10_000_000),
    ),
    setup=_setup,
    range_query=lambda one: f":SENS:VOLT:CHAN{one}:RANG?;:SENS:VOLT:CHAN{one}:RANG:AUTO?",
    select=lambda one: f":SENS:CHAN {one}",
)
"""What a 2182A is told."""
