"""List the drivers there are, one line each, and what each of them fits."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass

from instruments import (
    howland_pump,
    keithley_2400_setup,
    keithley_2450_setup,
    keithley_2450_tsp,
    keithley_2600,
    keithley_6221_setup,
    keysight_b2900_setup,
    keysight_n6700_setup,
    yokogawa_gs200,
)
from instruments.declarations import Capabilities
from instruments.howland_pump import HowlandPump
from instruments.keithley_2400 import Keithley2400
from instruments.keithley_2450 import Keithley2450
from instruments.keithley_2450_tsp import Keithley2450Tsp
from instruments.keithley_2600 import Keithley2600
from instruments.keithley_6221 import Keithley6221
from instruments.keysight_b2900 import KeysightB2900
from instruments.keysight_n6700 import KeysightN6700
from instruments.meter import CompanionMeters
from instruments.readings import Identity
from instruments.source import CurrentSource
from instruments.visa import VisaLink
from instruments.yokogawa_gs200 import YokogawaGS200

__all__ = ["DRIVERS", "Driver", "Unit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """Hold one connected instrument, and which of its outputs a driver is to drive.

    Parameters
    ----------
    link : VisaLink
        Open connection; the channels of one unit share it.
    identity : Identity
        What the instrument answered to ``*IDN?``.
    channel : int
        Output, from 1.
    meters : CompanionMeters or None
        Meters beside a source that cannot measure.
    """

    link: VisaLink
    identity: Identity
    channel: int = 1
    meters: CompanionMeters | None = None


@dataclass(frozen=True, slots=True)
class Driver:
    """Hold what a driver fits.

    Parameters
    ----------
    manufacturer : str or tuple of str
        How the manufacturer's name begins, in capitals; a maker may have had several names.
    model : str
        Regular expression that the whole model name matches, in capitals.
    make : callable
        Gives the driver of one output.
    declares : Capabilities
        What a plan may count on before an instrument is connected; no ranges where each names its own.
    language : str
        Answer to ``*LANG?`` that is needed, where a model has several command sets.
    greeting : str
        What to send before the first question, because an earlier program's lease may still wait.
    usual : Capabilities or None
        What its fullest model declares, for lists; None where that is `declares`.
    """

    manufacturer: str | tuple[str, ...]
    model: str
    make: Callable[[Unit], CurrentSource]
    _: KW_ONLY
    declares: Capabilities
    language: str = ""
    greeting: str = ""
    usual: Capabilities | None = None

    def fits(self, identity: Identity) -> bool:
        """Tell whether an instrument is of this driver's kind."""
        maker = identity.manufacturer.upper().startswith(self.manufacturer)
        return maker and re.fullmatch(self.model, identity.model.upper()) is not None


DRIVERS = {
    "keithley-2400": Driver(
        "KEITHLEY",
        r"MODEL 24(00|01|10)(-C|-LV)?",
        lambda unit: Keithley2400(unit.link, unit.identity),
        declares=keithley_2400_setup.capabilities_of("2400"),
    ),
    "howland-pump": Driver(
        "",
        r"HOWLAND PUMP",
        lambda unit: HowlandPump(unit.link, unit.identity),
        declares=howland_pump.PROMISES,
    ),
    "keithley-2450": Driver(
        "KEITHLEY",
        r"MODEL 2450",
        lambda unit: Keithley2450(unit.link, unit.identity),
        language="SCPI",
        declares=keithley_2450_setup.CAPABILITIES,
    ),
    "keysight-b2900": Driver(
        ("KEYSIGHT", "AGILENT"),
        r"B29(0[12]|1[12]|6[12])[A-C]L?",
        lambda unit: KeysightB2900(unit.link, unit.identity, unit.channel),
        declares=keysight_b2900_setup.capabilities_of("B2901A"),
        usual=keysight_b2900_setup.capabilities_of("B2902A"),
    ),
    "keithley-6221": Driver(
        "KEITHLEY",
        r"MODEL 622[01]",
        lambda unit: Keithley6221(unit.link, unit.identity, unit.meters),
        declares=keithley_6221_setup.CAPABILITIES,
    ),
    "keysight-n6700": Driver(
        ("KEYSIGHT", "AGILENT"),
        r"N670[0125][A-C]",
        lambda unit: KeysightN6700(unit.link, unit.identity, unit.channel),
        declares=keysight_n6700_setup.CAPABILITIES,
    ),
    "yokogawa-gs200": Driver(
        "YOKOGAWA",
        r"GS2\d\d",
        lambda unit: YokogawaGS200(unit.link, unit.identity, unit.meters),
        declares=yokogawa_gs200.CAPABILITIES,
    ),
    "keithley-2600": Driver(
        "KEITHLEY",
        r"MODEL 260[12]B",
        lambda unit: Keithley2600(unit.link, unit.identity, unit.channel),
        greeting="*TRG",
        declares=keithley_2600.CAPABILITIES,
    ),
    "keithley-2450-tsp": Driver(
        "KEITHLEY",
        r"MODEL (2450|2460|2461)",
        lambda unit: Keithley2450Tsp(unit.link, unit.identity),
        language="TSP",
        greeting="*TRG",
        declares=keithley_2450_tsp.CAPABILITIES,
    ),
}
