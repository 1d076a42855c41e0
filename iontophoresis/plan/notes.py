"""What an operator should know before arming, in sentences with numbers.

Refusals stop a plan; these do not. They say where a figure deserves doubt, what shares the current
with the drug, what the electrodes do to the donor, and what this bench does not secure.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from iontophoresis.bench import Bench
from iontophoresis.plan.averaging import is_averaged
from iontophoresis.plan.formulating import formulation_notes
from iontophoresis.plan.parts import Note, PlannedCell, PlannedChannel
from iontophoresis.protocol import Protocol, StopAtAmount, StopAtCharge
from iontophoresis.safety.limits import class_limits
from iontophoresis.units import M2_PER_CM2, MS_PER_MIN, NA_PER_MA, PC_PER_C, PC_PER_MA_MIN, UV_PER_V
from models import Formulation, load_compound

COMPETING_SHARE = 0.05
COMPETING_CONCERN = 0.25
FARADAY_C_PER_UMOL = 0.0964853321
CHLORIDE_CONCERN = 0.5
NEUTRAL_WITHIN = 0.05


def human_relevance(channel: PlannedChannel) -> list[str]:
    """List in what a channel goes beyond what is customary on people; empty for loads."""
    specimen = channel.channel.specimen_class
    if specimen == "load":
        return []
    literal = class_limits(specimen)
    area = channel.channel.smallest_area_cm2
    peak_na, charge_pc = channel.waveform.max_current_na, channel.waveform.charge_pc
    checks = (
        (peak_na / area, literal.density_na_per_cm2.recommended, NA_PER_MA, "mA/cm2"),
        (charge_pc, literal.charge_pc.recommended, PC_PER_MA_MIN, "mA·min"),
        (charge_pc / area, literal.charge_density_pc_per_cm2.recommended, PC_PER_C, "C/cm2"),
        (
            channel.waveform.current_on_ms,
            literal.on_time_ms.recommended,
            MS_PER_MIN,
            "min of current",
        ),
    )
    return [
        f"{planned / scale:.3g} {unit} (customary: at most {bound / scale:g})"
        for planned, bound, scale, unit in checks
        if planned > bound * (1 + 1e-9)
    ]


def plan_notes(
    protocol: Protocol, bench: Bench, channels: tuple[PlannedChannel, ...], today: dt.date | None
) -> tuple[Note, ...]:
    """Collect every note of a plan, warnings first, none twice.

    Parameters
    ----------
    protocol, bench : Protocol, Bench
        What is wanted, and where.
    channels : tuple of PlannedChannel
        With their predictions.
    today : datetime.date or None
        To judge calibration dates; None leaves them unjudged.

    Returns
    -------
    tuple of Note
        For the screen and the record.
    """
    found = list(_bench_notes(bench, channels, today))
    for channel in channels:
        found += _channel_notes(protocol, channel)
    unique = list(dict.fromkeys(found))
    return tuple(sorted(unique, key=lambda note: note.severity != "warning"))


def _bench_notes(
    bench: Bench, channels: tuple[PlannedChannel, ...], today: dt.date | None
) -> Iterator[Note]:
    if bench.is_emulated:
        yield Note(severity="info", text="Emulated bench: no instrument is connected.")
    for channel in channels:
        source = channel.source
        if today is not None and source.emulated is None and source.calibration_due < today:
            text = f"The calibration of {source.id} was due on {source.calibration_due}."
            yield Note(severity="warning", text=text)


def _channel_notes(protocol: Protocol, channel: PlannedChannel) -> Iterator[Note]:
    beyond = human_relevance(channel)
    if beyond:
        text = "Beyond the human-relevant range: " + ", ".join(beyond) + "."
        yield Note(severity="warning", text=text)
    limit_v = channel.limits.voltage_uv / UV_PER_V
    voltage = channel.voltage
    if voltage.over_limit_p95_s > protocol.voltage_limited_start_max_s:
        yield Note(
            severity="warning",
            text=f"Skin that opens slowly would stay at the {limit_v:g} V limit for "
            f"{voltage.over_limit_p95_s:.0f} s, longer than declared: the session would then trip.",
        )
    elif voltage.over_limit_p95_s > 0:
        text = f"The start may be limited by {limit_v:g} V; the current then climbs as skin opens."
        yield Note(severity="info", text=text)
    if any(is_averaged(segment) for segment in channel.channel.segment):
        text = (
            "Amounts are predicted on the mean current of the pulses; that strong short pulses may "
            "open skin further is left out."
        )
        yield Note(severity="info", text=text)
    for cell in channel.cells:
        yield from _cell_notes(protocol, channel, cell)


def _cell_notes(protocol: Protocol, channel: PlannedChannel, cell: PlannedCell) -> Iterator[Note]:
    for prediction in cell.predictions[:1]:
        for sentence in prediction.extrapolated:
            yield Note(severity="warning", text=sentence)
    stop = protocol.stop
    if isinstance(stop, StopAtCharge):
        yield Note(
            severity="warning",
            text=f"The session stops at {stop.charge_ma_min:g} mA·min, maybe before the profile's end; "
            "charge, time and amounts above are those of the whole profile.",
        )
    shown = cell.shown(perfused=protocol.perfused_prediction)
    if isinstance(stop, StopAtAmount) and shown is not None:
        amount = shown.amount(stop.layer)
        if amount is None or amount.p50_ug_per_cm2 < stop.amount_ug_per_cm2:
            reached = 0.0 if amount is None else amount.p50_ug_per_cm2
            yield Note(
                severity="warning",
                text=f"{stop.amount_ug_per_cm2:g} ug/cm2 in the {stop.layer.replace('_', ' ')} is "
                f"not expected (median {reached:.3g}); the profile's end stops the session.",
            )
    if cell.formulation is not None:
        yield from _donor_notes(channel, cell, cell.formulation)


def _donor_notes(channel: PlannedChannel, cell: PlannedCell, donor: Formulation) -> Iterator[Note]:
    charge_umol = channel.waveform.charge_pc / PC_PER_C / FARADAY_C_PER_UMOL
    released = donor.electrode.released_ions(donor.sign)
    area_m2 = cell.cell.area_cm2 * M2_PER_CM2
    volume_ml = donor.volume_m3_per_m2 * area_m2 * 1e6
    yield from formulation_notes(cell, donor, channel.waveform.charge_pc / PC_PER_C)
    yield from _neutrality_notes(donor)
    rivals = dict(donor.co_ions_mol_per_m3())
    share = _rival_share(donor, rivals)
    for ion, per_charge in released.items():
        rivals[ion] = rivals.get(ion, 0.0) + per_charge * charge_umol / volume_ml
    share_end = _rival_share(donor, rivals)
    if donor.carried_by_electroosmosis:
        text = "Carried by electro-osmosis alone; every ion in the donor weakens it."
        yield Note(severity="info", text=text)
    elif share_end > COMPETING_SHARE:
        names = ", ".join(sorted(ion for ion, amount in rivals.items() if amount > 0.01))
        yield Note(
            severity="warning" if share_end > COMPETING_CONCERN else "info",
            text=f"Competing with {donor.active.name} for the current: {names}. In the skin's pores "
            f"their conductance is {100 * share:.0f} % of the drug's at the start and at most "
            f"{100 * share_end:.0f} % at the end.",
        )
    if donor.electrode.material == "Ag/AgCl" and donor.electrode.contact == "direct":
        yield from _silver_notes(donor, charge_umol, volume_ml)


def _neutrality_notes(donor: Formulation) -> Iterator[Note]:
    """Say when counter-ions were left out: the drug's own salt, which does not compete."""
    own = donor.concentration_mol_per_m3 * donor.mean_charge
    declared = sum(
        amount * load_compound(name).mean_charge(donor.ph)
        for name, amount in donor.salts_mol_per_m3.items()
    )
    missing = own + declared
    if abs(missing) > NEUTRAL_WITHIN * max(abs(own), 1.0):
        kind = "anions" if missing > 0 else "cations"
        yield Note(
            severity="warning",
            text=f"The donor as written lacks {abs(missing):.3g} mM of {kind}; the counter-ion of the "
            "drug's salt is assumed. Name it in vehicle_salts_mm.",
        )


