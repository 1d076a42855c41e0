"""Physical constants and the conditions every correlation is brought to (SI).

The Faraday and gas constants are exact since the 2019 revision of the SI (CODATA 2018).
"""

FARADAY_C_PER_MOL = 96485.33212
GAS_J_PER_MOL_K = 8.314462618

SKIN_TEMPERATURE_K = 305.15
"""Surface temperature of skin in a Franz cell held at 32 °C; one temperature for every layer."""

REFERENCE_TEMPERATURE_K = 298.15
"""Temperature of tabulated diffusion coefficients."""

THERMAL_VOLTAGE_V = GAS_J_PER_MOL_K * SKIN_TEMPERATURE_K / FARADAY_C_PER_MOL
