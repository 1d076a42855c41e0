"""Keep profile time beside the time that really passes, and count the ticks that came late.

A tick that takes longer than its period carries more charge than the profile means unless the
profile moves on by as much. It moves on by what passed, at most two periods at once and never so
far that a set-point would rise faster than the kernel allows. Nothing that passed while it was
held, paused, stalled or suspended is made up for.
"""

from iontophoresis.control.feed import Feed
from iontophoresis.safety import kernel

ALARM_TICKS = 4
"""Ticks by which a session may be behind before it is told; the kernel ramps down later."""


class Pace:
    """Profile time against control time, for one session.

    Parameters
    ----------
    config : Config
        The kernel's.
    feed : Feed
        Whose position follows.
    """

    def __init__(self, config: kernel.Config, feed: Feed) -> None:
        self._config = config
        self._feed = feed
        self._moved = False
        self._owed_ms = 0
        self._told = False
        self.ticks = 0
        self.overruns = 0
        self.passed_ms = 0
        self.worst_ms = 0

    def rest(self) -> None:
        """Forget what is owed: profile time stood still."""
        self._moved, self._owed_ms = False, 0

    def follow(self, state: kernel.State, reading: kernel.Reading) -> None:
        """Take the tick that has just been read; the last one moved by one period already."""
        self._count(reading)
        if not self._moved:
            return
        tick_ms = self._config.tick_ms
        self._owed_ms = max(-tick_ms, min(tick_ms, self._owed_ms + min(reading.late_ms, tick_ms)))
        move_ms = self._owed_ms
        while move_ms > 0 and self._too_fast(state, move_ms):
            move_ms //= 2
        self._feed.position_ms += move_ms
        self._owed_ms -= move_ms

    def move(self) -> None:
        """Move by one period: the set-point of the profile was permitted."""
        self._feed.position_ms += self._config.tick_ms
        self._moved = True

    def alarm(self, behind_ms: int) -> str:
        """Say once that the source cannot keep the period; empty otherwise."""
        if self._told or behind_ms <= ALARM_TICKS * self._config.tick_ms:
            return ""
        self._told = True
        return (
            f"ticks take longer than tick_ms = {self._config.tick_ms}: {self.in_words}; if it goes "
            "on the session ramps down: raise tick_ms in the bench file, or use a faster meter"
        )

    @property
    def in_words(self) -> str:
        """Say how the ticks were kept."""
        mean_ms = self.passed_ms / max(self.ticks, 1)
        return (
            f"{self.ticks} ticks of {mean_ms:.1f} ms on average, the longest {self.worst_ms} ms, "
            f"{self.overruns} more than a period late"
        )

    def _count(self, reading: kernel.Reading) -> None:
        passed_ms = self._config.tick_ms + reading.late_ms
        self.ticks += 1
        self.passed_ms += passed_ms
        self.worst_ms = max(self.worst_ms, passed_ms)
        self.overruns += reading.overrun_ms > 0

    def _too_fast(self, state: kernel.State, move_ms: int) -> bool:
        at_ms = self._feed.position_ms + move_ms + self._config.tick_ms
        for cell, channel, target_na in zip(
            self._config.channels, state.channels, self._feed.ahead(at_ms), strict=True
        ):
            turned = (target_na < 0) != (channel.applied_na < 0)
            base_na = 0 if turned else abs(channel.applied_na)
            step_na = cell.limits.slew_na_per_s * self._config.tick_ms // 1000
            if abs(target_na) > base_na + step_na:
                return True
        return False
