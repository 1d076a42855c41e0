"""Compounds as tables for a terminal: one line each, or every number of one with its source."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from models import cite
from models.compounds import Compound
from models.prospects import (
    TransportPrior,
    active_pole,
    decay_length_m,
    is_carried_by_flow,
    transport_prior,
)
from models.quantity import Quantity

WIDE = 100
"""From this many columns on, bands and counts of confirmed numbers are shown too."""

_STYLES = {
    "yes": "green",
    "moderate": "cyan",
    "plausible": "cyan",
    "none": "red",
    "trace": "yellow",
}
_SIGNED = ("pka", "log_kow")
_LEGEND = (
    "share: of the current, from a donor without co-ions; ×3: 95 % within a factor of three; flow: no "
    "net charge, goes with the electro-osmotic flow from the anode (above pH 5). M in g/mol; D in water at "
    "25 °C; S: what dissolves at this pH. verdict: a judgement on delivery by iontophoresis, not a claim."
)


def render_overview(compounds: Sequence[Compound], ph: float, width: int) -> RenderableType:
    """Build one line a compound at a donor pH.

    Parameters
    ----------
    compounds : sequence of Compound
        In the order to be shown.
    ph : float
        pH of the donor.
    width : int
        Columns of the terminal; 80 suffice.
    """
    wide = width >= WIDE
    table = _table(f"Compounds at donor pH {ph:g}")
    table.add_column("compound", no_wrap=True)
    for heading in ("M", "z"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("pole", no_wrap=True)
    for heading in ("D\n1e-10\nm²/s", "log P", "S\ng/L", "share"):
        table.add_column(heading, justify="right", no_wrap=True)
    if wide:
        table.add_column("band", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    if wide:
        table.add_column("read", justify="right", no_wrap=True)
    for compound in compounds:
        table.add_row(*_overview_row(compound, ph, wide=wide))
    legend = _LEGEND + (" read: numbers confirmed by reading." if wide else "")
    return Group(table, Text(""), Text(legend, style="dim"))


def render_compound(compound: Compound, ph: float) -> RenderableType:
    """Build every number of one compound, what follows from it at a pH, and its references."""
    held = dict(compound.quantities())
    head = Text(f"{compound.title}  {compound.formula}", style="bold")
    lines: list[RenderableType] = [Text(f"{compound.name}: {_KINDS[compound.kind]}")]
    if compound.evidence:
        lines.append(Text(f"Delivery by iontophoresis: {compound.evidence}."))
    if compound.note:
        lines.append(Text(compound.note))
    keys = sorted({quantity.source for quantity in held.values()})
    references = Text(cite(*keys), style="dim")
    parts: list[RenderableType] = [_numbers(held), *_notes(held), Text("")]
    parts += [_derived(compound, ph), Text("")]
    return Group(head, *lines, Text(""), *parts, Text("References", style="bold"), references)


def render_refused(refused: Sequence[tuple[str, str]]) -> RenderableType:
    """Build the refused substances, each with its reason and reference."""
    parts: list[RenderableType] = []
    for name, reason in refused:
        parts += [Text(name, style="bold red"), Padding(Text(reason), (0, 0, 1, 2))]
    return Group(*parts)


def render_mixture(name: str, parts: Mapping[str, int]) -> RenderableType:
    """Build what a mixture dissolves into and how a protocol declares it."""
    listed = " and ".join(f"{count} {part}" for part, count in parts.items())
    return Group(
        Text(name, style="bold"),
        Text(f"A mixture; it dissolves into {listed}."),
        Text("Declare the active as the donor's compound and the rest as vehicle salts."),
    )


_KINDS = {
    "active": "an active a protocol may name",
    "ion": "an ion a vehicle may hold",
    "validation": "a compound of published cases; no preset",
}


def _table(title: str) -> Table:
    return Table(
        title=title,
        title_justify="left",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 0),
        collapse_padding=True,
    )


def _overview_row(compound: Compound, ph: float, *, wide: bool) -> Iterator[str | Text]:
    prior = transport_prior(compound, ph)
    yield compound.name
    yield f"{compound.molar_mass_g_per_mol:.0f}"
    yield _charge(compound.mean_charge(ph))
    yield active_pole(compound, ph)
    yield f"{compound.water_diffusivity_25c_m2_per_s * 1e10:.2f}"
    yield "-" if compound.log_kow is None else f"{compound.log_kow.value:.2f}"
    yield _amount(compound.solubility_at(ph))
    yield _share(prior, narrow=not wide)
    if wide:
        yield _band(prior)
    yield Text(compound.evidence, style=_STYLES.get(compound.evidence, ""))
    if wide:
        bases = [q.basis for _, q in compound.quantities() if q.basis != "derived"]
        yield f"{bases.count('read')} of {len(bases)}"


def _charge(charge: float) -> str:
    shown = f"{charge:+.2f}"
    return "0" if shown in {"+0.00", "-0.00"} else shown


def _amount(grams_per_l: float | None) -> str:
    if grams_per_l is None:
        return "-"
    if grams_per_l < 1e-3:
        return "<0.001"
    return f"{grams_per_l:.0f}" if grams_per_l >= 1e3 else f"{grams_per_l:.3g}"


def _share(prior: TransportPrior | None, *, narrow: bool) -> str:
    if prior is None:
        return "flow"
    if prior.value < 1e-3:
        return "0"
    return f"{prior.value:.3f}" + (f" ×{prior.factor:.0f}" if narrow else "")


def _band(prior: TransportPrior | None) -> str:
    if prior is None:
        return ""
    return "too large" if prior.value < 1e-3 else f"{prior.low:.3f}-{prior.high:.2f}"


def _numbers(held: dict[str, Quantity]) -> Table:
    table = _table("Numbers")
    for heading in ("number", "value", "unit", "uncertainty", "basis", "source"):
        table.add_column(heading, justify="right" if heading == "value" else "left", no_wrap=True)
    for name, quantity in held.items():
        table.add_row(
            name,
            f"{quantity.value:g}",
            "" if quantity.unit == "1" else quantity.unit,
            _uncertainty(name, quantity.ln_sd),
            quantity.basis,
            quantity.source,
        )
    return table


def _notes(held: dict[str, Quantity]) -> Iterator[Text]:
    """Yield one line a remark, under the numbers: a column of them would not fit 80."""
    for name, quantity in held.items():
        if quantity.note:
            yield Text(f"  {name}: {quantity.note}", style="dim")


def _uncertainty(name: str, spread: float) -> str:
    if spread == 0.0:
        return "exact"
    if name.startswith(_SIGNED):
        return f"± {2.0 * spread:.2g}"
    return f"×÷ {math.exp(2.0 * spread):.3g}"


def _derived(compound: Compound, ph: float) -> Table:
    table = _table(f"What follows at donor pH {ph:g} (95 % bands)")
    table.add_column("quantity", no_wrap=True)
    table.add_column("value", overflow="fold")
    for name, value in _consequences(compound, ph):
        table.add_row(name, value)
    return table


def _consequences(compound: Compound, ph: float) -> Iterator[tuple[str, str]]:
    prior = transport_prior(compound, ph)
    yield "mean charge", _charge(compound.mean_charge(ph))
    flow = ", by electro-osmosis" if is_carried_by_flow(compound, ph) else ""
    yield "active pole", active_pole(compound, ph) + flow
    if prior is not None:
        band = f"{prior.value:.3f} ({_band(prior)}), from a donor without co-ions"
        yield "share of the current", band
    radius = compound.radius_m * 1e10
    yield "radius", f"{radius:.2f} Å, D {compound.water_diffusivity_25c_m2_per_s:.3g} m²/s in water"
    distribution = compound.log_distribution(ph)
    if distribution is not None:
        yield "log D", f"{distribution:.2f}"
    if compound.solubility is not None:
        yield "solubility", f"{_amount(compound.solubility_at(ph))} g/L"
    if compound.kind != "ion":
        yield "reach in living dermis", f"{decay_length_m(compound) * 1e3:.2f} mm per factor e"
