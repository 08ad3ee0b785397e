"""Tables of features and small network of the presets with one."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vcore.methods._networks.layers import layer_arrays
from vcore.methods.grids.settings import GridsSettings

Array = NDArray[np.float32]
FEATURE_STEP = np.float32(0.125)
"""Value of a feature's integer 1."""
LEVELS, COARSEST = 8, 6
"""Tables of preset mht, and nodes of the coarsest along the longest axis."""
OCTAVES = 4
"""Frequencies of the Fourier features of preset fvsrn, a period twice the volume and its halves."""
FEATURES = {"mht": 2, "fvsrn": 16, "apmgsrn": 2}
"""Features of a table."""
MAX_LATENTS, MAX_SIZE = 1 << 27, 1 << 22
"""Most features of a key frame, and largest size."""


@dataclass(frozen=True)
class Table:
    """Nodes of a grid, each with some features.

    Parameters
    ----------
    nodes
        Nodes along z y x.
    features
        Features of a node.
    entries
        Entries of the hash table that the nodes share; 0 if each has its own.
    """

    nodes: tuple[int, int, int]
    features: int
    entries: int = 0

    @property
    def plane(self) -> tuple[int, int, int]:
        """Shape in which a feature of all entries is stored."""
        return (1, 1, self.entries) if self.entries else self.nodes

    @property
    def size(self) -> int:
        """Number of features of all entries."""
        return math.prod(self.plane) * self.features


@dataclass(frozen=True)
class Shape:
    """Architecture of a preset.

    Parameters
    ----------
    preset
        Name.
    shape
        Voxels along z y x.
    outputs
        Components.
    keys
        Number of key frames, each with tables of its own.
    size
        Nodes along the longest axis of a grid; with mht entries of a hash table.
    width, layers
        Units of a hidden layer, and number of hidden layers.
    boxes
        Grids of preset apmgsrn.
    """

    preset: str
    shape: tuple[int, int, int]
    outputs: int
    keys: int
    size: int
    width: int
    layers: int
    boxes: int

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        """Tables of features."""
        features = FEATURES[self.preset]
        if self.preset == "fvsrn":
            return (Table(_nodes(self.shape, self.size), features),)
        if self.preset == "apmgsrn":
            nodes = tuple(min(self.size, n) for n in self.shape)
            return (Table(nodes, features),) * self.boxes  # type: ignore[arg-type]
        finest = max(max(self.shape) // 2, COARSEST)
        found = []
        for level in range(LEVELS):
            longest = round(COARSEST * (finest / COARSEST) ** (level / (LEVELS - 1)))
            nodes = _nodes(self.shape, longest)
            hashed = self.size if math.prod(nodes) > self.size else 0
            found.append(Table(nodes, features, hashed))
        return tuple(found)

    @property
    def octaves(self) -> int:
        """Frequencies of Fourier features."""
        return OCTAVES if self.preset == "fvsrn" else 0

    @property
    def movable(self) -> bool:
        """Whether each table covers a box of its own, with zeros outside."""
        return self.preset == "apmgsrn"

    @property
    def periodic(self) -> bool:
        """Whether the activation is x / 2 + sin(x)**2 (SnakeAlt) instead of ReLU."""
        return self.preset == "fvsrn"

    @property
    def inputs(self) -> int:
        """Inputs of the network: features of all tables, then sines and cosines of x, y, z."""
        return sum(t.features for t in self.tables) + 6 * self.octaves

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units of each layer, from the inputs on."""
        return (self.inputs, *(self.width,) * self.layers, self.outputs)

    @property
    def arrays(self) -> dict[str, tuple[int, ...]]:
        """Shapes of the network's weights by name."""
        return layer_arrays(self.sizes)

    @property
    def latents(self) -> int:
        """Number of stored features of a key frame."""
        return sum(table.size for table in self.tables)

    def affine(self, boxes: Array) -> Array:
        """Return the way from voxels to nodes, (tables, 12): for the node along z, y, x, factors of
        the voxel's z, y, x, and a shift.

        Parameters
        ----------
        boxes
            (tables, 12): the same from places in the volume to places in the table, both -1 to 1
            along each axis, the last three the centre in the volume instead of shifts; for movable
            tables, whose nodes then start behind one node of zeros.
        """
        found = np.zeros((len(self.tables), 3, 4))
        for part, table, box in zip(found, self.tables, boxes.astype(np.float64), strict=True):
            nodes = np.array(table.nodes) - 1
            last = np.maximum(np.array(self.shape) - 1, 1)
            turn, centre = box[:9].reshape(3, 3), box[9:] + 1
            if self.movable:
                part[:, :3] = turn / last * nodes[:, None]
                part[:, 3] = nodes / 2 + 1 - (turn * centre).sum(1) * nodes / 2
            else:
                part[:, :3] = np.diag(nodes / last)
        return found.reshape(-1, 12).astype(np.float32)

    @property
    def whole(self) -> Array:
        """Boxes of tables that cover the whole volume."""
        return np.tile(np.append(np.eye(3), np.zeros(3)).astype("f4"), (len(self.tables), 1))


def _nodes(shape: tuple[int, int, int], longest: int) -> tuple[int, int, int]:
    """Return nodes along z y x in proportion to the voxels, ``longest`` along the longest axis."""
    most = max(shape)
    found = [min(max(round(longest * n / most), 2), n) for n in shape]
    return found[0], found[1], found[2]


BITS = 2.0
"""Bits of a feature that tables are sized for; the rate term then fills the bytes."""
WIDTHS = ((20_000, 32), (4_000, 16), (1_000, 8), (0, 4))
BOXES = ((20_000, 16), (4_000, 8), (0, 4))
"""Automatic width, and grids of preset apmgsrn (Wurster et al.: 16 to 64), by bytes."""
NETWORK_BITS = 4.5
"""Bits of a weight, about."""


def shape_for(
    preset: str,
    shape: tuple[int, int, int],
    outputs: int,
    keys: int,
    room: float,
    settings: GridsSettings,
    bits: tuple[float, float] = (BITS, NETWORK_BITS),
) -> Shape:
    """Return the architecture for about ``room`` bytes; ``bits`` are those of a feature and of a
    weight."""
    width = settings.width or next(w for least, w in WIDTHS if room >= least)
    boxes = settings.boxes or next(b for least, b in BOXES if room >= least)

    def of(size: int) -> Shape:
        return Shape(preset, shape, outputs, keys, size, width, settings.layers, boxes)

    low, high = 2, MAX_SIZE
    network = sum(math.prod(s) for s in of(low).arrays.values()) * bits[1] / 8
    most = max(8 * (room - network) / bits[0], 0)
    while high - low > 1:
        middle = (low + high) // 2
        latents = of(middle).latents
        fits = latents * keys <= most and latents <= MAX_LATENTS
        low, high = (middle, high) if fits else (low, middle)
    nodes = max(math.prod(table.nodes) for table in of(low).tables)
    return of(min(low, nodes if preset == "mht" else max(shape)))
