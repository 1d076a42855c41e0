"""The start-up proof of the fail-safe: what ends by itself is believed only when seen."""

import pytest

from iontophoresis.control.bus import Bus
from iontophoresis.control.opening import RefusedError
from iontophoresis.control.proof import in_words, prove
from tests.iontophoresis.control.bench_sources import Leased, Player, Resistor, Time


def bus_of(order, source):
    return Bus(order.channels[0], source)


def idle(_):
    """Serve nothing."""


def test_a_lease_that_lapses_is_proved_at_zero_current(order):
    source = Leased(time := Time(), lease_ms=500, declared_s=1.0)
    proof = prove(bus_of(order, source), time, idle, 50)
    assert (proof.tier, proof.declared_s, proof.found_off_s) == ("A", 1.0, 1.0)
    assert all(level == 0 for _, level in source.truth)
    assert not source.on
    assert "lease switched it off within 1.00 s" in in_words(proof)


def test_nothing_is_said_to_the_source_while_it_is_left_alone(order):
    source = Leased(time := Time())
    prove(bus_of(order, source), time, idle, 50)
    assert source.calls[source.calls.index("apply") + 1] == "read_output_on"


@pytest.mark.parametrize("source_of", [
    lambda time: Leased(time, broken=True),
    lambda time: Leased(time, lease_ms=1_500, declared_s=1.0),
    lambda time: Player(time, stuck=True),
])  # fmt: skip
def test_a_source_that_does_not_end_in_time_is_refused_and_left_off(order, source_of):
    source = source_of(time := Time())
    with pytest.raises(RefusedError, match="still on"):
        prove(bus_of(order, source), time, idle, 50)
    assert not source.on


def test_a_program_of_zeros_as_long_as_any_is_proved(order):
    source = Player(time := Time(), declared_s=2.0)
    proof = prove(bus_of(order, source), time, idle, 50)
    ((_, levels),) = source.programs
    assert set(levels) == {0}
    assert 1_650 <= len(levels) * 50 <= 1_800
    assert proof.tier == "B"


def test_a_source_that_claims_nothing_has_no_proof(order):
    source = Resistor(time := Time())
    assert prove(bus_of(order, source), time, idle, 50) is None
    assert source.calls == []
