"""Be the source-measure unit behind one channel of a 2600B, and what it notes of its limits.

The status bits of a limit change only when something is measured or the compliance is read, and a
normal output-off state leaves 0 V with a current limit of 1 mA (2600BS-901-01 Rev. F, section 9).
"""

from __future__ import annotations

from instruments.emulation.load import Drive, DriveKind
from instruments.emulation.smu import SourceMeter
from instruments.emulation.smu_state import QuantitySettings
from instruments.emulation.tsp_tree import Attribute, number, switch

__all__ = ["ChannelUnit"]

_VOLTAGE_LIMIT_BIT, _CURRENT_LIMIT_BIT = 1, 2


class ChannelUnit(SourceMeter):
    """Add to a source-measure unit what a 2600B has besides."""

    off_current = False
    off_limit_a = 1e-3
    off_limit_v = 40.0
    condition = 0
    count = 1
    interval_s = 0.0

    def reset(self) -> None:
        """Put every setting back, output off."""
        self._kept: dict[str, float] = {}
        self.count, self.interval_s = 1, 0.0
        self.off_current, self.off_limit_a, self.off_limit_v = False, 1e-3, 40.0
        self.condition = 0
        super().reset()

    def refresh(self) -> None:
        """Bring the terminals in line with the settings and faults."""
        kind = DriveKind.CURRENT if self.off_current else DriveKind.VOLTAGE
        limit = self.off_limit_v if self.off_current else self.off_limit_a
        self.state.normal_off = Drive(kind=kind, level=0.0, limit=limit)
        super().refresh()

    def note(self, *, limited: bool) -> None:
        """Bring the status bits up to date.

        Parameters
        ----------
        limited : bool
            A limit holds.
        """
        bit = _VOLTAGE_LIMIT_BIT if self.state.source == "CURR" else _CURRENT_LIMIT_BIT
        self.condition = bit if limited else 0

    def quantity(self, name: str) -> QuantitySettings:
        """Give the settings of CURR or VOLT."""
        return self.state.quantities[name]

    def flag(self, name: str, key: str) -> Attribute:
        """Give a setting of CURR or VOLT that is 0 or 1.

        Parameters
        ----------
        name, key : str
            Quantity and setting.

        Returns
        -------
        Attribute
            Read and written.
        """

        def write(position: int) -> None:
            setattr(self.quantity(name), key, bool(position))

        return switch(
            ("OFF", "ON"), lambda: int(getattr(self.quantity(name), key)), write, named=False
        )

    def kept(self, part: str, names: tuple[str, ...], **defaults: float) -> dict[str, Attribute]:
        """Give attributes that are kept and read back, and do nothing in this twin.

        Parameters
        ----------
        part : str
            Where they stand.
        names : tuple of str
            What they are called.
        **defaults
            Those that are not 0 after a reset.

        Returns
        -------
        dict of str to Attribute
            The attributes.
        """

        def attribute(name: str) -> Attribute:
            key, default = f"{part}.{name}", defaults.get(name, 0.0)
            return number(
                lambda: self._kept.get(key, default),
                lambda value: self._kept.__setitem__(key, value),
            )

        return {name: attribute(name) for name in names}
