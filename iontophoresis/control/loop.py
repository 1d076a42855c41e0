"""Lead sources per tick: set, read, judge, verify - and zero at once when in doubt.

One message sets the level the kernel permitted a tick ago and reads voltage, current and status;
the kernel judges that reading and chooses the next set-point before the next deadline.
"""

from iontophoresis.control.bus import Seen
from iontophoresis.control.clock import RealClock
from iontophoresis.control.conduct import ENDED, Conduct
from iontophoresis.control.pace import Pace
from iontophoresis.safety import kernel
from iontophoresis.safety.reactions import Action, Phase

SETTINGS_EVERY_MS = 400
SUSPENDED_MS = 200
STARVED_WITHIN_MS = 10_000


class Loop(Conduct):
    """Run the ticks of an armed session."""

    _deadline_ms = 0
    _pace: Pace | None = None
    _slept_ms = 0

    @property
    def pace(self) -> Pace:
        """How the ticks of this session were kept."""
        if self._pace is None:
            self._pace = Pace(self.config, self.feed)
        return self._pace

    def refuse_if_unfit(self) -> None:
        """Refuse nothing: each tick follows the profile."""

    def energize(self) -> None:
        """Switch every output on at zero."""
        for bus in self.buses:
            bus.source.switch_on()

    @property
    def punctuality(self) -> str:
        """Say how the ticks were kept."""
        return self.pace.in_words if self.pace.ticks else ""

    def start(self) -> None:
        """Begin the ticks of an armed session, or go on after a pause."""
        super().start()
        self._slept_ms = self.clock.suspended_ms()
        self._deadline_ms = self.clock.now_ms()
        self.pace.rest()

    def rest(self) -> None:
        """Go on standing paused after a contact check."""
        super().rest()
        self._deadline_ms = self.clock.now_ms()

    def run(self) -> None:
        """Tick until the session has ended or stands paused with a resume asked for."""
        while self.state.phase not in ENDED:
            self.tick()
            if self.state.phase == Phase.PAUSED and not self.commands.pause:
                return

    def tick(self) -> None:
        """Do one tick."""
        lateness_us = self._wait()
        before = self.state
        seen = [
            bus.read_at(channel.applied_na)
            for bus, channel in zip(self.buses, before.channels, strict=True)
        ]
        reading = self._reading(seen)
        self.pace.follow(before, reading)
        targets_na = self.feed.at(self.feed.position_ms + self.order.tick_ms)
        self._stop_if_complete()
        request = self._request(targets_na, starved=self._starved())
        self.state, decision = kernel.step(self.config, before, request, reading)
        if decision.action >= Action.ZERO or self.state.phase in ENDED:
            self.zero_now()
            self._book_tail()
        if decision.action == Action.NONE and before.phase == Phase.RUNNING:
            self.pace.move()
        else:
            self.pace.rest()
        self._tell_lateness()
        self._record(before, decision, request.targets_na, seen, lateness_us)
        self._watch_cells([one.reading.current_na for one in seen])

    def _tell_lateness(self) -> None:
        slept_ms = self.clock.suspended_ms()
        if slept_ms > self._slept_ms + SUSPENDED_MS:
            # The kernel sees it as one overrun far beyond its bound: zero, and nothing caught up.
            text = (
                f"the computer slept for {(slept_ms - self._slept_ms) / 1000:.1f} s under current: "
                "switch its sleep and hibernation off, and keep its lid open, for sessions"
            )
            self.journal.event(self.t_ms, "alarm", "suspended", text)
            self._slept_ms = slept_ms
        text = self.pace.alarm(self.state.behind_ms)
        if text:
            self.journal.event(self.t_ms, "alarm", "late_ticks", text)

    def _book_tail(self) -> None:
        """Count what flowed from the last reading until the output was off."""
        since_ms = self.clock.now_ms() - self.state.now_ms
        charges = tuple(channel.measured_na * since_ms for channel in self.state.channels)
        self.state = kernel.book(self.state, charges)

    def _wait(self) -> int:
        self._deadline_ms += self.order.tick_ms
        self._feed_in_lockstep()
        self.clock.wait_until(self._deadline_ms, self._serve)
        late_ms = self.clock.now_ms() - self._deadline_ms
        if late_ms > self.order.tick_ms:
            # A missed deadline moves the schedule: ticks are never made up for.
            self._deadline_ms += late_ms
        self._tick += 1
        return late_ms * 1000

    def _feed_in_lockstep(self) -> None:
        """In virtual time, give the session process the real time it needs to feed."""
        self._give_time()
        if not self.clock.virtual:
            return
        patience = RealClock()
        while (
            self._starved()
            and patience.now_ms() < STARVED_WITHIN_MS
            and self._session_silent_ms() <= kernel.SESSION_SILENT_MS
            and not (self.commands.stop or self.commands.zero or self.commands.pause)
        ):
            self._serve(0.02)

    def _reading(self, seen: list[Seen]) -> kernel.Reading:
        settings_kept = all(one.settings_kept for one in seen)
        if settings_kept and self._tick % max(SETTINGS_EVERY_MS // self.order.tick_ms, 1) == 0:
            settings_kept = self._settings_kept()
        now_ms = self.clock.now_ms()
        late_ms = now_ms - self.state.now_ms - self.order.tick_ms
        return kernel.Reading(
            now_ms=now_ms,
            overrun_ms=late_ms if late_ms > self.order.tick_ms else 0,
            interlock_closed=self._interlock_closed,
            settings_kept=settings_kept,
            connected=all(one.connected for one in seen),
            channels=tuple(one.reading for one in seen),
            late_ms=late_ms,
            cell_failed=bool(self.cell_fault),
            load_trend=self.trends.ends,
        )
