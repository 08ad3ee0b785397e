"""Coding of the voxels a tile adds to a coarser level, for a group of frames, to bytes and back."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import BudgetError, FormatError

Integers = NDArray[np.int64]
MAX_INTEGER = 1 << 48
"""Upper limit on the magnitude of coded integers."""
EVERY_SECOND = (..., *(slice(None, None, 2),) * 3)
"""Index of the voxels of a tile that its coarser level holds."""


@dataclass(frozen=True)
class Tile:
    """Decoded voxels of a tile, and the coded errors of their prediction.

    Both have shape (frames, z, y, x), int64. ``models`` are those at the end of its stream: None if
    they are not kept, or if the stream is empty.
    """

    values: Integers
    errors: Integers
    models: tuple[NDArray[Any], ...] | None = None

    @property
    def nbytes(self) -> int:
        """Bytes of both arrays."""
        return self.values.nbytes + self.errors.nbytes


def frame_order(frames: int) -> Integers:
    """Return the coding order: rows of a frame and its nearest coded frames before and after it.

    The first frame, then the last, then repeatedly the middle frame of each gap (hierarchical
    bidirectional prediction); -1 stands for no frame.
    """
    rows = [(0, -1, -1)]
    if frames > 1:
        rows.append((frames - 1, 0, -1))
    gaps = [(0, frames - 1)]
    while gaps:
        low, high = gaps.pop(0)
        if high - low > 1:
            middle = (low + high) // 2
            rows.append((middle, low, high))
            gaps += [(low, middle), (middle, high)]
    return np.array(rows, np.int64)


def encode_tile(
    values: Integers, step: int, level: int = 0, coarse: Tile | None = None
) -> tuple[bytes, Tile]:
    """Encode ``values`` (frames, z, y, x); return the bytes and the decoded tile.

    Every voxel is decoded to within ``step // 2``; ``step`` must be odd.

    Parameters
    ----------
    level
        Level of detail of the tile.
    coarse
        Every second voxel along z, y and x, decoded from the next coarser level; None to encode
        all voxels. The stream goes on with its models, if it has any.

    Raises
    ------
    BudgetError
        A value reaches 2**48.
    """
    if np.abs(values).max() >= MAX_INTEGER:
        raise BudgetError(
            "Expected an error bound closer to the data range: this one needs more than 2**48 "
            "steps. Choose a larger bound."
        )
    found = Tile(np.empty(values.shape, np.int64), np.empty(values.shape, np.int64))
    order, tries = frame_order(len(values)), list[Any]()

    def arguments() -> tuple[Any, ...]:
        found.values[...], found.errors[...] = values, 0
        _put(coarse, found)
        models = _models_after(coarse)
        tries.append(models)
        return found.values, found.errors, order, step, level, coarse is None, *models

    added = values != 0
    if coarse is not None:
        added[EVERY_SECOND] = False
    if not added.any():
        found.values[...] = found.errors[...] = 0
        _put(coarse, found)
        return b"", found
    from vcore.entropy import rangecoder
    from vcore.methods.bounded import loops

    capacity = 4096 + values.size + loops.ROOM * values.shape[-1]
    data = rangecoder.encoded(loops.code, capacity, arguments) or b"\0"
    return data, replace(found, models=tries[-1])


def decode_tile(
    data: bytes,
    shape: tuple[int, int, int, int],
    step: int,
    level: int = 0,
    coarse: Tile | None = None,
) -> Tile:
    """Decode the output of ``encode_tile`` for a tile of ``shape``, with the same arguments.

    Raises
    ------
    FormatError
        The bytes are damaged.
    """
    found = Tile(np.zeros(shape, np.int64), np.zeros(shape, np.int64))
    _put(coarse, found)
    if not data:
        return found
    from vcore.entropy import rangecoder
    from vcore.methods.bounded import loops

    stream, models = np.frombuffer(data, np.uint8).copy(), _models_after(coarse)
    if rangecoder.stream(
        loops.code, rangecoder.DECODE, stream, found.values, found.errors, frame_order(shape[0]),
        step, level, coarse is None, *models,
    ):  # fmt: skip
        raise FormatError(
            "A coded stream is damaged: it ends too early or holds an impossible value."
        )
    return replace(found, models=models)


def _put(coarse: Tile | None, tile: Tile) -> None:
    """Set the voxels of ``tile`` that its coarser level holds."""
    if coarse is not None:
        tile.values[EVERY_SECOND], tile.errors[EVERY_SECOND] = coarse.values, coarse.errors


def _models_after(coarse: Tile | None) -> tuple[NDArray[Any], ...]:
    """Return a copy of the models at the end of a coarser tile, or new ones."""
    from vcore.methods.bounded.models import new_models

    if coarse is None or coarse.models is None:
        return new_models()
    return tuple(array.copy() for array in coarse.models)
