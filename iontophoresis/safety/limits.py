"""Limits of every specimen class, and the one function that composes them.

Each figure is a literal on this page so that a reviewer can read the limits without reading
logic. Files and people can only tighten: the effective limit is the minimum over the literal,
the bench file, the protocol and the operator.

Units: nA, uV, ms, pC (nA x ms), ohm, um^2. A density is kept as the current it allows on the
smallest cell of a channel.
"""

from dataclasses import dataclass
from typing import NamedTuple

from iontophoresis.safety.arithmetic import ite, mn

NOT_NAMED = -1
UM2_PER_CM2 = 100_000_000
HOUR_MS = 3_600_000
COULOMB_PC = 1_000_000_000_000


class LivingSpecimenError(ValueError):
    """Raised for any living specimen: this program never drives current through one."""


@dataclass(frozen=True, slots=True)
class Guardrail:
    """One limit: never above `absolute`; above `recommended` only as an explicit choice."""

    absolute: int
    recommended: int
    unit: str

    def __post_init__(self) -> None:
        if not NOT_NAMED <= self.recommended <= self.absolute:
            raise ValueError(f"recommended {self.recommended} is not within {self.absolute}")


class ClassLimits(NamedTuple):
    """The literals of one specimen class. `NOT_NAMED`: the protocol's own figure is the limit."""

    current_na: Guardrail
    density_na_per_cm2: Guardrail
    charge_pc: Guardrail
    charge_density_pc_per_cm2: Guardrail
    on_time_ms: Guardrail
    session_time_ms: Guardrail
    area_um2: tuple[int, int]
    load_ohm_cm2: tuple[int, int]
    slew_na_per_s: int
    slew_na_per_s_per_cm2: int
    probe_na: int
    probe_na_per_cm2: int
    probe_uv: int


class Caps(NamedTuple):
    """What one owner (bench file, protocol, operator) asks for; `NOT_NAMED` where silent."""

    current_na: int = NOT_NAMED
    density_na_per_cm2: int = NOT_NAMED
    charge_pc: int = NOT_NAMED
    charge_density_pc_per_cm2: int = NOT_NAMED
    voltage_uv: int = NOT_NAMED
    slew_na_per_s: int = NOT_NAMED
    on_time_ms: int = NOT_NAMED
    session_time_ms: int = NOT_NAMED


class ChannelLimits(NamedTuple):
    """Effective limits of one channel, as the kernel judges them."""

    current_na: int
    density_na: int
    charge_pc: int
    charge_density_pc: int
    voltage_uv: int
    slew_na_per_s: int
    on_time_ms: int
    session_time_ms: int


VOLTAGE_OPEN_BENCH_UV = 35_000_000
VOLTAGE_GUARDED_UV = 60_000_000

_HUMAN_DENSITY = 500_000
_HUMAN_CHARGE = 4_800_000_000_000
_HUMAN_CHARGE_DENSITY = 1_800_000_000_000

