"""The equations: one solute in an imposed field, from donor to receptor.

In layer ℓ with total concentration c, partition K and the water-equivalent unknown s = c/K,

    ``K ∂s/∂t = -∂J/∂x - k K s``                                    mass, with capillary clearance k
    ``J = -(w P + Q) ∂s/∂x + (μ + ν) i s``                          flux

    P   permeability of pores, scaled by the opened area w          diffusion, m^2/s
    Q   permeability of what current does not open (lipid, tissue)  diffusion, m^2/s
    μ   electromigration velocity per current density, m^3/C:
        below the stratum corneum, ``K z̄ D F/(RT κ)`` (trace ion in excess electrolyte);
        inside it, what competition with the donor's ions leaves (competition.py)
    ν   electro-osmotic flow per current density times hindrance, m^3/C

Both s and J are continuous across interfaces, so no interface needs code. The donor is a well
stirred volume V at x = 0, ``V ds/dt = -J(0)``. The deep side is sealed, or a receptor with s = 0.

Between two nodes the flux is exponentially fitted (Scharfetter & Gummel 1969), exact for constant
coefficients: ``J = (P/h) [B(-a) s_L - B(a) s_R]``, ``a = v h/P``, ``B(a) = a/(e^a - 1)``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.errors import ModelInputError
from models.grid import Grid

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """Hold the coefficients of one skin or many, with a leading axis of draws.

    Parameters
    ----------
    names : tuple of str
        Layer names from the surface down; the first layer is the one current opens.
    thickness_m, partition, clearance_per_s : (n_draw, n_layer) array
        L in m, K, k in 1/s.
    pore_permeability_m2_per_s : (n_draw, n_layer) array
        P above, at rest.
    other_permeability_m2_per_s : (n_draw, n_layer) array
        Q above.
    mobility_m3_per_c : (n_draw, n_layer) array
        μ above; the first layer's comes from the forcing and is ignored here.
    osmotic_m3_per_c : (n_draw, n_layer) array
        ν above.
    donor_volume_m : (n_draw,) array
        Donor volume per area.
    donor_mol_per_m3 : (n_draw,) array
        Concentration in the donor at the start.
    sink : bool
        Whether the deep side is a receptor with s = 0.
    """

    names: tuple[str, ...]
    thickness_m: FloatArray
    partition: FloatArray
    clearance_per_s: FloatArray
    pore_permeability_m2_per_s: FloatArray
    other_permeability_m2_per_s: FloatArray
    mobility_m3_per_c: FloatArray
    osmotic_m3_per_c: FloatArray
    donor_volume_m: FloatArray
    donor_mol_per_m3: FloatArray
    sink: bool

    def __post_init__(self) -> None:
        shape = self.thickness_m.shape
        for name in ("thickness_m", "partition"):
            _check(name, getattr(self, name), shape, above_zero=True)
        for name in (
            "clearance_per_s",
            "pore_permeability_m2_per_s",
            "other_permeability_m2_per_s",
        ):
            _check(name, getattr(self, name), shape, above_zero=False)
        total = self.pore_permeability_m2_per_s + self.other_permeability_m2_per_s
        _check("pore plus other permeability", total, shape, above_zero=True)
        for name in ("mobility_m3_per_c", "osmotic_m3_per_c"):
            if not np.all(np.isfinite(getattr(self, name))):
                raise ModelInputError(f"{name}: every value must be finite")
        _check("donor_volume_m", self.donor_volume_m, shape[:1], above_zero=True)
        _check("donor_mol_per_m3", self.donor_mol_per_m3, shape[:1], above_zero=False)

    @property
    def n_draw(self) -> int:
        """Return the number of draws."""
        return int(self.thickness_m.shape[0])


def _check(name: str, values: FloatArray, shape: tuple[int, ...], *, above_zero: bool) -> None:
    if values.shape != shape:
        raise ModelInputError(f"{name} has shape {values.shape}; expected {shape}")
    if not np.all(np.isfinite(values)):
        raise ModelInputError(f"{name}: every value must be finite")
    if np.any(values < 0.0) or (above_zero and np.any(values == 0.0)):
        bound = "above 0" if above_zero else "0 or more"
        raise ModelInputError(f"{name} = {float(values.min()):g}: every value must be {bound}")


def bernoulli(a: FloatArray) -> FloatArray:
    """Return ``B(a) = a/(e^a - 1)``, without loss near zero or overflow far from it."""
    magnitude = np.minimum(np.maximum(np.abs(a), 1e-300), 700.0)
    result: FloatArray = magnitude / np.expm1(magnitude)
    result -= np.minimum(a, 0.0)
    return result


class Operator:
    """Turn a stack on a grid into the tridiagonal system ``M ds/dt = A(t) s``.

    Node 0 holds the donor and half the first element; with a sink the last node of the grid is
    the receptor's face, where s = 0, and is no unknown.

    Attributes
    ----------
    mass_m : (n_draw, n_node) array
        M, volume-equivalent per area, m.
    weights_m : (n_layer, n_draw, n_node) array
        Amount per layer is ``Σ weights · s``, mol/m^2.
    clearing_m_per_s : (n_draw, n_node) array
        Rate of clearance is ``Σ clearing · s``.
    pore_m_per_s, other_m_per_s : (n_draw, n_element) array
        P/h and Q/h of each element.
    drift_m3_per_c : (n_draw, n_element) array
        μ + ν of each element, without the forcing's μ in the first layer.
    n_first : int
        Number of elements in the first layer.
    """

    def __init__(self, stack: Stack, grid: Grid) -> None:
        self.stack, self.grid = stack, grid
        self.length_m = grid.element_length_m(stack.thickness_m)
        layer = grid.layer
        self.pore_m_per_s = (stack.pore_permeability_m2_per_s[:, layer]) / self.length_m
        self.other_m_per_s = (stack.other_permeability_m2_per_s[:, layer]) / self.length_m
        self.n_first = int(np.count_nonzero(layer == 0))
        self.drift_m3_per_c = stack.osmotic_m3_per_c[:, layer].copy()
        self.drift_m3_per_c[:, self.n_first :] += stack.mobility_m3_per_c[:, layer[self.n_first :]]
        self.n_node = grid.n_element if stack.sink else grid.n_element + 1
        half = 0.5 * stack.partition[:, layer] * self.length_m
        self.weights_m = np.zeros((len(stack.names), stack.n_draw, grid.n_element + 1))
        for index in range(len(stack.names)):
            inside = np.where(layer == index, half, 0.0)
            self.weights_m[index, :, :-1] += inside
            self.weights_m[index, :, 1:] += inside
        self.weights_m = np.ascontiguousarray(self.weights_m[:, :, : self.n_node])
        self.clearing_m_per_s = np.einsum("ldn,dl->dn", self.weights_m, stack.clearance_per_s)
        self.mass_m = self.weights_m.sum(axis=0)
        self.mass_m[:, 0] += stack.donor_volume_m

    def links(
        self, current: float, opening: FloatArray, mobility: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return the flux through each element as ``J = forward s_L - backward s_R``.

        Parameters
        ----------
        current : float
            Current density, A/m^2.
        opening, mobility : (n_draw,) array
            Opened pore area and electromigration in the first layer.

        Returns
        -------
        forward, backward : (n_draw, n_element) array, m/s.
        """
        diffusive = self.other_m_per_s.copy()
        first = self.n_first
        diffusive[:, :first] += opening[:, None] * self.pore_m_per_s[:, :first]
        diffusive[:, first:] += self.pore_m_per_s[:, first:]
        velocity = self.drift_m3_per_c * current
        velocity[:, :first] += (mobility * current)[:, None]
        backward = diffusive * bernoulli(velocity / diffusive)
        return backward + velocity, backward

    def rate(self, s: FloatArray, forward: FloatArray, backward: FloatArray) -> FloatArray:
        """Return ``A s``, (n_draw, n_node) in mol/(m^2 s)."""
        change: FloatArray = -self.clearing_m_per_s * s
        flux = forward[:, : self.n_node - 1] * s[:, :-1] - backward[:, : self.n_node - 1] * s[:, 1:]
        change[:, :-1] -= flux
        change[:, 1:] += flux
        if self.stack.sink:
            change[:, -1] -= forward[:, -1] * s[:, -1]
        return change

    def bands(
        self, step: float, forward: FloatArray, backward: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return lower, main and upper diagonal of ``M - step A``, as (n_draw, n_node) arrays.

        ``lower[:, j]`` couples node j to j-1 and ``upper[:, j]`` to j+1; the ends are zero.
        """
        inner = self.n_node - 1
        lower, upper = np.zeros(self.mass_m.shape), np.zeros(self.mass_m.shape)
        np.multiply(forward[:, :inner], -step, out=lower[:, 1:])
        np.multiply(backward[:, :inner], -step, out=upper[:, :-1])
        main = step * self.clearing_m_per_s
        main += self.mass_m
        main[:, :-1] -= lower[:, 1:]
        main[:, 1:] -= upper[:, :-1]
        if self.stack.sink:
            main[:, -1] += step * forward[:, -1]
        return lower, main, upper

    def leaving(self, s: FloatArray, forward: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the rates of clearance and of arrival in the receptor, (n_draw,) each."""
        cleared: FloatArray = (self.clearing_m_per_s * s).sum(axis=1)
        if not self.stack.sink:
            return cleared, np.zeros(cleared.shape)
        return cleared, forward[:, -1] * s[:, -1]
