"""Composition of limits: no owner can raise a literal, and a limit nobody named is zero.

The figures are restated by hand, class by class; the bench file, protocol and operator say
anything at all, and the smallest area is anything inside the class's column.
"""

from typing import Any, NamedTuple

from z3 import And, Implies, Int, IntVal

from tests.proof.symbols import Sources, symbolic, unknown

MA = 1_000_000
COULOMB = 10**12
HOUR_MS = 3_600_000
UM2_PER_CM2 = 100_000_000
ANYTHING = None


class Column(NamedTuple):
    """One class: figures of the whole channel, then those per cm2; None where there is none."""

    current_na: int
    charge_pc: int
    on_time_ms: int
    session_time_ms: int
    slew_na_per_s: int | None
    density_na_per_cm2: int
    charge_density_pc_per_cm2: int | None
    slew_na_per_s_per_cm2: int | None
    area_um2: tuple[int, int]


COLUMNS = {
    "load": Column(
        20 * MA, 2_000 * COULOMB, 72 * HOUR_MS, 96 * HOUR_MS, 20 * MA, 10 * MA, ANYTHING, ANYTHING,
        (UM2_PER_CM2 // 100, 200 * UM2_PER_CM2),
    ),
    "excised": Column(
        10 * MA, 200 * COULOMB, 48 * HOUR_MS, 96 * HOUR_MS, ANYTHING, 4 * MA, 90 * COULOMB, 5 * MA,
        (UM2_PER_CM2 // 50, 100 * UM2_PER_CM2),
    ),
    "perfused": Column(
        5 * MA, 20 * COULOMB, 8 * HOUR_MS, 12 * HOUR_MS, ANYTHING, MA // 2, 15 * COULOMB, MA // 20,
        (UM2_PER_CM2 // 10, 100 * UM2_PER_CM2),
    ),
}  # fmt: skip


class Composed(NamedTuple):
    """The shipping `compose` on unknown owners."""

    found: Any
    bench: Any
    protocol: Any
    operator: Any
    area_um2: Any
    assumed: list[Any]


def composed(modules: Sources, name: str, voltage_uv: int) -> Composed:
    """Run the shipping `compose` for one class on owners that say anything."""
    limits = modules.limits
    owners = [unknown(limits.Caps, owner) for owner in ("bench", "protocol", "operator")]
    area = Int("area_um2")
    low, high = COLUMNS[name].area_um2
    with symbolic(exact=True):
        found = limits.compose(limits.class_limits(name), area, voltage_uv, *owners)
    return Composed(found, *owners, area, [area >= low, area <= high])


def never_raised(name: str, voltage_uv: int, run: Composed) -> list[tuple[str, Any]]:
    """Return one claim a limit: between zero and the literal, whatever the owners say."""
    column, found = COLUMNS[name], run.found
    whole = {
        "current_na": column.current_na,
        "charge_pc": column.charge_pc,
        "on_time_ms": column.on_time_ms,
        "session_time_ms": column.session_time_ms,
        "slew_na_per_s": column.slew_na_per_s,
        "voltage_uv": voltage_uv,
    }
    per_cm2 = {
        "density_na": column.density_na_per_cm2,
        "charge_density_pc": column.charge_density_pc_per_cm2,
        "slew_na_per_s": column.slew_na_per_s_per_cm2,
    }
    claims = [(field, getattr(found, field) >= 0) for field in found._fields]
    for field, bound in whole.items():
        if bound is not None:
            claims.append((field, getattr(found, field) <= bound))
    for field, bound in per_cm2.items():
        if bound is not None:
            scaled = getattr(found, field) * UM2_PER_CM2 <= run.area_um2 * IntVal(bound)
            claims.append((field, scaled))
    return claims


def owners_tighten(run: Composed) -> list[tuple[str, Any]]:
    """Return one claim a limit: at most what each owner named; zero where no protocol named it."""
    claims = []
    pairs = zip(run.found._fields, run.protocol._fields, strict=True)
    for field, named in pairs:
        value = getattr(run.found, field)
        scale = field != named
        for owner in (run.bench, run.protocol, run.operator):
            asked = getattr(owner, named)
            below = value * UM2_PER_CM2 <= asked * run.area_um2 if scale else value <= asked
            claims.append((field, Implies(asked >= 0, below)))
        claims.append((field, Implies(getattr(run.protocol, named) < 0, value == 0)))
    return claims


def together(claims: list[tuple[str, Any]]) -> Any:
    """Return all claims as one."""
    return And(*(claim for _, claim in claims))
