"""The methods paragraph of a report, and the source of every number of the substances used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from iontophoresis.errors import InputError
from iontophoresis.protocol import Channel, Protocol, parse
from iontophoresis.record.session import Session
from models import Compound, ModelInputError, load_compound
from models.citations import load_toml, sources

MODEL = (
    "Amounts per layer were predicted with the Nernst-Planck flux model of iontophoresis {version} "
    "(electromigration with competition of the donor's ions, electro-osmosis, passive diffusion "
    "through skin that opens under current{clearance}), stepped on the measured current; bands are 5 "
    "to 95 % over draws of its uncertain inputs. They are predictions, not measurements."
)


def methods_paragraph(session: Session) -> str:
    """Write what was done as a paper's methods section would.

    Parameters
    ----------
    session : Session
        With its protocol in the header.

    Returns
    -------
    str
        Several sentences; what the file does not tell is left out.
    """
    protocol, header = _protocol(session), session.header
    if protocol is None:
        return "The session file holds no protocol that this version reads."
    sentences = [text for channel in protocol.channel for text in _channel_sentences(channel)]
    sentences.append(_driven(header))
    for channel in session.channels:
        ticks = session.ticks.of_channel(channel)
        if len(ticks):
            passed = float(ticks.charge_ma_min[-1])
            sentences.append(f"The measured charge was {passed:.4g} mA·min.")
    if any(channel.donor for channel in protocol.channel):
        version = str((header.get("versions") or {}).get("iontophoresis", "-"))
        flow = ", clearance by blood in dermis and fat" if protocol.perfused_prediction else ""
        sentences.append(MODEL.format(version=version, clearance=flow))
    if header.get("emulated"):
        sentences.insert(0, "EMULATED BENCH: no specimen and no instrument were connected.")
    return " ".join(sentences)


def _channel_sentences(channel: Channel) -> Iterator[str]:
    for cell in channel.cell:
        tissue = " ".join(filter(None, (cell.species, cell.site))) or "a load"
        preparation = (cell.preparation or "").replace("_", " ")
        kind = f"{tissue} ({', '.join(filter(None, (preparation, cell.specimen_class)))})"
        yield (
            f"Cell {cell.id} held {kind} with an area of {cell.area_cm2:g} cm2 and a sheet resistance "
            f"of {cell.baseline_resistance_kohm_cm2:g} kOhm·cm2 before current."
        )
    donor = channel.donor
    if donor is not None:
        salts = ", ".join(f"{mm:g} mM {name}" for name, mm in donor.vehicle_salts_mm.items())
        yield (
            f"The donor ({donor.volume_ml:g} mL) contained {donor.concentration_mm:g} mM "
            f"{donor.compound.replace('_', ' ')} at pH {donor.ph:g}"
            + (f" with {salts}" if salts else "")
            + "."
        )
    electrode = channel.electrode
    contact = "in direct contact" if electrode.contact == "direct" else "behind a salt bridge"
    yield (
        f"The donor sat under the {channel.active_pole}, a {electrode.material} electrode {contact}; "
        f"the return electrode was {channel.return_electrode.material}."
    )


def _driven(header: Mapping[str, Any]) -> str:
    if header.get("unit"):
        return f"Current was delivered and logged by {header['unit']}, not by this program."
    identity: Sequence[Mapping[str, Any]] = header.get("identity") or ()
    names = {
        " ".join(str(one[key]) for key in ("vendor", "model", "serial") if one.get(key))
        for one in identity
    }
    source = " and ".join(sorted(filter(None, names))) or "a current source"
    return (
        f"Constant-current profiles were delivered by {source} under a safety kernel that judged "
        "every set-point and reading against the limits listed in this report."
    )


def used_compounds(session: Session) -> tuple[Compound, ...]:
    """Return the actives and vehicle ions of a session's donors, each once."""
    protocol = _protocol(session)
    names: dict[str, None] = {}
    for channel in protocol.channel if protocol else ():
        if channel.donor is not None:
            names[channel.donor.compound] = None
            names |= dict.fromkeys(channel.donor.vehicle_salts_mm)
    found = []
    for name in names:
        try:
            found.append(load_compound(name))
        except ModelInputError:
            continue
    return tuple(found)


def parameter_rows(session: Session) -> Iterator[tuple[str, str, str, str]]:
    """Yield every number of the substances and the tissue: name, value with unit, basis, source."""
    for compound in used_compounds(session):
        for name, quantity in compound.quantities():
            what = f"{compound.name}: {name}".replace("_", " ")
            yield what, _with_unit(quantity.value, quantity.unit), quantity.basis, quantity.source
    if used_compounds(session):
        for what, entry in _tissue_entries(session):
            value = _with_unit(entry["value"], entry["unit"])
            yield what.replace("_", " "), value, entry["basis"], entry["source"]


def _with_unit(value: float, unit: str) -> str:
    return f"{value:.4g}" if unit == "1" else f"{value:.4g} {unit}"


def _tissue_entries(session: Session) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the model's tissue constants that a session's cells used, with their names."""
    protocol, table = _protocol(session), load_toml("layers.toml")
    cells = [cell for channel in protocol.channel for cell in channel.cell] if protocol else []
    used = {f"{cell.species}_{cell.site}" for cell in cells} | {str(c.preparation) for c in cells}
    for group, content in table.items():
        if group in {"site", "preparation"}:
            kept = {name: each for name, each in content.items() if name in used}
        else:
            kept = {group: content}
        yield from (found for name, each in kept.items() for found in _quantities(name, each))


def _quantities(name: str, content: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(content, dict) and {"value", "unit", "basis", "source"} <= set(content):
        yield name, content
    elif isinstance(content, dict):
        for key, each in content.items():
            yield from _quantities(f"{name}: {key}" if ":" not in name else f"{name} {key}", each)


def source_lines(session: Session) -> Iterator[str]:
    """Yield the references behind the parameters, in the order of their keys."""
    keys = {source for *_, source in parameter_rows(session)}
    known = sources()
    for key in sorted(keys & set(known)):
        yield f"[{key}] {known[key]}"


def _protocol(session: Session) -> Protocol | None:
    text = session.header.get("protocol_toml")
    if not isinstance(text, str):
        return None
    try:
        return parse(text.encode(), str(session.header.get("protocol_name")))
    except InputError:
        return None
