"""A running session on the terminal: a live panel, or plain lines where there is no screen."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from iontophoresis.watching import Band, ChannelSnapshot, Notice, Snapshot

REFRESH_PER_S = 8
LINE_EVERY_FRACTION = 0.1
LEAST_FRACTION_TO_JUDGE = 0.01
LEAST_SHOWN_UG_PER_CM2 = 0.01
STYLES = {"alarm": "bold red", "warning": "yellow", "notice": "cyan", "info": "dim"}
QUIET = {"info"}


class Screen:
    """Show a session while it runs; use as a context manager."""

    def __init__(
        self,
        console: Console,
        title: str,
        banners: tuple[str, ...] = (),
        *,
        accelerated: bool = False,
    ) -> None:
        self._console = console
        self._title = title
        self._banners = banners
        self._accelerated = accelerated
        self._live: Live | None = None
        self._next_line_at = 0.0
        self._began_s = time.monotonic()

    def __enter__(self) -> Self:
        for banner in self._banners:
            self._console.print(Text(f"! {banner}", style="bold yellow"), soft_wrap=False)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def stage(self, text: str) -> None:
        """Print what is being done before current flows."""
        self._console.print(Text(text, style="dim"))

    def notice(self, notice: Notice) -> None:
        """Print an event in words; routine ones are kept for the record only."""
        if notice.severity in QUIET:
            return
        mark = {"alarm": "ALARM  ", "warning": "warning  "}.get(notice.severity, "")
        if notice.severity == "alarm":
            self._console.bell()
        text = Text(mark + notice.text, style=STYLES.get(notice.severity, ""))
        self._console.print(text, soft_wrap=False)

    def show(self, snapshot: Snapshot) -> None:
        """Redraw the panel, or print a line now and then."""
        if self._console.is_terminal:
            self._draw(self._panel(snapshot))
            return
        done = _fraction(snapshot)
        if done >= self._next_line_at:
            self._next_line_at = done - done % LINE_EVERY_FRACTION + LINE_EVERY_FRACTION
            for channel in snapshot.channels:
                self._console.print(_line(snapshot, channel) + self._real_left(snapshot))

    def _draw(self, panel: RenderableType) -> None:
        """Begin the live panel with its first content, so that a question before it stays whole."""
        if self._live is None:
            self._live = Live(
                panel, console=self._console, refresh_per_second=REFRESH_PER_S, transient=True
            )
            self._live.start()
        self._live.update(panel)

    def _real_left(self, snapshot: Snapshot) -> str:
        """Tell the watcher's own time left, where it differs from the session's."""
        done, spent_s = _fraction(snapshot), time.monotonic() - self._began_s
        if not self._accelerated or done < LEAST_FRACTION_TO_JUDGE:
            return ""
        return f", {clock(spent_s * (1 - done) / done)} to wait"

    def _panel(self, snapshot: Snapshot) -> RenderableType:
        done = _fraction(snapshot)
        head = Table.grid(expand=True, padding=(0, 1))
        head.add_column(width=10)
        head.add_column(ratio=1)
        head.add_column(justify="right", width=30)
        head.add_row(
            Text(snapshot.state, style="bold"),
            ProgressBar(total=1.0, completed=done),
            f"{clock(snapshot.left_s)} left{self._real_left(snapshot)}",
        )
        rows = Table(box=None, expand=True, padding=(0, 1), header_style="dim")
        for name in ("", "mA", "V", "kOhm·cm2", "mA·min"):
            rows.add_column(name, justify="left" if name == "" else "right")
        layer = snapshot.channels[0].layer.replace("_", " ") if snapshot.channels else ""
        rows.add_column(f"predicted in {layer}, ug/cm2", justify="right")
        for channel in snapshot.channels:
            rows.add_row(*_cells(channel))
        return Panel(Group(head, rows), title=self._title, title_align="left", border_style="dim")


def clock(seconds: float) -> str:
    """Write a duration as h:mm:ss or m:ss."""
    whole = max(0, round(seconds))
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def _fraction(snapshot: Snapshot) -> float:
    total = snapshot.elapsed_s + snapshot.left_s
    return min(1.0, snapshot.elapsed_s / total) if total > 0 else 0.0


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _amount(band: Band | None) -> str:
    if band is None:
        return "-"
    low, high = _small(band.low_ug_per_cm2, 2), _small(band.high_ug_per_cm2, 2)
    return f"{_small(band.median_ug_per_cm2, 3)} ({low} to {high})"


def _small(amount: float, digits: int) -> str:
    return "<0.01" if amount < LEAST_SHOWN_UG_PER_CM2 else f"{amount:.{digits}g}"


def _cells(channel: ChannelSnapshot) -> tuple[str, ...]:
    return (
        channel.name,
        _number(channel.current_ma, 4),
        _number(channel.voltage_v, 2),
        _number(channel.resistance_kohm_cm2, 1),
        f"{channel.charge_ma_min:.2f} of {channel.planned_charge_ma_min:.2f}",
        _amount(channel.amount),
    )


def _line(snapshot: Snapshot, channel: ChannelSnapshot) -> str:
    name, current, voltage, resistance, charge, amount = _cells(channel)
    layer = channel.layer.replace("_", " ")
    return (
        f"{clock(snapshot.elapsed_s):>7} {snapshot.state:<8} {name}: {current} mA  {voltage} V  "
        f"{resistance} kOhm·cm2  {charge} mA·min  {layer} {amount} ug/cm2  "
        f"({clock(snapshot.left_s)} left)"
    )
