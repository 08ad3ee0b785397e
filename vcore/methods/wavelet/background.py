"""Background of a variable: the voxels that have one value exactly, as a mask for all frames.

The coefficients describe a smooth continuation of the content there, so that blank margins, slices
and masks have no edges that cost bytes or ring.
"""

import math
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from vcore.errors import FormatError
from vcore.model.pyramid import finer
from vcore.model.regions import Region

SIDE = 8
"""Side of a block in voxels."""
MAX_BLOCKS = 1 << 22
"""Maximum number of blocks of a frame with a background, one more counted at each border."""
VOXELS = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).sum(1, dtype=np.int64)
"""Number of voxels in a row of a block."""
NONE, ALL = -1, -2
"""Index of blocks without background, and of those of nothing else."""

Mask = NDArray[np.bool_]


class Background:
    """Background value and voxels, in memory by blocks: a block of one kind takes four bytes.

    Parameters
    ----------
    value
        Value of the background, in data units.
    shape
        Shape of a frame, z y x.
    index
        Number of each mixed block, NONE or ALL; padded by one on each side with NONE.
    rows
        Bits of the mixed blocks, (blocks, SIDE, SIDE) uint8, x being the bit.
    """

    def __init__(
        self,
        value: float,
        shape: Sequence[int],
        index: NDArray[np.int32],
        rows: NDArray[np.uint8],
    ) -> None:
        self.value, self._shape = value, tuple(shape)
        self._index, self._rows = index, rows
        self._blocks = index[1:-1, 1:-1, 1:-1]

    @classmethod
    def of(cls, value: float, mask: Mask) -> Self:
        """Return the background of the voxels in ``mask``, z y x."""
        counts = tuple(-(-n // SIDE) for n in mask.shape)
        padded = np.zeros([n * SIDE for n in counts], np.bool_)
        padded[tuple(slice(0, n) for n in mask.shape)] = mask
        rows = np.packbits(padded, axis=2, bitorder="little")
        cut = rows.reshape(counts[0], SIDE, counts[1], SIDE, counts[2])
        blocks = np.ascontiguousarray(cut.transpose(0, 2, 4, 1, 3))
        found = _voxels_of(blocks)
        mixed = (found > 0) & (found < _sizes(mask.shape, tuple(slice(0, n) for n in counts)))
        index = _numbered(np.where(mixed, 2, found > 0).astype(np.uint8))
        return cls(value, mask.shape, index, blocks[mixed])

    def pack(self) -> bytes:
        """Return the coded mask."""
        from vcore.entropy import rangecoder

        classes = np.where(self._index < 0, self._index == ALL, 2).astype(np.uint8)
        size = 64 + 8 * classes.size + 3 * self._rows.size * SIDE
        known = np.zeros_like(self._rows)
        return rangecoder.encoded(
            _code, size, lambda: (classes, lambda: (self._index, self._rows, known), self._shape)
        )

    @classmethod
    def unpack(cls, value: float, data: bytes, shape: Sequence[int]) -> Self:
        """Decode the mask of frames of ``shape``.

        Raises
        ------
        FormatError
            The bytes are damaged, or the frame is too large for a mask.
        """
        from vcore.entropy import rangecoder

        if not fits(shape):
            raise FormatError(
                f"Expected a background in frames of at most {MAX_BLOCKS} blocks. The file is "
                f"damaged: {tuple(shape)} voxels have more."
            )
        classes = np.zeros([-(-n // SIDE) + 2 for n in shape], np.uint8)
        coded = np.frombuffer(bytearray(data), np.uint8)
        found: list[Any] = []

        def begun() -> tuple[Any, ...]:
            index = _numbered(classes[1:-1, 1:-1, 1:-1])
            rows = np.zeros((int((classes == 2).sum()), SIDE, SIDE), np.uint8)
            found.extend((index, rows))
            return index, rows, rows

        if rangecoder.stream(_code, rangecoder.DECODE, coded, classes, begun, tuple(shape)):
            raise FormatError("Expected the mask of a background. The file is damaged.")
        return cls(value, shape, *found)

    def mask(self, region: Region) -> Mask:
        """Return the background voxels of a region of level 0."""
        first = [s.start // SIDE for s in region]
        some = self._blocks[
            tuple(slice(a, -(-s.stop // SIDE)) for a, s in zip(first, region, strict=True))
        ]
        bits = np.zeros((*some.shape, SIDE, SIDE), np.uint8)
        bits[some == ALL] = 255
        mixed = some >= 0
        bits[mixed] = self._rows[some[mixed]]
        whole = bits.transpose(0, 3, 1, 4, 2).reshape([n * SIDE for n in some.shape[:2]] + [-1])
        voxels = np.unpackbits(whole, axis=2, bitorder="little").view(np.bool_)
        return voxels[
            tuple(
                slice(s.start - SIDE * a, s.stop - SIDE * a)
                for a, s in zip(first, region, strict=True)
            )
        ]

    def share(self, region: Region, level: int) -> NDArray[np.float64]:
        """Return the share of background in the boxes of a region of a level."""
        fine = finer(region, 1 << level, self._shape)
        sides = [np.arange(s.start, s.stop) << level for s in region]
        lengths = [
            np.minimum(a + (1 << level), n) - a for a, n in zip(sides, self._shape, strict=True)
        ]
        sizes = lengths[0][:, None, None] * lengths[1][:, None] * lengths[2]
        if 1 << level < SIDE:
            counts, factor = self.mask(fine).astype(np.int64), 1 << level
        else:
            place = tuple(slice(s.start // SIDE, -(-s.stop // SIDE)) for s in fine)
            some, factor = self._blocks[place], (1 << level) // SIDE
            counts = np.where(some == ALL, _sizes(self._shape, place), 0)
            mixed = some >= 0
            counts[mixed] = _voxels_of(self._rows[some[mixed]])
        for axis in range(3):
            counts = np.add.reduceat(counts, np.arange(0, counts.shape[axis], factor), axis)
        return np.asarray(counts / sizes, np.float64)

    def put_back(self, values: NDArray[np.float64], region: Region, level: int) -> None:
        """Replace ``values`` of a region of a level by the mean of content and background."""
        if level == 0:
            values[self.mask(region)] = self.value
            return
        share = self.share(region, level)
        some = share > 0
        values[some] += (self.value - values[some]) * share[some]
        values[share == 1] = self.value


def fits(shape: Sequence[int]) -> bool:
    """Return whether frames of ``shape`` can have a background."""
    return math.prod(-(-n // SIDE) + 2 for n in shape) <= MAX_BLOCKS


def _sizes(shape: Sequence[int], place: Region) -> NDArray[np.int64]:
    """Return the number of voxels in the blocks at ``place`` of a frame."""
    z, y, x = (
        np.minimum(SIDE, n - SIDE * np.arange(p.start, p.stop))
        for n, p in zip(shape, place, strict=True)
    )
    sizes: NDArray[np.int64] = z[:, None, None] * y[:, None] * x
    return sizes


def _voxels_of(blocks: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the number of voxels set in blocks, (..., SIDE, SIDE)."""
    counts: NDArray[np.int64] = VOXELS[blocks].sum((-2, -1))
    return counts


def _numbered(classes: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Return the padded index of blocks of the given classes: 0 none, 1 all, 2 mixed."""
    index = np.where(classes == 1, ALL, NONE).astype(np.int32)
    mixed = classes == 2
    index[mixed] = np.arange(mixed.sum())
    return np.pad(index, 1, constant_values=NONE)


def _code(
    encoding: Any,
    coder: NDArray[np.int64],
    data: NDArray[np.uint8],
    classes: NDArray[np.uint8],
    voxels: Any,
    shape: tuple[int, ...],
) -> bool:
    """Code the classes, then the voxels of the mixed blocks; see ``rangecoder.stream``."""
    from vcore.entropy import mixing
    from vcore.methods.wavelet import background_loops as loops

    singles = mixing.new_singles(loops.CONTEXTS)
    loops.code_classes(encoding, coder, data, classes, singles)
    index, wanted, rows = voxels()
    loops.code_voxels(encoding, coder, data, index, wanted, rows, shape, singles)
    return True
