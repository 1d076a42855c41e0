"""Charge that counts towards a goal: what was measured, without what was read while off.

A source at zero reads its own offset, up to what "off" means. The limits count that as charge,
because it may be true; a goal must not be reached by it, because it may not.
"""

from iontophoresis.safety import kernel


class Delivered:
    """Keep apart what was booked while a channel was off, pC."""

    def __init__(self, channels: int) -> None:
        self._off_pc = [0] * channels

    def leave_out(self, config: kernel.Config, before: kernel.State, after: kernel.State) -> None:
        """Leave out what one tick booked on channels that were at zero and read no more than off."""
        for index, was in enumerate(before.channels):
            if was.applied_na == 0 and was.measured_na <= config.channels[index].off_na:
                self._off_pc[index] += after.channels[index].charge_pc - was.charge_pc

    def of(self, state: kernel.State) -> list[int]:
        """Return what counts on every channel, pC."""
        pairs = zip(state.channels, self._off_pc, strict=True)
        return [cell.charge_pc - off_pc for cell, off_pc in pairs]
