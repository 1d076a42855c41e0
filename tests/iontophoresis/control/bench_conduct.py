"""A conduct over in-memory sources: no process, no socket, its journal a list."""

from dataclasses import replace

from iontophoresis.control.bus import Bus
from iontophoresis.control.loop import Loop
from iontophoresis.control.program import ProgramConduct
from iontophoresis.safety import kernel


class Pages:
    """Stands for the journal."""

    def __init__(self):
        self.rows, self.events, self.shown = [], [], []
        self.silent_ms = self.unsafe_rows = 0

    def write(self, message):
        if message["k"] == "tick":
            self.rows.append(message["row"])

    def show(self, message):
        self.shown.append(message)

    def event(self, t_ms, severity, code, text, **data):
        self.events.append((t_ms, severity, code, text, data))


def conduct_of(order, sources, time, *, knots, at=None, **changes):
    """Build and arm a conduct; `at` maps clock times in ms to calls on it."""
    channels = tuple(
        replace(order.channels[0], name=f"C{index}", **changes) for index in range(len(sources))
    )
    order = replace(order, channels=channels)
    buses = [Bus(one, source) for one, source in zip(channels, sources, strict=True)]
    for bus in buses:
        bus.configure(bus.order.peak_na, bus.order.compliance_uv)
    made, waiting = [], sorted((at or {}).items())

    def serve(timeout_s):
        while waiting and time.now_ms() >= waiting[0][0]:
            waiting.pop(0)[1](made[0])

    make = ProgramConduct if hasattr(sources[0], "load_program") else Loop
    conduct = make(order, buses, time, Pages(), serve, lambda: 0)
    made.append(conduct)
    for index in range(len(sources)):
        conduct.set_accuracy(index, 500)
    conduct.state = kernel.arm(kernel.check(conduct.state, "p"), "p")
    conduct.feed.extend([list(knot) for knot in knots])
    conduct.end_ms = knots[-1][0]
    return conduct


def lead(conduct):
    """Run to the end, as the guard does."""
    conduct.refuse_if_unfit()
    conduct.energize()
    conduct.start()
    conduct.run()
    return conduct
