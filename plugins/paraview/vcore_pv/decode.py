"""Decoding a box into an array as VTK has it, with progress, and the last ones kept."""

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
"""Chunks that each thread has between two reports of progress: enough to keep all of them busy."""
PATIENCE = 0.25
"""Seconds between two reports while chunks are decoded."""


def shown_dtype(decoder: LevelsDecoder) -> np.dtype[Any]:
    """Return the type of the values in VTK: integers with missing values are floats that hold them.

    VTK has no half precision, and no fill values: what is missing is NaN.
    """
    dtype = decoder.dtype
    if dtype == np.float16:
        return np.dtype(np.float32)
    if dtype.kind != "f" and decoder.header.fill_value is not None:
        return np.dtype(np.float32 if dtype.itemsize < 4 else np.float64)
    return dtype


def item_size(decoder: LevelsDecoder) -> int:
    """Return the bytes of a voxel in VTK."""
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

    Missing values are NaN, whatever stands for them in the file.

    Parameters
    ----------
    decoder
        The variable.
    level
        0 is full resolution.
    frame
        The frame, for a variable with time; None for the first.
    box
        Slices along z, y, x in the level's voxels.
    tick
        Told the voxels that are done since the last call, some times a second, on the calling
        thread; what it raises ends the work.
    flipped
        Which of z, y, x the result has the other way round.
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
    """Return what ``work`` returns, done on a thread of its own, as ``tick`` needs this one."""
    with ThreadPoolExecutor(1) as thread:
        future = thread.submit(work)
        while wait([future], PATIENCE).not_done:
            tick(0)
        return future.result()


def _slabs(box: Region, chunk: tuple[int, ...]) -> Iterator[slice]:
    """Cut the z axis where chunks meet, into slabs of enough chunks for all threads."""
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
    """The arrays that were decoded last, up to a number of bytes."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Any, NDArray[Any]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Any, most_bytes: int, compute: Callable[[], NDArray[Any]]) -> NDArray[Any]:
        """Return the array of ``key``; keep it, and drop the oldest beyond ``most_bytes``."""
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
        """Bytes of what is kept."""
        return sum(v.nbytes for v in self._kept.values())


cache = ArrayCache()
"""Shared by all readers of the process."""
