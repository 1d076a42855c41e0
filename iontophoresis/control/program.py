"""Lead sources by finite programs: judge every point, let it play, judge what is read, and again.

Such a source takes no set-point while a program runs, and ends every program at zero by itself.
The kernel goes through each program twice: before it is sent, against predicted readings, and
while it plays, against the measured ones in their order. Any reaction breaks the program off and
switches off. Between programs the output is off and profile time stands still.

A stop or a pause lets a program end behind its own ramp where that takes no longer than a stop is
allowed to take; otherwise, and for everything else, the program is broken off.
"""

from iontophoresis.control.bus import Seen
from iontophoresis.control.chunk import (
    FEWEST_POINTS,
    ONE,
    Chunk,
    within_limits,
)
from iontophoresis.control.clock import RealClock
from iontophoresis.control.conduct import ENDED
from iontophoresis.control.playback import Playback
from iontophoresis.control.programming import Programming
from iontophoresis.safety import kernel
from iontophoresis.safety.reactions import Action, Phase

STARVED_WITHIN_MS = 10_000
END_OF_RAMP_WITHIN_MS = 5_000
LONG_OVERRUN_MS = 1_000
MOST_BROKEN = 3
MS_PER_S = 1_000


class ProgramConduct(Programming):
    """Play an armed session, one judged program after another."""

    _broken = 0

    def energize(self) -> None:
        """Leave the outputs off: each program switches them on."""

    def run(self) -> None:
        """Play programs until the session has ended or stands paused with a resume asked for."""
        while self.state.phase not in ENDED:
            if self.state.phase == Phase.RUNNING and not self._stopping():
                self._play_one()
            else:
                self._idle()
            if self.state.phase == Phase.PAUSED and not self.commands.pause:
                return

    # ------------------------------------------------------------------ before a program

    def _stopping(self) -> bool:
        return (
            self._in_doubt()
            or self._profile_ended()
            or all(self._charges_reached())
            or self._asked_to_end()
        )

    def _play_one(self) -> None:
        """Plan, judge, load and play one program."""
        points = self._points()
        self._await_knots(points * self.order.tick_ms)
        if self._stopping():
            return
        if not self._settings_kept() or not self._interlock_closed or self._left_on():
            self._idle(settings_kept=False)
            return
        if self._newly_complete():
            self._idle()
            return
        chunk = self._judged(points)
        if chunk is None:
            self._conclude()
            return
        lines = [chunk.line(index) for index in range(len(self.buses))]
        self.state = self.state._replace(now_ms=self.clock.now_ms())
        playback = Playback(self.buses, lines, self.order.tick_ms, self.clock)
        self._supervise(playback, chunk)

    def _await_knots(self, ahead_ms: int) -> None:
        """Wait, at zero, until the profile is known as far as the program will reach."""
        patience = RealClock()
        self._give_time()
        self.journal.show({"k": "horizon", "ms": 2 * ahead_ms})
        while (
            self._short_of(ahead_ms)
            and patience.now_ms() < STARVED_WITHIN_MS
            and not self._stopping()
        ):
            self._serve(0.02)

    def _conclude(self) -> None:
        """Let the kernel say why it permits no program; end where it has nothing to say."""
        chunk = self._plan(FEWEST_POINTS)
        asked = [wanted for wanted in chunk.wanted if not within_limits(self.config, wanted)]
        asked += [levels for levels in chunk.levels if any(levels)]
        self._idle(asked[0] if asked else self._zeros())
        self._to_zero()
        if self.state.phase == Phase.RUNNING:
            self.commands.stop = True

    def _left_on(self) -> bool:
        """Tell whether an output is on, or does not say, where nothing plays."""
        return any(bus.left_on() for bus in self.buses)

    # ------------------------------------------------------------------ while it plays

    def _supervise(self, playback: Playback, chunk: Chunk) -> None:
        point = 0
        while not self._must_break(playback):
            self._tick += 1
            rows = playback.poll()
            for at_ms, seen in rows:
                decided = self._judge(at_ms, seen, chunk, point)
                point += 1
                if decided.action != Action.NONE:
                    self._break_off(playback)
                    return
            if playback.over and not rows:
                self._end_of_program(playback, point)
                return
            self._watch_cells(playback.levels_now())
            self.clock.wait_until(self.clock.now_ms() + self.order.tick_ms, self._serve)
        self._break_off(playback)
        if playback.overdue:
            self._idle(overrun_ms=LONG_OVERRUN_MS)

    def _judge(self, at_ms: int, seen: list[Seen], chunk: Chunk, point: int) -> kernel.Decision:
        """Judge one point as a tick; what comes next is what the program plays next."""
        before, last = self.state, len(chunk.levels) - 1
        request = self._request(chunk.levels[min(point + 1, last)], starved=False)
        request = request._replace(pause=False, stop=False, finish=())
        reading = kernel.Reading(
            now_ms=max(at_ms, before.now_ms),
            overrun_ms=0,
            interlock_closed=self._interlock_closed,
            settings_kept=all(one.settings_kept for one in seen),
            connected=all(one.connected for one in seen),
            channels=tuple(one.reading for one in seen),
        )
        self.state, decision = kernel.step(self.config, before, request, reading)
        if decision.action == Action.NONE:
            self._move_to(chunk.positions[min(point, last)])
        self._record(before, decision, chunk.wanted[min(point, last)], seen, 0)
        return decision

    def _must_break(self, playback: Playback) -> bool:
        """Tell whether a program may not play to its end: what is asked cannot wait for it."""
        if self._in_doubt() or playback.overdue:
            return True
        patience_ms = min(END_OF_RAMP_WITHIN_MS, max(self.order.stop_ramp_ms, MS_PER_S))
        return self._asked_to_end() and playback.due_ms - self.clock.now_ms() > patience_ms

    def _in_doubt(self) -> bool:
        return self.commands.zero or bool(self.cell_fault)

    def _asked_to_end(self) -> bool:
        commands = self.commands
        return (
            self.trends.ends
            or ((commands.stop or commands.pause) and not self._profile_ended())
            or self._session_silent_ms() > kernel.SESSION_SILENT_MS
            or self.journal.silent_ms > kernel.RECORDER_SILENT_MS
        )

    def _end_of_program(self, playback: Playback, point: int) -> None:
        """Go on from zero; a program that ended with points unread ended too early."""
        self._broken = 0
        self._book(playback)
        self._to_zero()
        if point < playback.points:
            self._idle(output_on=False)
        elif self._left_on():
            self.zero_now()
            self._idle(settings_kept=False)

    def _break_off(self, playback: Playback) -> None:
        """End a program now, and count what it played unread; thrice without an end is a fault."""
        for bus in self.buses:
            bus.abort_program()
        self.zero_now()
        self._book(playback)
        self._to_zero()
        self._broken += 1
        if self._broken >= MOST_BROKEN and self.state.phase == Phase.RUNNING:
            self._idle(output_on=False)

    def _book(self, playback: Playback) -> None:
        charges = tuple(
            sum(abs(level) for level in playback.unread(index)) * self.order.tick_ms
            for index in range(len(self.buses))
        )
        self.state = kernel.book(self.state, charges)

    def _to_zero(self) -> None:
        """Tell the kernel that nothing flows: the program has ended, its output is off."""
        cells = tuple(cell._replace(applied_na=0, measured_na=0) for cell in self.state.channels)
        self.state = self.state._replace(channels=cells, now_ms=self.clock.now_ms())

    def _move_to(self, position: int) -> None:
        self.feed.position_ms, self._fraction = divmod(position, ONE)
        self.feed.at(self.feed.position_ms)

    # ------------------------------------------------------------------ between programs

    def _idle(
        self,
        targets_na: tuple[int, ...] | None = None,
        *,
        settings_kept: bool = True,
        output_on: bool = True,
        overrun_ms: int = 0,
    ) -> None:
        """Step the kernel once at zero: nothing flows, outputs were confirmed off."""
        self._give_time()
        self.clock.wait_until(self.clock.now_ms() + self.order.tick_ms, self._serve)
        self._tick += 1
        before = self.state
        self._stop_if_complete()
        request = self._request(targets_na or self._zeros(), starved=False)
        nothing = kernel.ChannelReading(
            valid=True, fresh=True, voltage_uv=0, current_na=0, limited=False, output_on=output_on
        )
        reading = kernel.Reading(
            now_ms=self.clock.now_ms(),
            overrun_ms=overrun_ms,
            interlock_closed=self._interlock_closed,
            settings_kept=settings_kept,
            connected=True,
            channels=(nothing,) * len(self.buses),
            cell_failed=bool(self.cell_fault),
            load_trend=self.trends.ends,
        )
        self.state, decision = kernel.step(self.config, before, request, reading)
        if decision.action >= Action.ZERO or self.state.phase in ENDED:
            self.zero_now()
        self._record(before, decision, request.targets_na, [Seen(nothing) for _ in self.buses], 0)
