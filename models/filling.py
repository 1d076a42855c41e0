"""How rich in the drug the pores of the stratum corneum are under current.

The donor's ions decide the drug's share of the current; tissue's salt decides how rich they are
inside. It fills the pores first, and behind its front Kohlrausch's regulating function keeps what it
was (Kohlrausch 1897): ``Σ q_k/D_k`` over all ions, so that the donor's ions enter at ``q = r c``,

    ``r = Σ_tissue c_k/D_k / Σ_donor c_k/D_k``        counter-ions in both sums

A slow ion follows dilute and fast. Diffusion and the flow of water then bring it towards the donor's
concentration; the geometric mean of both, sqrt(r), stands for the whole course. It multiplies what
the pores hold, and what water flowing against the drug carries back. How far that holds is stated by
`compare_models`; `derive` does better for one donor. Drug that needles left in place has no front.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from models.competition import Competition
from models.draws import Draws
from models.layers import Layer
from models.transport import Stack

FloatArray = NDArray[np.float64]


def filling(competition: Competition) -> FloatArray:
    """Return sqrt(r), (n_draw,); what of the drug is not charged is as rich as the donor."""
    donor, drug = competition.concentration_mol_per_m3, competition.drug_diffusivity_m2_per_s
    others = np.sum(donor[1:] / competition.ion_diffusivity_m2_per_s)
    counter = donor @ competition.charge / competition.counter_diffusivity_m2_per_s
    mean = np.sqrt(competition.tissue_sum / (donor[0] / drug + others + counter))
    charged = min(abs(competition.mean_charge), 1.0)
    found: FloatArray = 1.0 + charged * (mean - 1.0)
    return found


def filled(stack: Stack, layer: Layer, competition: Competition, draws: Draws) -> Stack:
    """Return the stack with its pores filled as current fills them.

    Parameters
    ----------
    stack : Stack
        Coefficients.
    layer : Layer
        The stratum corneum; a partition measured for it stays.
    competition : Competition
        The donor's ions.
    draws : Draws
        As the stack's.
    """
    if not competition.migrates or layer.partition is not None:
        return stack
    share = filling(competition)
    partition, osmotic = stack.partition.copy(), stack.osmotic_m3_per_c.copy()
    water = layer.water_partition * draws["stratum_corneum partition"]
    partition[:, 0] += (share - 1.0) * water
    against = osmotic[:, 0] * competition.mean_charge < 0.0
    osmotic[:, 0] *= np.where(against, share, 1.0)
    return replace(stack, partition=partition, osmotic_m3_per_c=osmotic)
