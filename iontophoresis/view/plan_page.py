"""The plan on a terminal: one page that an operator reads in twenty seconds before arming.

It reads the same without color and at 80 columns; where the terminal cannot show block characters,
bars are drawn with plain ones.
"""

from __future__ import annotations

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from iontophoresis.plan import LayerAmount, Margin, Note, Plan, PlannedChannel, Prediction
from iontophoresis.protocol import Cell
from iontophoresis.view.plan_facts import channel_facts, layer_name

BAR_WIDTH = 14
NEAR_LIMIT = 0.95
SMALLEST_SHOWN = 0.01
MARGIN_NAMES = {
    "charge": "charge + stop",
    "voltage": "voltage (95 %)",
}


def print_plan(console: Console, plan: Plan) -> None:
    """Print a plan.

    Parameters
    ----------
    console : rich.console.Console
        Where to; its width and encoding are respected.
    plan : Plan
        What is to happen.
    """
    console.print(plan_page(plan, blocks=console.encoding.lower().startswith("utf")))


def plan_page(plan: Plan, *, blocks: bool = True) -> RenderableType:
    """Compose the page of a plan.

    Parameters
    ----------
    plan : Plan
        What is to happen.
    blocks : bool
        Whether bars may use block characters.

    Returns
    -------
    rich renderable
        The whole page.
    """
    parts: list[RenderableType] = [_head(plan)]
    for channel in plan.channels:
        parts.append(_channel(plan, channel))
        parts += [
            _amounts(plan, channel, index) for index, c in enumerate(channel.cells) if c.predictions
        ]
        parts.append(_margins(channel.margins, blocks=blocks))
    parts.append(_notes(plan.notes))
    return Group(*parts)


def _head(plan: Plan) -> RenderableType:
    protocol, bench = plan.protocol, plan.bench
    lines = [
        Text(protocol.title, style="bold"),
        Text(f"{protocol.origin}, sha256 {protocol.sha256[:12]}", style="dim"),
        Text(f"{bench.name}, {bench.enclosure} ({bench.origin})", style="dim"),
    ]
    return Group(*lines)


def _channel(plan: Plan, channel: PlannedChannel) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in channel_facts(plan, channel):
        table.add_row(name, text)
    title = Text(f"\nChannel {channel.channel.name}", style="bold cyan")
    return Group(title, Padding(table, (0, 0, 0, 2), expand=False))


def _amounts(plan: Plan, channel: PlannedChannel, index: int) -> RenderableType:
    planned = channel.cells[index]
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, title_justify="left")
    name = f" in {planned.cell.id}" if len(channel.cells) > 1 else ""
    table.title = Text(f"Predicted at the end{name}: median (5 - 95 %), ug/cm2", style="bold")
    table.add_column("")
    layers: dict[str, None] = {}
    shown_first = plan.protocol.perfused_prediction
    ordered = sorted(planned.predictions, key=lambda p: p.perfused != shown_first)
    for prediction in ordered:
        table.add_column(_header(planned.cell, prediction), justify="right", no_wrap=True)
        table.add_column("donor", justify="right", style="dim")
        layers |= dict.fromkeys(amount.layer for amount in prediction.amounts)
    for layer in layers:
        cells = []
        for prediction in ordered:
            amount = prediction.amount(layer)
            cells += [_band(amount), _share(amount)]
        table.add_row(layer_name(layer), *cells)
    return Padding(table, (1, 0, 0, 2), expand=False)


def _header(cell: Cell, prediction: Prediction) -> Text:
    if prediction.perfused == (cell.specimen_class == "perfused"):
        return Text(f"{cell.specimen_class}\n({'' if prediction.perfused else 'no '}blood flow)")
    return Text("living, perfused\n(prediction only)")


def _band(amount: LayerAmount | None) -> str:
    if amount is None:
        return "-"
    low, high = _figure(amount.p05_ug_per_cm2), _figure(amount.p95_ug_per_cm2)
    return f"{_figure(amount.p50_ug_per_cm2)} ({low} - {high})"


def _figure(value: float) -> str:
    if value < SMALLEST_SHOWN:
        return f"<{SMALLEST_SHOWN:g}"
    return f"{value:.0f}" if value >= 100 else f"{value:.2g}"


def _share(amount: LayerAmount | None) -> str:
    if amount is None:
        return ""
    percent = amount.percent_of_donor
    return f"{percent:.2g} %" if percent >= SMALLEST_SHOWN else f"<{SMALLEST_SHOWN:g} %"


def _margins(margins: tuple[Margin, ...], *, blocks: bool) -> RenderableType:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, title_justify="left")
    table.title = Text("Margins to the limits", style="bold")
    table.add_column("", no_wrap=True)
    table.add_column("planned", justify="right")
    table.add_column("limit", justify="right")
    table.add_column("set by", style="dim")
    table.add_column("used", no_wrap=True)
    for margin in margins:
        table.add_row(
            MARGIN_NAMES.get(margin.name, margin.name),
            f"{margin.planned:.3g}",
            f"{margin.limit:.3g} {margin.unit}",
            margin.set_by,
            _bar(margin.used, blocks=blocks),
        )
    return Padding(table, (1, 0, 0, 2), expand=False)


def _bar(used: float, *, blocks: bool) -> Text:
    full, empty = ("█", "░") if blocks else ("#", ".")
    filled = min(BAR_WIDTH, round(used * BAR_WIDTH))
    style = "red" if used > 1 else "yellow" if used > NEAR_LIMIT else "green"
    return Text.assemble(
        (full * filled, style), (empty * (BAR_WIDTH - filled), "dim"), f" {100 * used:3.0f} %"
    )


def _notes(notes: tuple[Note, ...]) -> RenderableType:
    table = Table.grid(padding=(0, 1))
    for note in notes:
        warning = note.severity == "warning"
        style = "yellow" if warning else "dim"
        table.add_row(Text("!" if warning else "-", style=style), Text(note.text, style=style))
    return Padding(table, (1, 0, 0, 2), expand=False)
