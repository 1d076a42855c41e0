"""States of the reference model, and increments of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.reference_balance import evaluate
from models.reference_operator import IonicSystem

FloatArray = NDArray[np.float64]


@dataclass(slots=True)
class Row:
    """Hold a state, or increments.

    Parameters
    ----------
    s : (n_ion, n_node + 1) array
        Concentrations in the bath at the nodes; the last one is behind the deep side.
    drop : (n_element,) array
        Fall of the bath's potential over each element, RT/F.
    held : (n_ion - 1, n_node) array
        Amounts at the nodes, mol/m^2.
    gone : (2, n_ion) array
        Amounts taken by blood, and gone through the deep side, mol/m^2.
    """

    s: FloatArray
    drop: FloatArray
    held: FloatArray
    gone: FloatArray

    @classmethod
    def of(cls, system: IonicSystem, y: FloatArray) -> Row:
        """Return the state of unknowns (n_node, n_ion), nothing gone yet."""
        z, bath = system.stack.charge, system.stack.bath_mol_per_m3[:, None]
        s = np.vstack((y[:, :-1].T, -(z[:-1] @ y[:, :-1].T) / z[-1]))
        return cls(
            np.hstack((s, bath)),
            -np.diff(y[:, -1], append=0.0),
            evaluate(system, y, 0.0, 1.0).held[:-1],
            np.zeros((2, system.n_ion)),
        )

    @classmethod
    def stacked(cls, rows: Sequence[Row]) -> Row:
        """Return states with a leading axis of time."""
        return cls(*(np.array([getattr(row, name) for row in rows]) for name in cls.__slots__))

    def unknowns(self) -> FloatArray:
        """Return the unknowns of `IonicSystem`, (n_node, n_ion)."""
        phi = np.cumsum(self.drop[::-1])[::-1]
        return np.column_stack((self.s[:-1, :-1].T, phi))

    def plus(self, weights: FloatArray, stages: Sequence[Row]) -> Row:
        """Return the state with weighted increments of stages."""
        used = [(w, stage) for w, stage in zip(weights, stages, strict=False) if w != 0.0]
        parts = []
        for name in self.__slots__:
            part = getattr(self, name).copy()
            for weight, stage in used:
                part += weight * getattr(stage, name)
            parts.append(part)
        return Row(*parts)
