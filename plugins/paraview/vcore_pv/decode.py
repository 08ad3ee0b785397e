"""Cached decoding of boxes into arrays in VTK order, with progress."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.engine.levels import LevelsDecoder
from vcore.runtime.executor import threads
from vcore.model.regions import Region, shape_of

CHUNKS_A_THREAD = 4
"""Chunks per thread between two progress reports, enough to keep all threads busy."""
PATIENCE = 0.25
"""Interval between progress reports while decoding, in seconds."""


def shown_dtype(decoder: LevelsDecoder) -> np.dtype[Any]:
    """Return the VTK data type; integers with missing values become floats.

    VTK has neither half precision nor fill values, so missing values are NaN.
    """
    dtype = decoder.dtype
    if dtype == np.float16:
        return np.dtype(np.float32)
    if dtype == np.bool_:
        return np.dtype(np.uint8)
    if dtype.kind != "f" and decoder.header.fill_value is not None:
        return np.dtype(np.float32 if dtype.itemsize < 4 else np.float64)
    return dtype


def item_size(decoder: LevelsDecoder) -> int:
    """Return the number of bytes per voxel in VTK."""
    components = decoder.header.shape[-4] if "c" in decoder.header.axes else 1
    return components * shown_dtype(decoder).itemsize


def decode_box(
    decoder: LevelsDecoder,
    level: int,
    frame: int | None,
    box: Region,
    tick: Callable[[int], None],
    flipped: tuple[bool, bool, bool] = (False, False, False),
) -> NDArray[Any]:
    """Return a box as an array of shape (voxels,) or (voxels, components), x fastest.

    Missing values are NaN, however they are stored in the file.

    Parameters
    ----------
    decoder
        Decoder of the variable.
    level
        0 is full resolution.
    frame
        Frame index for a variable with time; None for the first.
    box
        Slices along z, y, x in voxels of the level.
    tick
        Progress callback, called several times a second on the calling thread with the number of
        voxels decoded since the last call; its exceptions abort decoding.
    flipped
        Axes out of z, y, x to reverse in the result.
    """
    axes = decoder.header.axes
    components = decoder.header.shape[-4] if "c" in axes else 1
    out = np.empty((*shape_of(box), components), shown_dtype(decoder))
    in_file_order = out[tuple(slice(None, None, -1 if f else 1) for f in flipped)]
    lead: Region = ()
    if "t" in axes:
        lead = (slice(frame or 0, (frame or 0) + 1),)
    if "c" in axes:
        lead += (slice(0, components),)
    for slab in _slabs(box, decoder.chunks[level][-3:]):
        region = (*lead, slab, *box[1:])
        values = _awaited(lambda r=region: _decoded(decoder, r, level), tick)  # type: ignore[misc]
        values = values[0] if "t" in axes else values
        target = in_file_order[slab.start - box[0].start : slab.stop - box[0].start]
        target[...] = np.moveaxis(values, 0, -1) if "c" in axes else values[..., None]
        tick(target.size // components)
    return out.reshape(-1, components) if components > 1 else out.reshape(-1)


def _decoded(decoder: LevelsDecoder, region: Region, level: int) -> NDArray[Any]:
    values = decoder.decode(region, level)
    filled = decoder.filled(values, region, level)
    if filled is not None:
        values = values.astype(shown_dtype(decoder), copy=False)
        values[filled] = np.nan
    return values


def _awaited(work: Callable[[], NDArray[Any]], tick: Callable[[int], None]) -> NDArray[Any]:
    """Run ``work`` on another thread while calling ``tick`` on this one; return its result."""
    with ThreadPoolExecutor(1) as thread:
        future = thread.submit(work)
        while wait([future], PATIENCE).not_done:
            tick(0)
        return future.result()


def _slabs(box: Region, chunk: tuple[int, ...]) -> Iterator[slice]:
    """Split the z axis at chunk boundaries into slabs with enough chunks for all threads."""
    across = 1
    for s, c in zip(box[1:], chunk[1:], strict=True):
        across *= max(-(-s.stop // c) - s.start // c, 1)
    layers = max(-(-CHUNKS_A_THREAD * threads() // across), 1) * chunk[0]
    start = box[0].start
    while start < box[0].stop:
        stop = min((start // layers + 1) * layers, box[0].stop)
        yield slice(start, stop)
        start = stop


class ArrayCache:
    """LRU cache of decoded arrays, bounded by bytes."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Any, NDArray[Any]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Any, most_bytes: int, compute: Callable[[], NDArray[Any]]) -> NDArray[Any]:
        """Return the array of ``key``, cached or computed; evict the oldest over ``most_bytes``."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        values = compute()
        with self._lock:
            self._kept[key] = values
            while self._kept and self.nbytes > most_bytes:
                self._kept.popitem(last=False)
        return values

    @property
    def nbytes(self) -> int:
        """Size of the cached arrays, in bytes."""
        return sum(v.nbytes for v in self._kept.values())


cache = ArrayCache()
"""Cache shared by all readers of the process."""
