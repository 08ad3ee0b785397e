"""Head of a fitted scale, and its size breakdown."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vcore.methods.ecnr.blockmap import Map
from vcore.methods.ecnr.geometry import Block
from vcore.methods.ecnr.interpolation import Taps
from vcore.methods.ecnr.network import Shape

GROUP = 64
"""Networks per unit, about 40 kB: small enough for access to regions, large enough for the coder's
adaptive models."""
DOUBLE, FLOAT_CODES, DELTAS, LOCAL, RAW, SHARED_MAP, LINES = (1 << k for k in range(7))


@dataclass(frozen=True)
class EcnrHead:
    """Information on a scale that is needed before any of its networks.

    Parameters
    ----------
    shape
        Network architecture; its code length is that of a block's and a variable's code together.
    block
        Voxels of a block along t z y x.
    flags
        DOUBLE: shared values are float32; FLOAT_CODES: latent codes are; DELTAS: codes are coded as
        differences; LOCAL: each network has its own shared values; RAW: parameters are float32;
        SHARED_MAP: all components share the blocks; LINES: shared values are multiples of a step.
    unit, offset
        The networks' values times ``unit`` plus ``offset`` are residuals of values 0 to 1.
    step
        Quantiser step of the latent codes.
    values
        Shared values of each array, unless LOCAL or RAW.
    steps
        With LINES, the step of the weights and biases of each layer.
    taps
        Interpolation taps from the next coarser scale; empty for linear.
    variables
        Latent codes of the components, (c, length), float32; length 0 if not SHARED_MAP.
    blocks
        Map from blocks to networks.
    """

    shape: Shape
    block: Block
    flags: int
    unit: float
    offset: float
    step: float
    values: tuple[NDArray[np.float32], ...]
    variables: NDArray[np.float32]
    blocks: Map = field(repr=False)
    steps: tuple[float, ...] = ()
    taps: Taps = ()

    @property
    def own_codes(self) -> int:
        """Length of a block's own code."""
        return self.shape.codes - int(self.variables.shape[1])

    @property
    def groups(self) -> int:
        """Number of groups of networks."""
        return -(-self.shape.networks // GROUP)

    def networks_of(self, group: int) -> range:
        """Return the networks of a group."""
        return range(group * GROUP, min((group + 1) * GROUP, self.shape.networks))

    @property
    def masked(self) -> tuple[bool, ...]:
        """Whether parameters may be pruned, for each array."""
        return tuple(n in self.shape.prunable for n in self.shape.arrays)


def empty_head(offset: float, taps: Taps = ()) -> EcnrHead:
    """Return the head of a scale without networks."""
    blocks, none = np.zeros((0,) * 5, np.int32), np.zeros((0, 0), np.float32)
    shape = Shape(0, 1, 1, 0)
    return EcnrHead(shape, (1, 1, 1, 1), 0, 1.0, offset, 1.0, (), none, blocks, taps=taps)


@dataclass(frozen=True)
class Group:
    """Networks and latent codes of a unit.

    Parameters
    ----------
    parameters
        Stacks of the group's networks, float32.
    codes
        Latent codes of the group's blocks, network by network, (blocks, length), float32.
    """

    parameters: dict[str, NDArray[np.float32]]
    codes: NDArray[np.float32]


@dataclass(frozen=True)
class Sizes:
    """Breakdown of a scale's bytes by component (the paper's appendix, Figure 2)."""

    metadata: int
    map: int
    values: int
    masks: int
    indices: int
    codes: int

    @property
    def total(self) -> int:
        """Sum of all components."""
        return self.metadata + self.map + self.values + self.masks + self.indices + self.codes