LOAD = ClassLimits(
    current_na=Guardrail(20_000_000, 20_000_000, "nA"),
    density_na_per_cm2=Guardrail(10_000_000, 10_000_000, "nA/cm2"),
    charge_pc=Guardrail(2_000 * COULOMB_PC, 2_000 * COULOMB_PC, "pC"),
    charge_density_pc_per_cm2=Guardrail(NOT_NAMED, NOT_NAMED, "pC/cm2"),
    on_time_ms=Guardrail(72 * HOUR_MS, 72 * HOUR_MS, "ms"),
    session_time_ms=Guardrail(96 * HOUR_MS, 96 * HOUR_MS, "ms"),
    area_um2=(1_000_000, 20_000_000_000),
    load_ohm_cm2=(NOT_NAMED, NOT_NAMED),
    slew_na_per_s=20_000_000,
    slew_na_per_s_per_cm2=NOT_NAMED,
    probe_na=100_000,
    probe_na_per_cm2=NOT_NAMED,
    probe_uv=NOT_NAMED,
)
EXCISED = ClassLimits(
    current_na=Guardrail(10_000_000, 10_000_000, "nA"),
    density_na_per_cm2=Guardrail(4_000_000, _HUMAN_DENSITY, "nA/cm2"),
    charge_pc=Guardrail(200 * COULOMB_PC, _HUMAN_CHARGE, "pC"),
    charge_density_pc_per_cm2=Guardrail(90 * COULOMB_PC, _HUMAN_CHARGE_DENSITY, "pC/cm2"),
    on_time_ms=Guardrail(48 * HOUR_MS, HOUR_MS, "ms"),
    session_time_ms=Guardrail(96 * HOUR_MS, 96 * HOUR_MS, "ms"),
    area_um2=(2_000_000, 10_000_000_000),
    load_ohm_cm2=(200, 1_500_000),
    slew_na_per_s=NOT_NAMED,
    slew_na_per_s_per_cm2=5_000_000,
    probe_na=NOT_NAMED,
    probe_na_per_cm2=5_000,
    probe_uv=1_000_000,
)
PERFUSED = ClassLimits(
    current_na=Guardrail(5_000_000, 5_000_000, "nA"),
    density_na_per_cm2=Guardrail(500_000, _HUMAN_DENSITY, "nA/cm2"),
    charge_pc=Guardrail(20 * COULOMB_PC, _HUMAN_CHARGE, "pC"),
    charge_density_pc_per_cm2=Guardrail(15 * COULOMB_PC, _HUMAN_CHARGE_DENSITY, "pC/cm2"),
    on_time_ms=Guardrail(8 * HOUR_MS, HOUR_MS, "ms"),
    session_time_ms=Guardrail(12 * HOUR_MS, 12 * HOUR_MS, "ms"),
    area_um2=(10_000_000, 10_000_000_000),
    load_ohm_cm2=(300, 500_000),
    slew_na_per_s=NOT_NAMED,
    slew_na_per_s_per_cm2=50_000,
    probe_na=NOT_NAMED,
    probe_na_per_cm2=5_000,
    probe_uv=1_000_000,
)
CLASSES = {"load": LOAD, "excised": EXCISED, "perfused": PERFUSED}
LIVING_REFUSED = (
    "a living specimen is refused: a mains source-measure unit is rated for dry benches, its LO "
    "terminal may float at a hazardous voltage, and it is no medical device. Use 'load', "
    "'excised' or 'perfused' (ex-vivo tissue)"
)


def class_limits(specimen_class: str) -> ClassLimits:
    """Return the literals of a specimen class.

    Raises
    ------
    LivingSpecimenError
        For `living`, by name.
    KeyError
        For a class that does not exist.
    """
    if specimen_class == "living":
        raise LivingSpecimenError(LIVING_REFUSED)
    return CLASSES[specimen_class]


def compose(
    literal: ClassLimits,
    smallest_area_um2: int,
    voltage_literal_uv: int,
    bench: Caps,
    protocol: Caps,
    operator: Caps,
) -> ChannelLimits:
    """Compose the effective limits of one channel: the minimum over every owner.

    Parameters
    ----------
    literal : ClassLimits
        The class's figures; nothing below can raise one.
    smallest_area_um2 : int
        Area of the smallest cell of the channel, on which densities are judged.
    voltage_literal_uv : int
        `VOLTAGE_OPEN_BENCH_UV`, or `VOLTAGE_GUARDED_UV` behind a guarded, closed interlock.
    bench, protocol, operator : Caps
        A limit the protocol does not name counts as zero; bench file and operator may be silent.
    """
    per_s = literal.slew_na_per_s_per_cm2
    slew = literal.slew_na_per_s
    literals = Caps(
        current_na=literal.current_na.absolute,
        density_na_per_cm2=literal.density_na_per_cm2.absolute,
        charge_pc=literal.charge_pc.absolute,
        charge_density_pc_per_cm2=literal.charge_density_pc_per_cm2.absolute,
        voltage_uv=voltage_literal_uv,
        slew_na_per_s=ite(per_s == NOT_NAMED, slew, _on(smallest_area_um2, per_s)),
        on_time_ms=literal.on_time_ms.absolute,
        session_time_ms=literal.session_time_ms.absolute,
    )
    owners = zip(literals, bench, protocol, operator, strict=True)
    tight = Caps(*(_tightest(*figures) for figures in owners))
    return ChannelLimits(*tight)._replace(
        density_na=_on(smallest_area_um2, tight.density_na_per_cm2),
        charge_density_pc=_on(smallest_area_um2, tight.charge_density_pc_per_cm2),
    )


def _on(area_um2: int, per_cm2: int) -> int:
    return per_cm2 * area_um2 // UM2_PER_CM2


def _tightest(literal: int, bench: int, protocol: int, operator: int) -> int:
    """Minimum over the owners; a silent protocol is zero, any other silence does not tighten."""
    named = ite(protocol < 0, 0, protocol)
    own = ite(literal == NOT_NAMED, named, mn(literal, named))
    with_bench = ite(bench < 0, own, mn(own, bench))
    return ite(operator < 0, with_bench, mn(with_bench, operator))
