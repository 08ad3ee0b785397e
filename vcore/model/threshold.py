"""Values below a threshold as 0, on reading."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.model.volume import Variable, Volume


def thresholded(volume: Volume, threshold: float) -> Volume:
    """Return the volume with values below ``threshold`` (data units) read as 0.

    Missing values are unchanged.
    """
    if not np.isfinite(threshold):
        raise InputError(f"Expected a finite threshold (`zero_below`). Got {threshold} instead.")
    return volume.changed(lambda v: replace(v, data=_Thresholded(v, threshold)))


class _Thresholded:
    def __init__(self, variable: Variable, threshold: float) -> None:
        self._variable, self._threshold = variable, threshold
        self.shape, self.dtype = variable.shape, variable.dtype

    def __getitem__(self, region: Any) -> NDArray[Any]:
        values = np.array(self._variable.data[region])
        below = values < self._threshold
        if (missing := self._variable.missing(values)) is not None:
            below &= ~missing
        values[below] = 0
        return values
