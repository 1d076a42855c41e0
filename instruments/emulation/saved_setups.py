"""Keep setups of a source-measure unit, and take them back: ``*SAV`` and ``*RCL`` of IEEE 488.2."""

from __future__ import annotations

from collections.abc import Callable

from instruments.emulation.ieee4882 import ScpiError
from instruments.emulation.instrument import Command, Parameters
from instruments.emulation.smu import SourceMeter

__all__ = ["setup_commands"]

_LAST_PLACE = 4


def setup_commands(smu: SourceMeter) -> dict[str, Command]:
    """Build both commands; what is taken back comes with the output off.

    Parameters
    ----------
    smu : SourceMeter
        Whose settings are kept, at places 0 to 4.

    Returns
    -------
    dict of str to Command
        By header.
    """

    def command(act: Callable[[int], None]) -> Command:
        def order(parameters: Parameters) -> float:
            place = parameters[0].integer()
            if not 0 <= place <= _LAST_PLACE:
                raise ScpiError(-222, str(place))
            act(place)
            return smu.specification.relay_s

        return Command(order=order)

    return {"*SAV": command(smu.save), "*RCL": command(smu.recall)}
