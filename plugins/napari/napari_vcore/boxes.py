"""Boxes of a file: from world coordinates to a region of a level, within display limits."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_vcore.layers import Link
from vcore.errors import MemoryLimitError
from vcore.model.regions import Region, shape_of
from vcore.runtime.memory import available_bytes

MEMORY_SHARE = 0.5
"""Maximum fraction of the free memory for a box, because napari makes copies."""
TEXTURE_2D, TEXTURE_3D = 16_384, 2048
"""Texture sizes supported by all GPUs of the last ten years, if the GPU cannot be queried."""


def region(link: Link, layer: Any, low: NDArray[Any], high: NDArray[Any], level: int) -> Region:
    """Return the region of a level covered by a box in world coordinates.

    Parameters
    ----------
    layer
        The napari layer of ``link``.
    low, high
        Corners; where they coincide, a time axis is taken at that position and a spatial axis as a
        whole.
    """
    decoder = link.decoder
    fine = decoder.grids[link.level].shape
    shape = decoder.shape(level)
    ends = np.sort(
        [layer.world_to_data(low[-layer.ndim :]), layer.world_to_data(high[-layer.ndim :])], axis=0
    )
    found = []
    hidden = "cz" if decoder.header.axis_map.is_flat else "c"  # axes that the layer has not
    for axis, name in enumerate(decoder.header.axes):
        n = shape[axis]
        if name == "z" and name in hidden:
            found.append(slice(0, 1))
            continue
        if name == "c":
            found.append(slice(link.channel, (link.channel or 0) + 1))
            continue
        at = layer.ndim - len([a for a in decoder.header.axes[axis:] if a not in hidden])
        a, b = ends[0][at], ends[1][at]
        if name == "t":
            frame = int(np.clip(round(a), 0, n - 1))
            found.append(slice(frame, frame + 1))
            continue
        factor = fine[len(found) - len(shape)] / n
        if b - a < 0.5:
            found.append(slice(0, n))
            continue
        start = int(np.clip(np.floor(a / factor), 0, n - 1))
        stop = int(np.clip(np.ceil((b + 1) / factor), start + 1, n))
        found.append(slice(start, stop))
    return tuple(found)


def check(link: Link, region: Region, side: int) -> None:
    """Reject a box that does not fit in memory or on the graphics card.

    Parameters
    ----------
    side
        Maximum number of voxels along an axis.

    Raises
    ------
    MemoryLimitError
        The box is too large.
    """
    shape = shape_of(region)
    need = int(np.prod(shape, dtype=object)) * link.decoder.dtype.itemsize
    if need > MEMORY_SHARE * available_bytes():
        raise MemoryLimitError(
            f"Expected a box that fits into memory. {' x '.join(map(str, shape))} takes "
            f"{need / 1e9:.1f} GB: choose a smaller box or a coarser level."
        )
    if max(shape[-3:]) > side:
        raise MemoryLimitError(
            f"Expected a box of at most {side} voxels along an axis, the limit of the graphics "
            f"card. Got {' x '.join(map(str, shape[-3:]))}: choose a smaller box or a "
            f"coarser level."
        )


def texture_limit(three: bool) -> int:
    """Return the maximum texture size of the graphics card, in voxels along an axis."""
    try:
        from napari._vispy.utils.gl import get_max_texture_sizes

        flat, deep = get_max_texture_sizes()
    except (ImportError, RuntimeError, AttributeError):
        flat = deep = None
    return int((deep or TEXTURE_3D) if three else (flat or TEXTURE_2D))


def without_channel(values: NDArray[Any], link: Link) -> NDArray[Any]:
    """Select the channel of ``link`` from decoded values, removing the axis ``c``, and z if the
    source has none."""
    header = link.decoder.header
    if "c" in header.axes:
        values = values[(slice(None),) * header.axes.index("c") + (0,)]
    return values[..., 0, :, :] if header.axis_map.is_flat else values
