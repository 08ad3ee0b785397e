"""Presets of the rate-distortion optimised quantiser."""

from typing import NamedTuple


class RdoPreset(NamedTuple):
    """Parameters of the rate-distortion optimised quantiser.

    Parameters
    ----------
    rate_weight
        Factor on the Lagrange multiplier; 1 is its value at high rates.
    zero_weight
        Factor on the bits by which a 1 exceeds a 0; above 1 because a 1 among zeros also raises the
        rate of its neighbours.
    two_pass
        Whether to estimate rates and choose the integers again from the first result.
    """

    rate_weight: float = 1.0
    zero_weight: float = 1.0
    two_pass: bool = False


DEFAULT_PRESET = RdoPreset()
PRESETS = (
    DEFAULT_PRESET,
    RdoPreset(0.7, 1.0, True),
    RdoPreset(0.5, 1.0, True),
    RdoPreset(0.5, 1.4, True),
)
"""Presets tried by effort ``max``; their order varies between volumes by about a percent."""
