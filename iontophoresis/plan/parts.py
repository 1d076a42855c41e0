"""What a plan consists of: frozen values, ready for the screen, the record and the session."""

from __future__ import annotations

from dataclasses import dataclass

from iontophoresis.bench import Bench
from iontophoresis.bench_instruments import Source
from iontophoresis.profile import Waveform
from iontophoresis.protocol import Cell, Channel, Protocol
from iontophoresis.safety.limits import ChannelLimits
from models import Band, Formulation, Profile, Skin


@dataclass(frozen=True, slots=True, kw_only=True)
class Margin:
    """One planned figure beside its effective limit.

    Attributes
    ----------
    name : str
        What is limited.
    planned, limit : float
        In `unit`.
    unit : str
        Unit of both, as printed.
    set_by : str
        Whose figure the limit is: "protocol", "bench" or "class".
    exceeded : bool
        Whether the kernel would refuse it.
    """

    name: str
    planned: float
    limit: float
    unit: str
    set_by: str
    exceeded: bool

    @property
    def used(self) -> float:
        """The share of the limit that is planned; above 1 is beyond it."""
        return self.planned / self.limit if self.limit > 0 else float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerAmount:
    """The predicted amount in one compartment at the end, in ug/cm2, with its 90 % band.

    Attributes
    ----------
    layer : str
        Compartment, as the model names it.
    p05_ug_per_cm2, p50_ug_per_cm2, p95_ug_per_cm2 : float
        Quantiles of the parameter ensemble.
    percent_of_donor : float
        The median as a share of what the donor holds.
    """

    layer: str
    p05_ug_per_cm2: float
    p50_ug_per_cm2: float
    p95_ug_per_cm2: float
    percent_of_donor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What the model expects in one cell.

    Attributes
    ----------
    perfused : bool
        Whether blood clears dermis and fat in this prediction; what is driven never decides it.
    preparation : str
        The preparation that was modelled.
    amounts : tuple of LayerAmount
        From the surface down, then what was cleared or received.
    skin : Skin
        The modelled tissue.
    band : Band
        The ensemble over time, for figures.
    extrapolated : tuple of str
        Sentences on what lies beyond the model's range.
    """

    perfused: bool
    preparation: str
    amounts: tuple[LayerAmount, ...]
    skin: Skin
    band: Band
    extrapolated: tuple[str, ...]

    def amount(self, layer: str) -> LayerAmount | None:
        """Find the amount of a compartment, if this prediction has it."""
        return next((amount for amount in self.amounts if amount.layer == layer), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCell:
    """One cell of a channel.

    Attributes
    ----------
    cell : Cell
        As the protocol describes it.
    density_ma_per_cm2, charge_density_c_per_cm2 : float
        At the peak, and of the whole profile.
    profile : Profile
        Signed current density for the model.
    formulation : Formulation or None
        The donor; None for a load.
    predictions : tuple of Prediction
        The tissue as it is first, then perfused living tissue where that was asked or makes sense;
        empty for a load.
    """

    cell: Cell
    density_ma_per_cm2: float
    charge_density_c_per_cm2: float
    profile: Profile
    formulation: Formulation | None
    predictions: tuple[Prediction, ...]

    def shown(self, *, perfused: bool) -> Prediction | None:
        """Choose the prediction to show first; None for a load."""
        return next((p for p in self.predictions if p.perfused == perfused), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedVoltage:
    """The voltage a channel's profile is expected to need at the source.

    Attributes
    ----------
    time_s : tuple of float
        Times, s.
    p05_v, p50_v, p95_v : tuple of float
        Quantiles at these times, V; equal for a load.
    over_limit_p50_s, over_limit_p95_s : float
        How long the median and the high course would lie above the voltage limit.
    """

    time_s: tuple[float, ...]
    p05_v: tuple[float, ...]
    p50_v: tuple[float, ...]
    p95_v: tuple[float, ...]
    over_limit_p50_s: float
    over_limit_p95_s: float

    @property
    def peak_v(self) -> tuple[float, float, float]:
        """The highest of each course: low, median, high."""
        return max(self.p05_v), max(self.p50_v), max(self.p95_v)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedChannel:
    """One channel: its source, waveform, limits in the kernel's integers, and what is expected.

    Attributes
    ----------
    channel : Channel
        As the protocol describes it.
    source : Source
        The bench's source that drives it.
    waveform : Waveform
        The exact current.
    limits : ChannelLimits
        Effective limits, as the kernel judges them.
    load_low_ohm, load_high_ohm : int
        Window of the whole channel's resistance at the start.
    probe_current_na, probe_voltage_uv : int
        The contact probe: current, and the voltage it may use.
    finish_charge_pc : int or None
        Charge at which the channel is complete, where the protocol stops at a charge.
    cells : tuple of PlannedCell
        In series.
    voltage : ExpectedVoltage
        At the source's terminals.
    margins : tuple of Margin
        Planned against every limit.
    """

    channel: Channel
    source: Source
    waveform: Waveform
    limits: ChannelLimits
    load_low_ohm: int
    load_high_ohm: int
    probe_current_na: int
    probe_voltage_uv: int
    finish_charge_pc: int | None
    cells: tuple[PlannedCell, ...]
    voltage: ExpectedVoltage
    margins: tuple[Margin, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something the operator should know before arming.

    Attributes
    ----------
    severity : str
        "warning" where a figure deserves doubt, else "info".
    text : str
        A sentence.
    """

    severity: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A protocol on a bench, with everything predicted and every limit composed.

    Attributes
    ----------
    protocol : Protocol
        What is wanted.
    bench : Bench
        Where it is to run.
    channels : tuple of PlannedChannel
        In the protocol's order.
    common_current_na : int
        Cap on the sum over the channels.
    duration_ms : int
        Of the longest waveform.
    human_relevant : bool
        Whether all figures lie within what is customary on people.
    notes : tuple of Note
        Warnings first.
    """

    protocol: Protocol
    bench: Bench
    channels: tuple[PlannedChannel, ...]
    common_current_na: int
    duration_ms: int
    human_relevant: bool
    notes: tuple[Note, ...]
