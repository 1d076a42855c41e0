"""What the chemistry refuses: unknown or refused compounds, missing ions, the wrong pole.

The polarity is derived from the compound's mean charge at the donor's pH, never typed: a protocol
that names the other pole is refused with a sentence.
"""

from __future__ import annotations

from collections.abc import Iterator

from iontophoresis.errors import Problem
from iontophoresis.plan.judging import Judged
from iontophoresis.plan.tissue import formulation, modeled_tissues
from iontophoresis.protocol import Channel, Protocol
from models import Formulation, ModelInputError


def polarity_fault(channel: Channel, donor: Formulation) -> str:
    """Say why the protocol's pole is the wrong one; empty when it is right.

    Parameters
    ----------
    channel : Channel
        What the protocol names.
    donor : Formulation
        What the chemistry says.

    Returns
    -------
    str
        A sentence, or nothing.
    """
    if donor.active_pole == channel.active_pole:
        return ""
    compound = f"{donor.active.name} at pH {donor.ph:g}"
    if donor.carried_by_electroosmosis:
        return (
            f"{compound} has no charge, no pole repels it; "
            f"electro-osmosis carries it in from the {donor.active_pole}"
        )
    return (
        f"{compound} has a mean charge of {donor.mean_charge:+.2g}, "
        f"so it is driven into the skin from the {donor.active_pole}"
    )


def chemistry_refusals(protocol: Protocol, judged: Judged) -> Iterator[Problem]:
    """Name what the model refuses in a channel: donor, pole, tissue.

    Parameters
    ----------
    protocol : Protocol
        What is wanted.
    judged : Judged
        One of its channels.

    Yields
    ------
    Problem
        One per reason; a donor is judged once, however many cells it stands on.
    """
    channel, key = judged.channel, f"channel[{judged.index}]"
    if channel.specimen_class == "load":
        return
    try:
        donor = formulation(channel, channel.cell[0])
    except ModelInputError as error:
        yield _from_model(protocol, f"{key}.donor", judged, error)
    else:
        fault = polarity_fault(channel, donor) if donor is not None else ""
        if fault and donor is not None:
            yield Problem(
                origin=protocol.origin,
                key=f"{key}.active_pole",
                value=f'"{channel.active_pole}"',
                place=judged.place,
                reason=fault,
                advice=f'write active_pole = "{donor.active_pole}" and exchange the leads',
            )
    for number, cell in enumerate(channel.cell):
        try:
            modeled_tissues(cell, perfused_asked=protocol.perfused_prediction)
        except ModelInputError as error:
            yield _from_model(protocol, f"{key}.cell[{number}]", judged, error)


def _from_model(protocol: Protocol, key: str, judged: Judged, error: ModelInputError) -> Problem:
    return Problem(origin=protocol.origin, key=key, place=judged.place, reason=str(error))
