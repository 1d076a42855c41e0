"""Coefficients of RODASP, the time stepping of the electroneutral model.

A linearly implicit Runge-Kutta method: order 4 with an embedded order 3, L-stable, stiffly accurate,
made for algebraic equations beside differential ones and for parabolic problems (Steinebach 1995;
Hairer & Wanner 1996, section IV.7). One derivative and one factorization serve all six stages of
a step, and no stage is iterated. For ``M dy/dt = f(t, y)``, stage i solves

    ``(M/(γh) - f_y) U_i = f(t + α_i h, y + Σ a_ij U_j) + M Σ (c_ij/h) U_j + γ_i h f_t``

and ``y + Σ m_i U_i`` is the new state. Between steps a cubic in ``θ = (t - t_0)/h`` holds,
``(1-θ) y_0 + θ y_1 + θ(1-θ) Σ (p_i + θ q_i) U_i``.
"""

from __future__ import annotations

import numpy as np

DIAGONAL = 0.25
"""γ above."""
AT = np.array([0.0, 0.75, 0.21, 0.63, 1.0, 1.0])
"""α above."""
BY_TIME = np.array([0.25, -0.5, -0.023504, -0.0362, 0.0, 0.0])
"""γ_i above."""
FROM_STAGES = np.zeros((6, 6))
"""a above."""
FROM_STAGES[1, :1] = 3.0
FROM_STAGES[2, :2] = 1.831036793486759, 0.4955183967433795
FROM_STAGES[3, :3] = 2.304376582692669, -0.05249275245743001, -1.176798761832782
FROM_STAGES[4, :4] = -7.170454962423024, -4.741636671481785, -16.31002631330971, -1.062004044111401
FROM_STAGES[5] = FROM_STAGES[4]
FROM_STAGES[5, 4] = 1.0
RATES = np.zeros((6, 6))
"""c above."""
RATES[1, :1] = -12.0
RATES[2, :2] = -8.791795173947035, -2.207865586973518
RATES[3, :3] = 10.81793056857153, 6.780270611428266, 19.53485944642410
RATES[4, :4] = 34.19095006749676, 15.49671153725963, 54.74760875964130, 14.16005392148534
RATES[5, :4] = 34.62605830930532, 15.30084976114473, 56.99955578662667, 18.40807009793095
RATES[5, 4] = -5.714285714285717
RESULT = FROM_STAGES[5].copy()
"""m above; the last stage alone is the difference to the embedded result."""
RESULT[5] = 1.0
BETWEEN = np.zeros((2, 6))
"""p and q above."""
BETWEEN[0, :4] = 25.09876703708589, 11.62013104361867, 28.49148307714626, -5.664021568594133
BETWEEN[1, :4] = 1.638054557396973, -0.7373619806678748, 8.477918219238990, 15.99253148779520
BETWEEN[1, 4] = -1.882352941176471
N_STAGE = 6
