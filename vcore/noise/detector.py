"""Noise model of a counting detector, and its variance-stabilising transform."""

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Detector:
    """Counting detector with noise variance ``read_noise**2 + gain * (x - offset)``.

    Below the offset the variance is that of the read noise.

    Parameters
    ----------
    gain
        Data units per count; 0 for noise independent of the signal.
    offset
        Value without light (dark offset), in data units.
    read_noise
        Standard deviation of the noise at the offset, in data units. Gain and read noise are not
        both 0.
    """

    gain: float
    offset: float
    read_noise: float

    @property
    def floor(self) -> float:
        """Standard deviation at the offset in the generalised Anscombe transform, in data units."""
        return math.sqrt(0.375 * self.gain * self.gain + self.read_noise * self.read_noise)

    def deviation(self, values: NDArray[Any]) -> Values:
        """Return the standard deviation of the noise at ``values``, in data units."""
        counted = self.gain * np.maximum(np.asarray(values, np.float64) - self.offset, 0.0)
        return np.asarray(np.sqrt(counted + self.floor**2))

    def stabilise(self, values: NDArray[Any]) -> Values:
        """Return values with noise of about unit standard deviation, float64; the offset maps to 0.

        The generalised Anscombe transform ``2 / g * sqrt(g (x - m) + 3/8 g**2 + r**2)`` [1]_, minus
        its value at the offset, and continued linearly below the offset.

        References
        ----------
        .. [1] J.-L. Starck, F. Murtagh, A. Bijaoui, "Image Processing and Data Analysis: The
           Multiscale Approach", Cambridge University Press, 1998, section 2.3.
        """
        # 2 / g * (sqrt(g d + v) - sqrt(v)), rewritten to allow g = 0 and avoid cancellation
        above = np.asarray(values, np.float64) - self.offset
        floor = self.floor
        root = np.sqrt(self.gain * np.maximum(above, 0.0) + floor * floor)
        return np.asarray(2.0 * above / (root + floor))

    def restore(self, stabilised: NDArray[Any]) -> Values:
        """Return the data values of ``stabilised`` ones (docs/format.md, section 20)."""
        y = np.asarray(stabilised, np.float64)
        return np.asarray(self.offset + y * (self.floor + self.gain * np.maximum(y, 0.0) / 4.0))

    def to_json(self) -> dict[str, float]:
        """Return the parameters as a JSON-serialisable dict."""
        return asdict(self)

    def __str__(self) -> str:
        grows = (
            f"gain {self.gain:.4g}" if self.gain else "gain 0 (it does not grow with the signal)"
        )
        return f"{grows}, offset {self.offset:.5g}, read noise {self.read_noise:.4g}"
