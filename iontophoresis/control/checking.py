"""Everything that is shown before a session may be armed: the fail-safe, the interlock, the load."""

from typing import Any

from iontophoresis.control import contact
from iontophoresis.control.conduct import Conduct
from iontophoresis.control.contact import Service
from iontophoresis.control.proof import in_words, prove
from iontophoresis.safety import kernel


def prove_all(conduct: Conduct, service: Service) -> list[dict[str, Any]]:
    """Show that every source that claims to end by itself does; record it.

    Raises
    ------
    RefusedError, InstrumentError
        If one does not.
    """
    proofs = []
    for bus in conduct.buses:
        proof = prove(bus, conduct.clock, service, conduct.order.tick_ms)
        if proof is not None:
            proofs.append(proof._asdict())
            text = in_words(proof)
            conduct.journal.event(conduct.t_ms, "info", "fail_safe", text, **proof._asdict())
    conduct.journal.write({"k": "header", "key": "fail_safe_proof", "value": proofs})
    return proofs


def probe_all(conduct: Conduct, service: Service) -> list[dict[str, Any]]:
    """Probe every channel, book the charge, and leave the sources set for the session.

    Raises
    ------
    ContactError, InstrumentError
        If a load is not what the protocol expects.
    """
    found = []
    for index, bus in enumerate(conduct.buses):
        if conduct.order.require_interlock and not bus.interlock_closed():
            raise contact.ContactError("the interlock is open: close the enclosure")
        if bus.blind:
            text = f"channel {bus.order.name}: nothing measures its current: the session is blind"
            conduct.journal.event(conduct.t_ms, "warning", "blind", text)
        else:
            found.append(_probe(conduct, index, service))
        kept = bus.configure(bus.order.peak_na, bus.order.compliance_uv)
        offset_na = bus.source.capabilities.offset_na(kept.current_range_na)
        conduct.set_accuracy(index, offset_na)
    return found


def _probe(conduct: Conduct, index: int, service: Service) -> dict[str, Any]:
    bus = conduct.buses[index]
    result = contact.probe(bus, conduct.clock, service, conduct.order.tick_ms)
    conduct.trends.rest(index, result.resistance_ohm)
    charges = [0] * len(conduct.buses)
    charges[index] = result.charge_pc
    conduct.state = kernel.book(conduct.state, tuple(charges))
    text = f"channel {bus.order.name}: contact probe found {result.resistance_ohm / 1000:.3g} kOhm"
    conduct.journal.event(conduct.t_ms, "info", "contact", text, **result._asdict())
    return {"channel": bus.order.name, **result._asdict()}
