"""The reference model's equations on a grid, with their exact derivative.

In a pore, ion k at concentration q and potential φ (units of RT/F) flows, per skin area, by

    ``J_k = -w P_k (∂q_k/∂x + z_k q_k ∂φ/∂x) + W_k ν i q_k - Q_k ∂s_k/∂x``

diffusion and migration through pores opened by w, electro-osmosis, and lipid beside the pores.
``Σ z_k q_k + X = 0`` in the pores, and ``F Σ z_k J_k = i`` at every depth and moment.

Unknowns are the concentrations s and the potential Φ of an electroneutral bath in equilibrium with
the tissue at each node: ``q_k = s_k e^{-z_k ψ}``, ``φ = Φ + ψ``, with the Donnan potential ψ of the
layer. Both are continuous across interfaces, so no interface needs code. The last ion follows from
``Σ z_k s_k = 0``; its balance is replaced by the current's. Vertex-centered finite volumes; fluxes
exponentially fitted (Scharfetter & Gummel 1969). Node 0 is the donor, the deepest node the bath.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.constants import FARADAY_C_PER_MOL
from models.grid import Grid
from models.reference_ions import IonStack
from models.transport import bernoulli

FloatArray = NDArray[np.float64]


def donnan_potential(bath: FloatArray, charge: FloatArray, excess: FloatArray) -> FloatArray:
    """Return ψ that solves ``Σ z_k s_k e^{-z_k ψ} + X = 0``, by Newton's method.

    Parameters
    ----------
    bath : (n_ion, n) array
        s.
    charge : (n_ion,) array
        z.
    excess : (n,) array
        X.
    """
    z = charge[:, None]
    psi: FloatArray = np.arcsinh(excess / np.maximum((z**2 * bath).sum(axis=0), 1e-9))
    for _ in range(40):
        held = z * bath * np.exp(-z * psi)
        step = (held.sum(axis=0) + excess) / np.maximum((z * held).sum(axis=0), 1e-12)
        psi = psi + np.clip(step, -1.0, 1.0)
        if np.abs(step).max(initial=0.0) < 1e-13:
            break
    return psi


@dataclass(slots=True, kw_only=True)
class Local:
    """Hold values at the points: the nodes of each layer, so that interfaces appear twice.

    Parameters
    ----------
    s, q : (n_ion, n_point) array
        Concentrations in bath and pore.
    phi, psi : (n_point,) array
        Potential in the pore, and its Donnan part.
    """

    s: FloatArray
    q: FloatArray
    phi: FloatArray
    psi: FloatArray


@dataclass(slots=True, kw_only=True)
class Fluxes:
    """Hold fluxes through elements and what their derivative needs.

    Parameters
    ----------
    flux : (n_ion, n_element) array
        mol/(m^2 s).
    forward, backward : (n_ion, n_element) array
        Derivatives by q left and, negated, by q right.
    field : (n_ion, n_element) array
        Derivative by the exponent a.
    """

    flux: FloatArray
    forward: FloatArray
    backward: FloatArray
    field: FloatArray


class IonicSystem:
    """Discretize an ion stack on a grid."""

    def __init__(self, stack: IonStack, grid: Grid) -> None:
        self.stack, self.grid = stack, grid
        self.n_ion, self.n_node = stack.charge.size, grid.n_element
        layer, element = grid.layer, np.arange(grid.n_element)
        self.left, self.right = element + layer, element + layer + 1
        n_layer = stack.thickness_m.size
        self.spans = [np.flatnonzero(layer == k) for k in range(n_layer)]
        self.node = np.concatenate([np.append(span, span[-1] + 1) for span in self.spans])
        self.point_layer = np.repeat(np.arange(n_layer), [span.size + 1 for span in self.spans])
        length = grid.share * stack.thickness_m[layer]
        self.pore = stack.pore_m2_per_s[layer].T / length
        self.lipid = stack.lipid_m2_per_s[layer].T / length
        weight = np.zeros(self.node.size)
        np.add.at(weight, self.left, 0.5 * length)
        np.add.at(weight, self.right, 0.5 * length)
        self.water = weight * stack.water[self.point_layer].T
        self.oil = weight * stack.oil[self.point_layer].T
        self._clearance = stack.clearance_per_s[self.point_layer].T
        self._flow_share = stack.flow_share[self.point_layer].T
        self.excess = stack.fixed_charge_mol_per_m3[self.point_layer]
        self._charged = np.flatnonzero(self.excess)
        self._z = stack.charge[:, None]
        bath = np.repeat(stack.bath_mol_per_m3[:, None], self.n_node + 1, axis=1)
        self.blood = self._amounts(self._local(bath, np.zeros(self.n_node + 1)))

    def rest(self) -> FloatArray:
        """Return the unknowns of tissue in its bath under a donor just applied.

        The node at the surface is donor mixed with half an element of tissue: no ion is made or lost.
        """
        stack = self.stack
        y = np.tile(np.append(stack.bath_mol_per_m3[:-1], 0.0), (self.n_node, 1))
        above = self.point_layer < stack.film
        target = np.where(above, self.water * stack.donor_mol_per_m3[:, None], self.blood)
        at = int(np.count_nonzero(above[1:]))
        y[:at, :-1] = stack.donor_mol_per_m3[:-1]
        well = 0.0 if stack.film else stack.donor_volume_m
        mixed = well * stack.donor_mol_per_m3 + self.at_nodes(target)[:, at]
        volume = well + self.at_nodes(self.water + self.oil)[:, at]
        y[at, :-1] = (mixed / volume)[:-1]
        for _ in range(50):
            here = self.local(y)
            held = well * here.s[:, 0] + self.at_nodes(self._amounts(here))[:, at]
            change = ((mixed - held) / volume)[:-1]
            y[at, :-1] += change
            if np.abs(change).max() < 1e-15 * mixed.max() / volume.min():
                break
        return y

    def local(self, y: FloatArray) -> Local:
        """Return values at the points for unknowns (n_node, n_ion)."""
        z, stack = self.stack.charge, self.stack
        s = np.empty((self.n_ion, self.n_node + 1))
        s[:-1, :-1] = y[:, :-1].T
        s[-1, :-1] = -(z[:-1] @ s[:-1, :-1]) / z[-1]
        s[:, -1] = stack.bath_mol_per_m3
        return self._local(s, np.append(y[:, -1], 0.0))

    def _local(self, s: FloatArray, potential: FloatArray) -> Local:
        at_point = s[:, self.node]
        psi = np.zeros(self.node.size)
        psi[self._charged] = donnan_potential(
            at_point[:, self._charged], self.stack.charge, self.excess[self._charged]
        )
        q = at_point * np.exp(-self._z * psi)
        return Local(s=at_point, q=q, phi=potential[self.node] + psi, psi=psi)

    def fluxes(self, here: Local, current: float, opening: float) -> Fluxes:
        """Return fluxes under a current density, A/m^2, through pores opened to `opening`."""
        pore = self.pore.copy()
        pore[:, self.spans[self.stack.film]] *= opening
        drop = here.phi[self.left] - here.phi[self.right]
        a = self._z * drop + current * self.stack.osmotic_m3_per_c[:, None] / pore
        back = bernoulli(a)
        ahead = back + a
        q_left, q_right = here.q[:, self.left], here.q[:, self.right]
        flux = pore * (ahead * q_left - back * q_right)
        flux += self.lipid * (here.s[:, self.left] - here.s[:, self.right])
        small = np.abs(a) < 1e-4
        slope = np.where(small, -0.5 + a / 6.0, back * (1.0 - ahead) / np.where(small, 1.0, a))
        found = Fluxes(
            flux=flux,
            forward=pore * ahead,
            backward=pore * back,
            field=pore * ((slope + 1.0) * q_left - slope * q_right),
        )
        for part in (found.flux, found.forward, found.backward, found.field):
            part[self.stack.sealed, -1] = 0.0
        return found

    def _amounts(self, here: Local) -> FloatArray:
        held: FloatArray = self.water * here.q + self.oil * here.s
        return held

    def clearance(self, flow: float) -> FloatArray:
        """Return the exchange with blood at a flow relative to rest, (n_ion, n_point) in 1/s."""
        slowed: FloatArray = self._clearance / (1.0 - self._flow_share + self._flow_share / flow)
        return slowed

    def held(self, here: Local) -> FloatArray:
        """Return amounts at the points, (n_ion, n_point) in mol/m^2, without the donor's."""
        return self._amounts(here)

    def held_in(self, bath: FloatArray) -> FloatArray:
        """Return amounts at the points for many states at once, in mol/m^2.

        Parameters
        ----------
        bath : (n_time, n_ion, n_node + 1) array
            s at the nodes.
        """
        s = bath[:, :, self.node]
        q = s.copy()
        if self._charged.size:
            charged = np.moveaxis(s[:, :, self._charged], 1, 0)
            flat = charged.reshape(self.n_ion, -1)
            excess = np.tile(self.excess[self._charged], len(bath))
            psi = donnan_potential(flat, self.stack.charge, excess)
            inside = (flat * np.exp(-self._z * psi)).reshape(charged.shape)
            q[:, :, self._charged] = np.moveaxis(inside, 0, 1)
        return self.water * q + self.oil * s

    def at_nodes(self, values: FloatArray) -> FloatArray:
        """Return values at points added up over nodes; the last axis runs over points."""
        total = np.zeros((*values.shape[:-1], self.n_node + 1))
        first = 0
        for span in self.spans:
            total[..., span[0] : span[-1] + 2] += values[..., first : first + span.size + 1]
            first += span.size + 1
        return total

    def source(self, current: float, charge: float) -> FloatArray:
        """Return what the electrode adds to the donor, (n_ion,) in mol/(m^2 s)."""
        return self.stack.released(charge) * current / FARADAY_C_PER_MOL
