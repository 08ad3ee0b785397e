"""A picture of two layers with a movable cut: one left of it, the other right. No Qt."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.model.indexing import Indexed
from vcore.model.regions import Region, shape_of


class Halves(Indexed):
    """One array below a cut along an axis, another from it on; the last region read is kept.

    Parameters
    ----------
    low, high
        Lazy arrays of one shape.

    Attributes
    ----------
    share
        Place of the cut, as a share of the axis.
    """

    def __init__(self, low: Any, high: Any, axis: int, share: float = 0.5) -> None:
        super().__init__(low.shape, np.result_type(low.dtype, high.dtype))
        self._low, self._high, self._axis, self.share = low, high, axis, share
        self._region: Region | None = None
        self._read_last: tuple[NDArray[Any], NDArray[Any]] = (np.empty(0), np.empty(0))

    def __getitem__(self, key: Any) -> Any:
        # napari crops the visible tile from all slices before it takes one
        if isinstance(key, tuple) and len(key) == self.ndim > 2 and all(map(_is_plain, key)):
            pairs = zip(key, self.shape, strict=True)
            return _Window(self, tuple(slice(*k.indices(n)) for k, n in pairs))
        return super().__getitem__(key)

    def _read(self, region: Region) -> NDArray[Any]:
        if region != self._region:
            self._read_last = np.asarray(self._low[region]), np.asarray(self._high[region])
            self._region = region
        low, high = self._read_last
        cut = round(self.share * self.shape[self._axis]) - region[self._axis].start
        cut = min(max(cut, 0), low.shape[self._axis])
        before = (slice(None),) * self._axis
        parts = low[(*before, slice(0, cut))], high[(*before, slice(cut, None))]
        return np.concatenate(parts, self._axis).astype(self.dtype, copy=False)


class _Window(Indexed):
    """A region of ``Halves`` that is read when indexed."""

    def __init__(self, whole: Halves, region: Region) -> None:
        super().__init__(shape_of(region), whole.dtype)
        self._whole, self._region = whole, region

    def _read(self, region: Region) -> NDArray[Any]:
        moved = zip(self._region, region, strict=True)
        return self._whole._read(
            tuple(slice(a.start + b.start, a.start + b.stop) for a, b in moved)
        )


def _is_plain(key: Any) -> bool:
    return isinstance(key, slice) and key.step in (None, 1)


def levels_of(data: Any, *, multiscale: bool) -> list[Any]:
    """Return the levels of a layer's data, finest first."""
    return list(data) if multiscale else [data]


def halves(low: Sequence[Any], high: Sequence[Any], axis: int, share: float) -> list[Halves]:
    """Return the levels that two layers have in common, each with a cut.

    Parameters
    ----------
    low, high
        Levels of each layer, finest first.
    axis
        Axis of the layers that is cut.
    share
        Place of the cut, as a share of the axis.

    Raises
    ------
    InputError
        The layers have different shapes.
    """
    if tuple(low[0].shape) != tuple(high[0].shape):
        raise InputError(
            f"Expected layers of one shape to swipe. Got {tuple(low[0].shape)} and "
            f"{tuple(high[0].shape)}: choose the original of the compressed layer."
        )
    found = []
    for x, y in zip(low, high, strict=False):
        if tuple(x.shape) != tuple(y.shape):
            break
        found.append(Halves(x, y, axis, share))
    return found


def plane(axis: int, shape: Sequence[int], share: float, *, keeps_low: bool) -> dict[str, Any]:
    """Return the clipping plane of a volume on one side of a cut, in voxels of the level shown.

    Parameters
    ----------
    axis
        Number of the axis among the three shown.
    shape
        Voxels of the level along these.
    """
    position, normal = [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]
    position[axis] = share * shape[axis] - 0.5
    normal[axis] = -1.0 if keeps_low else 1.0
    return {"position": tuple(position), "normal": tuple(normal), "enabled": True}