def _silver_notes(donor: Formulation, charge_umol: float, volume_ml: float) -> Iterator[Note]:
    if donor.sign > 0:
        held_umol = donor.salts_mol_per_m3.get("chloride", 0.0) * volume_ml
        used = f"The silver anode takes {charge_umol:.0f} umol of chloride from the donor"
        if held_umol and charge_umol > CHLORIDE_CONCERN * held_umol:
            yield Note(severity="warning", text=f"{used}, of {held_umol:.0f} there.")
        elif held_umol:
            yield Note(severity="info", text=f"{used}, of {held_umol:.0f} there.")
    else:
        added = charge_umol / volume_ml
        text = f"The silver chloride cathode adds {added:.1f} mM of chloride to the donor."
        yield Note(severity="info", text=text)


def _rival_share(donor: Formulation, rivals: dict[str, float]) -> float:
    """Return the rivals' conductance in the pores relative to the drug's."""
    drug = donor.active
    own = (
        drug.mean_square_charge(donor.ph)
        * drug.pore_diffusivity_m2_per_s
        * donor.concentration_mol_per_m3
    )
    others = 0.0
    for name, amount in rivals.items():
        ion = load_compound(name)
        others += ion.mean_square_charge(donor.ph) * ion.pore_diffusivity_m2_per_s * amount
    return others / own if own > 0 else 0.0
