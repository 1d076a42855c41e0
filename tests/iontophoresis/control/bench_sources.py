"""Current sources in memory, on a clock that moves when told: a lease, and finite programs."""

from collections import deque

from instruments.declarations import Capabilities, Conduct, FailSafeTier, OffState
from instruments.errors import SettingRefusedError, SilentInstrumentError
from instruments.readings import Identity, OffReport, ProgramReport, Reading
from instruments.source import CurrentSource, ProgramSource

RESISTANCE_OHM = 10_000


class Time:
    """Virtual time in ms; `service` is called as the guard's loop does."""

    virtual = True

    def __init__(self):
        self._now_ms = 0

    def now_ms(self):
        return self._now_ms

    def suspended_ms(self):
        return 0

    def wait_until(self, deadline_ms, service):
        service(0.0)
        self._now_ms = max(self._now_ms, deadline_ms)


def capabilities(**changes):
    fields = dict(
        driver="in-memory", tick_ms=50, conduct=Conduct.PER_TICK, tier=FailSafeTier.NONE,
        worst_case_off_s=None, current_ranges_na=(1_000_000, 10_000_000),
        current_resolutions_na=(1, 1), voltage_ranges_uv=(60_000_000,),
        max_compliance_uv=60_000_000, min_compliance_uv=1_000, measures_voltage=True,
        measures_current=True, off_states=(OffState.HIGH_IMPEDANCE,),
    )  # fmt: skip
    return Capabilities(**(fields | changes))


class Resistor(CurrentSource):
    """A perfect source on a resistor; what it did is kept as (time in ms, current in nA)."""

    def __init__(self, time, name="R", **changes):
        self.time = time
        self.name = name
        self.declared = capabilities(**changes)
        self.settings = None
        self.level_na = 0
        self.on = False
        self.truth = [(0, 0)]
        self.silent = False
        self.calls = []

    resource = "TCPIP0::127.0.0.1::1::SOCKET"
    identity = Identity(manufacturer="M", model="R", serial="1", firmware="1")
    capabilities = property(lambda self: self.declared)

    def live(self):
        """Let what the instrument does by itself happen up to now."""

    def note(self):
        self.truth.append((self.time.now_ms(), self.level_na if self.on else 0))

    def speak(self, what):
        self.calls.append(what)
        self.live()
        if self.silent:
            raise SilentInstrumentError(self.resource, what, 200)

    def configure(self, settings):
        self.speak("configure")
        self.on, self.level_na, self.settings = False, 0, settings
        self.note()
        return settings

    def read_settings(self):
        self.speak("read_settings")
        return self.settings

    def switch_on(self):
        self.speak("switch_on")
        self.on, self.level_na = True, 0
        self.note()

    def apply_and_read(self, current_na):
        self.speak("apply")
        if not self.on:
            raise SettingRefusedError("level_na", asked=current_na, kept="off")
        self.level_na = current_na
        self.note()
        return self.reading(current_na, self.time.now_ms())

    def reading(self, current_na, at_ms):
        return Reading(
            voltage_uv=current_na * RESISTANCE_OHM // 1000, current_na=current_na, limited=False,
            output_on=True, instrument_time_us=1000 * at_ms + len(self.truth),
        )  # fmt: skip

    def read_output_on(self):
        self.speak("read_output_on")
        return self.on

    def read_interlock_closed(self):
        return None

    def send_off(self):
        self.calls.append("send_off")
        self.live()
        if not self.silent:
            self.on = False
            self.note()

    def make_safe(self):
        self.speak("make_safe")
        self.on, self.level_na = False, 0
        self.note()
        return OffReport(
            level_na=0, output_on=False, off_state=OffState.HIGH_IMPEDANCE, attempts=1,
            reconnected=False,
        )  # fmt: skip

    def drain_errors(self):
        return ()

    def close(self):
        pass

    def true_charge_pc(self):
        """Charge that flowed, from the kept course."""
        pairs = zip(self.truth, self.truth[1:], strict=False)
        return sum(abs(level) * (later - at) for (at, level), (later, _) in pairs)


class Leased(Resistor):
    """Switches off by itself after its lease; `broken` never does."""

    def __init__(self, time, *, lease_ms=500, declared_s=1.0, broken=False):
        super().__init__(
            time, tier=FailSafeTier.LEASE, worst_case_off_s=declared_s, lease_ms=lease_ms
        )
        self.broken = broken
        self.renewed_ms = 0

    def live(self):
        lapsed = self.time.now_ms() - self.renewed_ms > self.declared.lease_ms
        if self.on and lapsed and not self.broken:
            self.on = False
            self.truth.append((self.renewed_ms + self.declared.lease_ms, 0))
        self.renewed_ms = self.time.now_ms()


class Player(Resistor, ProgramSource):
    """Plays programs; `readable` False gives every reading at the end."""

    def __init__(self, time, *, declared_s=2.0, readable=True, stuck=False, **changes):
        super().__init__(
            time, conduct=Conduct.FINITE_PROGRAM, tier=FailSafeTier.FINITE_PROGRAM,
            worst_case_off_s=declared_s, program_points_max=2500,
            longest_unreadable_s=0.0 if readable else declared_s, **changes,
        )  # fmt: skip
        self.readable = readable
        self.stuck = stuck
        self.loaded = ()
        self.points = deque()
        self.played = []
        self.programs = []
        self.spoil = None

    def load_program(self, levels_na, point_ms):
        self.speak("load")
        self.loaded, self.point_ms = tuple(levels_na), point_ms

    def start_program(self):
        self.speak("start")
        now_ms = self.time.now_ms()
        self.programs.append((now_ms, self.loaded))
        self.points = deque(
            (now_ms + index * self.point_ms, level) for index, level in enumerate(self.loaded)
        )
        self.ends_ms = now_ms + len(self.loaded) * self.point_ms
        self.played, self.on = [], True
        self.live()

    def live(self):
        now_ms = self.time.now_ms()
        while self.points and self.points[0][0] <= now_ms:
            at_ms, level = self.points.popleft()
            self.level_na = level
            self.truth.append((at_ms, level))
            self.played.append(self.reading(level, at_ms))
        if self.on and not self.points and now_ms >= self.ends_ms and not self.stuck:
            self.on = False
            self.truth.append((self.ends_ms, 0))

    def read_program(self):
        self.speak("read_program")
        if self.on and not self.readable:
            return ProgramReport(running=None)
        readings, self.played = self.played, []
        if self.spoil is not None:
            readings = [self.spoil(reading) for reading in readings]
        return ProgramReport(running=self.on, readings=tuple(readings))

    def abort_program(self):
        self.speak("abort")
        self.points.clear()
        self.on = False
        self.note()

    def make_safe(self):
        if not self.silent:
            self.points.clear()
        return super().make_safe()

    def send_off(self):
        if not self.silent:
            self.points.clear()
        super().send_off()
