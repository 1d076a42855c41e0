"""The contact probe on a source whose OFF comes late."""

from types import SimpleNamespace

from iontophoresis.control import contact
from iontophoresis.safety.kernel import ChannelReading

PROBE_NA, OHM, LATE_MS = 10_000, 20_000, 300


class LateBus:
    """A resistor, on a source that is slow to switch off."""

    def __init__(self):
        self.now_ms = self.true_pc = self.level_na = 0
        self.source = SimpleNamespace(switch_on=lambda: None)
        probe = SimpleNamespace(
            current_na=PROBE_NA, compliance_uv=1_000_000, hold_ms=500, max_open_circuit_uv=1_000
        )
        judge = SimpleNamespace(load_low_ohm=1_000, load_high_ohm=100_000)
        self.order = SimpleNamespace(name="A", probe=probe, judge=judge)

    def pass_time(self, duration_ms):
        self.true_pc += self.level_na * duration_ms
        self.now_ms += duration_ms

    def configure(self, peak_na, compliance_uv):
        pass

    def read_at(self, current_na):
        self.level_na = current_na
        reading = ChannelReading(
            valid=True, fresh=True, voltage_uv=current_na * OHM // 1000,
            current_na=current_na, limited=False, output_on=True,
        )  # fmt: skip
        return SimpleNamespace(reading=reading, error="")

    def make_safe(self):
        self.pass_time(LATE_MS)
        self.level_na = 0


def test_what_flowed_until_a_late_off_is_booked():
    bus = LateBus()
    clock = SimpleNamespace(
        now_ms=lambda: bus.now_ms,
        wait_until=lambda deadline_ms, _: bus.pass_time(max(deadline_ms - bus.now_ms, 0)),
    )
    found = contact.probe(bus, clock, lambda _: None, 50)
    assert found.resistance_ohm == OHM
    assert found.charge_pc >= bus.true_pc >= PROBE_NA * LATE_MS
