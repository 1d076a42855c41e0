"""The reference model: any number of ions, electroneutral Nernst-Planck with electro-osmosis.

In a layer with partition K and fixed charge X (mol per m^3 of layer), for ion k,

    ``∂c_k/∂t = -∂J_k/∂x - k_cl (c_k - c_k^blood)``
    ``J_k = -D_k (∂c_k/∂x + z_k c_k ∂φ/∂x) + W_k u c_k/K``
    ``Σ z_k c_k + X = 0``  and  ``F Σ z_k J_k = i``            at every depth

with φ in units of RT/F and u the electro-osmotic volume flow, proportional to i. A transport number
is an outcome here, not an input.

Interfaces need no code. Unknowns are those of a virtual electroneutral bath in equilibrium with the
tissue at each node: concentrations s_k with ``Σ z_k s_k = 0`` and potential Φ. Either side of an
interface follows from its own Donnan potential ψ, ``c_k = K s_k e^{-z_k ψ}``, ``φ = Φ + ψ``, with
``Σ z_k K s_k e^{-z_k ψ} + X = 0``. The last ion's s follows from electroneutrality; its mass balance
is replaced by the current's, from which it follows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.bounds import finite, positive
from models.constants import FARADAY_C_PER_MOL
from models.errors import ModelInputError

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]


@dataclass(frozen=True, slots=True, kw_only=True)
class IonicLayer:
    """Hold one layer.

    Parameters
    ----------
    thickness_m, partition : float
        L and K, one K for all ions.
    diffusivity_m2_per_s : (n_ion,) array
        D.
    fixed_charge_mol_per_m3 : float
        X, negative in skin above its isoelectric point.
    clearance_per_s : float
        k_cl, the exchange with blood.
    share : (n_element,) array
        Lengths of its grid elements over the layer's thickness.
    """

    thickness_m: float
    partition: float
    diffusivity_m2_per_s: FloatArray
    share: FloatArray
    fixed_charge_mol_per_m3: float = 0.0
    clearance_per_s: float = 0.0

    def __post_init__(self) -> None:
        positive("thickness_m", self.thickness_m)
        positive("partition", self.partition)
        finite("fixed_charge_mol_per_m3", self.fixed_charge_mol_per_m3)
        for value in self.diffusivity_m2_per_s:
            positive("diffusivity_m2_per_s", value)


@dataclass(frozen=True, slots=True, kw_only=True)
class IonicCell:
    """Hold a donor, a stack of layers, and the bath or blood behind them.

    Parameters
    ----------
    charge : (n_ion,) array
        z; the last ion must be charged.
    layers : tuple of IonicLayer
        From the donor in.
    donor_volume_m : float
        Donor volume per area.
    donor_mol_per_m3, bath_mol_per_m3 : (n_ion,) array
        Electroneutral concentrations of the donor at the start, and of bath and blood throughout.
    released_per_charge : (n_ion,) array
        Ions the donor's electrode adds, mol per mol of charge; ``Σ z a = 1``.
    osmotic_m3_per_c : float
        u/i.
    hindrance : (n_ion,) array
        W.
    """

    charge: FloatArray
    layers: tuple[IonicLayer, ...]
    donor_volume_m: float
    donor_mol_per_m3: FloatArray
    bath_mol_per_m3: FloatArray
    released_per_charge: FloatArray
    osmotic_m3_per_c: float = 0.0
    hindrance: FloatArray | None = None

    def __post_init__(self) -> None:
        positive("donor_volume_m", self.donor_volume_m)
        if not self.layers or self.charge.size < 2 or self.charge[-1] == 0.0:
            raise ModelInputError(
                "give a layer, and at least two ions of which the last is charged"
            )
        for name in ("donor_mol_per_m3", "bath_mol_per_m3"):
            held = getattr(self, name)
            if held.shape != self.charge.shape or np.any(held < 0.0):
                raise ModelInputError(f"{name}: give one concentration of 0 or more for every ion")
            if abs(float(held @ self.charge)) > 1e-9 * (1.0 + float(held.sum())):
                raise ModelInputError(f"{name}: the charges of its ions do not cancel")
        if abs(float(self.released_per_charge @ self.charge) - 1.0) > 1e-9:
            raise ModelInputError("released_per_charge: the released ions must carry one charge")


def donnan_potential(bath: ComplexArray, charge: FloatArray, excess: FloatArray) -> ComplexArray:
    """Return ψ that solves ``Σ z_k s_k e^{-z_k ψ} + X/K = 0``, by Newton's method.

    Parameters
    ----------
    bath : (n_ion, n) complex array
        s at each place; an imaginary part carries a derivative along.
    charge : (n_ion,) array
        z.
    excess : (n,) array
        X/K.
    """
    psi: ComplexArray = np.zeros(bath.shape[1], dtype=complex)
    if not np.any(excess):
        return psi
    z = charge[:, None]
    strength = (z**2 * bath).sum(axis=0)
    psi = np.arcsinh(excess / strength)
    for _ in range(60):
        held = z * bath * np.exp(-z * psi)
        step = (held.sum(axis=0) + excess) / (z * held).sum(axis=0)
        psi = psi + step
        if np.abs(step).max() < 1e-14:
            break
    return psi


def _bernoulli(a: ComplexArray) -> ComplexArray:
    small = np.abs(a) < 1e-5
    safe = np.where(small, 1.0, a)
    bounded = np.where(safe.real > 700.0, 700.0, safe)
    exact = np.where(safe.real < -700.0, -safe, safe / np.expm1(bounded))
    result: ComplexArray = np.where(small, 1.0 - a / 2.0 + a**2 / 12.0, exact)
    return result


class IonicOperator:
    """Discretize a cell: vertex-centered finite volumes with exponentially fitted fluxes.

    The unknowns of a node are the s of all ions but the last, then Φ. The deepest node is the bath,
    with Φ = 0.
    """

    def __init__(self, cell: IonicCell) -> None:
        self.cell = cell
        layers = cell.layers
        count = [layer.share.size for layer in layers]
        self.n_ion, self.n_node = cell.charge.size, sum(count)
        self.layer = np.repeat(np.arange(len(layers)), count)
        self.length_m = np.concatenate([layer.share * layer.thickness_m for layer in layers])
        self.partition = np.repeat([layer.partition for layer in layers], count)
        self.diffusivity = np.stack([layer.diffusivity_m2_per_s for layer in layers])[self.layer].T
        self.excess = np.repeat(
            [layer.fixed_charge_mol_per_m3 / layer.partition for layer in layers], count
        )
        self.half_m = 0.5 * self.length_m
        self.clearance = np.repeat([layer.clearance_per_s for layer in layers], count)
        hindrance = np.ones(self.n_ion) if cell.hindrance is None else cell.hindrance
        self.drift = hindrance[:, None] * cell.osmotic_m3_per_c * self.length_m
        self.drift = self.drift / (self.partition * self.diffusivity)
        bath = np.repeat(cell.bath_mol_per_m3[:, None], self.n_node, axis=1).astype(complex)
        self.blood = self._side(bath)[0]

    @property
    def scale(self) -> float:
        """Return the largest concentrations, mol/m^3, to judge errors by."""
        return float(self.cell.bath_mol_per_m3.max() + self.cell.donor_mol_per_m3.max())

    def expand(self, y: NDArray[np.generic]) -> tuple[ComplexArray, ComplexArray]:
        """Return s (n_ion, n_node + 1) and Φ (n_node + 1,) with the bath's node, from unknowns."""
        z, bath = self.cell.charge, self.cell.bath_mol_per_m3
        s = np.empty((self.n_ion, self.n_node + 1), dtype=complex)
        s[:-1, :-1] = y[:, :-1].T
        s[-1, :-1] = -(z[:-1] @ s[:-1, :-1]) / z[-1]
        s[:, -1] = bath
        return s, np.append(y[:, -1], 0.0).astype(complex)

    def _side(self, s: ComplexArray) -> tuple[ComplexArray, ComplexArray]:
        """Return concentrations in the tissue, and ψ, for bath values at one side of elements."""
        psi = donnan_potential(s, self.cell.charge, self.excess)
        held = self.partition * s * np.exp(-self.cell.charge[:, None] * psi)
        return held, psi

    def elements(
        self,
        left: tuple[ComplexArray, ComplexArray],
        right: tuple[ComplexArray, ComplexArray],
        i: float,
    ) -> tuple[ComplexArray, ComplexArray, ComplexArray]:
        """Return flux, and concentrations at the left and right, (n_ion, n_element) each.

        Parameters
        ----------
        left, right : (s, Φ)
            Bath values at either end of every element.
        i : float
            Current density, A/m^2.
        """
        c_left, psi_left = self._side(left[0])
        c_right, psi_right = self._side(right[0])
        drop = left[1] + psi_left - right[1] - psi_right
        a = self.cell.charge[:, None] * drop + i * self.drift
        spread = self.diffusivity / self.length_m
        flux = spread * (_bernoulli(-a) * c_left - _bernoulli(a) * c_right)
        return flux, c_left, c_right

    def lost(self, held: ComplexArray) -> ComplexArray:
        """Return what blood takes from one half of every element, mol/(m^2 s)."""
        taken: ComplexArray = self.clearance * self.half_m * (held - self.blood)
        return taken

    def source(self, i: float) -> FloatArray:
        """Return what the electrode adds to the donor, (n_ion,) in mol/(m^2 s)."""
        return self.cell.released_per_charge * i / FARADAY_C_PER_MOL
