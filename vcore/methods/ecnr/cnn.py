"""Deblocking network: five 3D convolutions over the finest scale (section 3.6).

Evaluated in NumPy: a convolution is a matrix product with the 27 neighbours of each voxel.
"""

from collections.abc import Callable, Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from vcore.entropy.rows import Bytes, pack_number
from vcore.errors import FormatError
from vcore.methods._networks.shrinking import Codebook, pack_shared, restore, unpack_shared
from vcore.methods.ecnr.geometry import Array
from vcore.model.regions import Region, shape_of
from vcore.runtime.executor import run_all
from vcore.runtime.single_flight import once_cache

SECTION = "cnn"
LAYERS = 5
HALO = LAYERS
"""Receptive field radius in voxels: one for each layer of 3 x 3 x 3."""
BITS = 9
"""Bits of an index of shared values (section 3.6)."""
MAX_CHANNELS = 256
TILE = 32
"""Side of the boxes processed at once: 32 channels of them take 10 MB per layer."""
COLUMNS = 1000
"""Voxels whose neighbours are gathered at once."""
Layers = list[tuple[Array, Array]]
"""Weights (27, inputs, outputs), offsets z y x in C order, and biases (outputs) of each layer."""


def sizes_of(channels: int) -> list[tuple[int, int]]:
    """Return inputs and outputs of each layer."""
    return [(1, channels), *[(channels, channels)] * (LAYERS - 2), (channels, 1)]


def bytes_of(channels: int) -> int:
    """Return the estimated bytes of the network (the paper's: 95 kB)."""
    sizes = [(27 * a * b, b) for a, b in sizes_of(channels)]
    tables = sum(2 * min(1 << BITS, max(n // 4, 2)) + 2 * b for n, b in sizes)
    return tables + sum(n for n, _ in sizes) * BITS // 8


def convolved(values: Array, layers: Layers) -> Array:
    """Apply the network to a box of values; the result is HALO voxels smaller at every face.

    ReLU between the layers, none after the last.

    Parameters
    ----------
    values
        Shape (z, y, x), 0 to 1.
    """
    nz, ny, nx = values.shape
    h = values.reshape(1, -1)
    shifts = [(a * ny + b) * nx + c for a, b, c in product(range(3), repeat=3)]
    for number, (weights, biases) in enumerate(layers):
        _, inputs, outputs = weights.shape
        matrix = weights.reshape(-1, outputs).T
        length = h.shape[1] - shifts[-1]
        out = np.empty((outputs, length), np.float32)
        near = np.empty((len(shifts), inputs, min(COLUMNS, length)), np.float32)
        for first in range(0, length, COLUMNS):
            first = min(first, length - near.shape[2])  # the last batch overlaps
            for part, shift in zip(near, shifts, strict=True):
                part[:] = h[:, first + shift : first + shift + near.shape[2]]
            total = out[:, first : first + near.shape[2]]
            np.matmul(matrix, near.reshape(len(shifts) * inputs, -1), out=total)
        out += biases[:, None]
        if number + 1 < LAYERS:
            np.maximum(out, 0, out=out)
        h = out
    # rows keep the strides of the input; values behind their ends are meaningless
    whole = np.zeros(nz * ny * nx, np.float32)
    whole[: h.shape[1]] = h[0]
    return whole.reshape(nz, ny, nx)[: nz - 2 * HALO, : ny - 2 * HALO, : nx - 2 * HALO]


def refined(
    read: Callable[[Region], Array], region: Region, shape: Sequence[int], layers: Layers
) -> Array:
    """Return the deblocked values of ``region`` (t c z y x).

    Parameters
    ----------
    read
        Reader of a region as decoded from the block networks.
    shape
        Shape of the finest scale; its edge values are replicated beyond its ends.
    """
    out = np.empty(shape_of(region), np.float32)

    def refine(corner: tuple[int, ...]) -> None:
        box = tuple(
            slice(a, min(a + TILE, s.stop)) for a, s in zip(corner, region[2:], strict=True)
        )
        wide = tuple(
            slice(max(b.start - HALO, 0), min(b.stop + HALO, n))
            for b, n in zip(box, shape[2:], strict=True)
        )
        pad = [
            (w.start - (b.start - HALO), b.stop + HALO - w.stop)
            for b, w in zip(box, wide, strict=True)
        ]
        values = read((*region[:2], *wide))
        target = tuple(
            slice(b.start - s.start, b.stop - s.start) for b, s in zip(box, region[2:], strict=True)
        )
        for t, c in np.ndindex(*values.shape[:2]):
            out[(t, c, *target)] = convolved(np.pad(values[t, c], pad, mode="edge"), layers)

    run_all(refine, product(*(range(s.start, s.stop, TILE) for s in region[2:])))
    return out


class Refiner:
    """Deblocking filter that loads its network on first use.

    Parameters
    ----------
    data
        Reader of the section's bytes.
    shape
        Shape of the finest scale.
    """

    def __init__(self, data: Callable[[], bytes], shape: Sequence[int]) -> None:
        self._shape = shape

        @once_cache(1)
        def layers() -> Layers:
            return unpack(data())

        self._layers = layers

    def __call__(self, read: Callable[[Region], Array], region: Region) -> Array:
        """Return the deblocked values of ``region`` (t c z y x)."""
        return refined(read, region, self._shape, self._layers())


def pack(layers: Layers) -> tuple[bytes, Layers]:
    """Return the network as bytes, and the network decoded from them.

    Weights are shared by k-means, 2**BITS values per layer but at most one per four weights; biases
    are float16.
    """
    from vcore.methods._networks.shrinking import share

    arrays = [
        share(w.reshape(1, -1, w.shape[2]), min(1 << BITS, max(w.size // 4, 2))) for w, _ in layers
    ]
    channels = layers[0][0].shape[2]
    biases = np.concatenate([b for _, b in layers]).astype("<f2")
    data = pack_number(channels) + biases.tobytes()
    data += pack_shared(arrays, [False] * LAYERS)[0]
    return data, unpack(data)


def unpack(data: bytes) -> Layers:
    """Decode the output of ``pack``.

    Raises
    ------
    FormatError
        The bytes are damaged.
    """
    reader = Bytes(data)
    channels = reader.number()
    if not 1 <= channels <= MAX_CHANNELS:
        raise FormatError(f"The deblocking network is damaged: {channels} channels.")
    sizes = sizes_of(channels)
    count = sum(b for _, b in sizes)
    biases = np.frombuffer(reader.take(2 * count), "<f2").astype(np.float32)
    if not np.isfinite(biases).all():
        raise FormatError("The deblocking network is damaged: non-finite numbers.")
    shapes = [(1, 27 * a, b) for a, b in sizes]
    shared = unpack_shared(reader.take(reader.left), shapes, [False] * LAYERS)
    ends = np.cumsum([b for _, b in sizes])[:-1]
    return [
        (_weights(s, a, b), bias)
        for s, (a, b), bias in zip(shared, sizes, np.split(biases, ends), strict=True)
    ]


def _weights(shared: Codebook, inputs: int, outputs: int) -> NDArray[np.float32]:
    values = np.asarray(restore(shared.values, shared.indices), np.float32)
    return np.ascontiguousarray(values.reshape(27, inputs, outputs))
