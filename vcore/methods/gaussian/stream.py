"""Serialisation of a group of frames (docs/format.md, section 15)."""

import struct

import numpy as np
from numpy.typing import NDArray

from vcore.entropy.rows import Bytes, pack_number
from vcore.errors import FormatError
from vcore.methods.gaussian import coding
from vcore.methods.gaussian.mixture import Mixture
from vcore.methods.gaussian.quantise import (
    CELL,
    MAX_OCTAVES,
    Quantised,
    dequantised,
    morton,
    quantised,
)

Origin = NDArray[np.int64]


def sorted_by_cell(integers: Quantised) -> Quantised:
    """Return the Gaussians sorted by cell along the Morton curve."""
    return integers[np.argsort(morton(integers.cells), kind="stable")]


def packed(
    mixture: Mixture, step: float, origin: Origin | None = None, max_octave: int = MAX_OCTAVES
) -> bytes:
    """Return the bytes of a group of one frame, quantised without fine-tuning.

    Centres before ``origin`` move it; ``max_octave`` is the limit of the octaves.
    """
    own = corner(mixture)
    origin = own if origin is None else np.minimum(origin, own)
    integers = sorted_by_cell(quantised(mixture, step, origin, max_octave=max_octave))
    return pack_head(len(integers), step, origin) + coding.pack(integers)


def corner(mixture: Mixture) -> Origin:
    """Return a voxel before all centres, a whole number of cells from voxel 0."""
    low = mixture.centres.min(0, initial=0)
    found: Origin = (np.floor(low / CELL) * CELL).astype(np.int64)
    return found


def pack_head(count: int, step: float, origin: Origin) -> bytes:
    """Return the head in front of a group's streams."""
    return pack_number(count) + struct.pack("<f3h", step, *origin)


def unpack_head(data: bytes) -> tuple[int, float, Origin, Bytes]:
    """Return number of Gaussians, step and origin of a group, and a reader of the remaining bytes.

    Raises
    ------
    FormatError
        The bytes are damaged.
    """
    source = Bytes(data)
    count = source.number()
    limit = min(coding.MAX_GAUSSIANS, coding.MAX_PER_BYTE * len(data))
    if count > limit:
        raise FormatError(f"Expected at most {limit} Gaussians. Got {count}: the file is damaged.")
    step, *first = struct.unpack("<f3h", source.take(10))
    if not (np.isfinite(step) and step > 0):
        raise FormatError("The Gaussians are damaged: an impossible step.")
    return count, step, np.array(first, np.int64), source


def unpack(data: bytes, frames: int, channels: int, max_octave: int = MAX_OCTAVES) -> list[Mixture]:
    """Decode the mixtures of a group's frames, with at most ``max_octave`` octaves.

    Raises
    ------
    FormatError
        The bytes are damaged.
    """
    count, step, origin, source = unpack_head(data)
    key = coding.unpack(source, count, channels, max_octave)
    mixtures, now = [dequantised(key, step, origin)], key
    for _ in range(frames - 1):
        now = coding.unpack_changes(source, now, key)
        mixtures.append(dequantised(now, step, origin, key))
    if source.left:
        raise FormatError("The Gaussians are damaged: bytes that belong to nothing.")
    return mixtures
