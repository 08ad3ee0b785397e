"""The noise of a counting detector, and values in which it is the same everywhere."""

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Detector:
    """A detector that counts: its noise has the variance ``read_noise**2 + gain * (x - offset)``.

    Below the offset the variance stays that of the read noise.

    Parameters
    ----------
    gain
        Data units a count, 0 for noise that does not grow with the signal.
    offset
        The value without light, in data units.
    read_noise
        Standard deviation of the noise there, in data units. Gain and read noise are not both 0.
    """

    gain: float
    offset: float
    read_noise: float

    @property
    def floor(self) -> float:
        """Standard deviation that the transform stands on at the offset, in data units."""
        return math.sqrt(0.375 * self.gain * self.gain + self.read_noise * self.read_noise)

    def deviation(self, values: NDArray[Any]) -> Values:
        """Return the standard deviation of the noise at ``values``, in data units."""
        counted = self.gain * np.maximum(np.asarray(values, np.float64) - self.offset, 0.0)
        return np.asarray(np.sqrt(counted + self.floor**2))

    def stabilise(self, values: NDArray[Any]) -> Values:
        """Return values whose noise has a standard deviation of about 1, float64; the offset is 0.

        The generalised Anscombe transform ``2 / g * sqrt(g (x - m) + 3/8 g**2 + r**2)`` [1]_, less
        its value at the offset, and continued below it as a straight line.

        References
        ----------
        .. [1] J.-L. Starck, F. Murtagh, A. Bijaoui, "Image Processing and Data Analysis: The
           Multiscale Approach", Cambridge University Press, 1998, section 2.3.
        """
        # 2 / g * (sqrt(g d + v) - sqrt(v)), written so that g may be 0 and nothing cancels
        above = np.asarray(values, np.float64) - self.offset
        floor = self.floor
        root = np.sqrt(self.gain * np.maximum(above, 0.0) + floor * floor)
        return np.asarray(2.0 * above / (root + floor))

    def restore(self, stabilised: NDArray[Any]) -> Values:
        """Return the values of ``stabilised`` ones (docs/format.md, section 20)."""
        y = np.asarray(stabilised, np.float64)
        return np.asarray(self.offset + y * (self.floor + self.gain * np.maximum(y, 0.0) / 4.0))

    def to_json(self) -> dict[str, float]:
        """Return the parameters."""
        return asdict(self)

    def __str__(self) -> str:
        grows = (
            f"gain {self.gain:.4g}" if self.gain else "gain 0 (it does not grow with the signal)"
        )
        return f"{grows}, offset {self.offset:.5g}, read noise {self.read_noise:.4g}"
