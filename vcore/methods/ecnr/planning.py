"""How a budget of bytes becomes blocks, networks and bits."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from vcore.methods.ecnr.geometry import Scale, block_of
from vcore.methods.ecnr.network import Shape
from vcore.methods.ecnr.settings import EcnrSettings

WIDTH, CODES, BITS = 24, 6, 7
SIDES = (6, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 64)
"""Sides of a block to choose from."""
SIDE = 16
"""Where no bytes say."""
SHARINGS = (3, 10, 35)
"""Blocks of a network to try."""
MAP_BITS, CODE_BITS = 3.0, 5.0
"""What a block takes in the map, and one of the values of its code; measured 2 to 4 and 4 to 6."""
HEAD_BYTES = 60
NARROW = (24, 20, 16, 12, 10, 8, 6, 4, 3, 2)
"""Widths to choose from where not one network of 24 units fits."""
POWER = 0.35
"""A scale's share of the bytes goes with this power of its voxels."""


@dataclass(frozen=True)
class Plan:
    """What a scale is given.

    Parameters
    ----------
    shape
        Of its networks; none where the bytes are too few.
    bits
        Of an index of shared values; None: as fine as the bytes allow.
    """

    shape: Shape
    bits: int | None


def shares(scales: Sequence[Scale]) -> list[float]:
    """Return each scale's share of the bytes, adding up to 1."""
    sizes = [math.prod(s.shape) ** POWER for s in scales]
    return [v / sum(sizes) for v in sizes]


def candidates(scale: Scale, settings: EcnrSettings, limit: float | None) -> list[Scale]:
    """Return the scale cut into blocks in the ways that are worth a short fit.

    With sides from the settings there is one way, and it is the same at all scales as in the paper.
    Else the sides are such that a network of those that the bytes carry has about so many blocks as
    ``SHARINGS`` says: few large ones suit what stays where it is, many small ones what recurs.
    """
    given = (settings.block_z, settings.block_y, settings.block_x)
    sides = [settings.block] if settings.block else []
    if not sides and limit is None:
        sides = [SIDE]
    found: list[Scale] = []
    for side in sides or [_side(scale, limit or 0.0, n, settings) for n in SHARINGS]:
        even = block_of(scale.shape[2:], [g or side for g in given])
        exact = [
            min(g, n) if g else e for g, n, e in zip(given, scale.shape[2:], even, strict=True)
        ]
        cut = scale.with_block(tuple(exact))  # type: ignore[arg-type]
        if cut not in found:
            found.append(cut)
    return found


def _side(scale: Scale, limit: float, sharing: int, settings: EcnrSettings) -> int:
    """Return the smallest side with which a network has at most ``sharing`` blocks."""
    one = Shape(1, settings.width or WIDTH, settings.layers, settings.codes or CODES)
    each = network_bytes(one, 0, settings.sparsity or 0.0, settings.bits or BITS)
    most = sharing * max(limit / each, 1.0)
    for side in SIDES:
        if math.prod(scale.with_block(block_of(scale.shape[2:], (side,) * 3)).counts) <= most:
            return side
    return SIDES[-1]


def network_bytes(shape: Shape, blocks: float, sparsity: float, bits: float) -> float:
    """Return about what a network of so many blocks takes."""
    arrays = shape.arrays
    prunable = sum(math.prod(arrays[n][1:]) for n in shape.prunable)
    masks = _entropy(sparsity) * prunable
    kept = shape.weights - sparsity * prunable
    codes = blocks * (MAP_BITS + CODE_BITS * shape.codes)
    return (masks + kept * bits + codes) / 8


def plan(
    settings: EcnrSettings,
    scale: Scale,
    coarsest: int,
    blocks: int,
    limit: float | None,
    codes: int,
) -> Plan:
    """Return the networks of a scale.

    Parameters
    ----------
    settings
        Resolved for the preset.
    scale, coarsest, blocks
        The scale, the number of the coarsest, and how many effective blocks this one has.
    limit
        Its bytes; None: by ``sharing`` alone.
    codes
        Length of the latent codes.
    """
    bits = settings.bits
    stored = BITS if bits is None else bits or 32
    sparsity = settings.sparsity or 0.0
    if settings.sharing is not None or limit is None:
        sharing = settings.sharing if settings.sharing is not None else 8
        per = max(sharing << (coarsest - scale.number), 1) if sharing else 1
        count = max(blocks // per, 1) if blocks else 0
        return Plan(Shape(count, settings.width or WIDTH, settings.layers, codes), bits)
    room = limit - HEAD_BYTES
    widths = (settings.width,) if settings.width else NARROW
    for width in widths:
        one = Shape(1, width, settings.layers, codes)
        overhead = blocks * (MAP_BITS + CODE_BITS * codes) / 8
        each = network_bytes(one, 0, sparsity, stored)
        count = int((room - overhead) / each)
        if count >= 1 and blocks:
            return Plan(Shape(min(count, blocks), width, settings.layers, codes), bits)
    return Plan(Shape(0, 2, settings.layers, codes), bits)


def _entropy(share: float) -> float:
    if not 0 < share < 1:
        return 0.0
    return -share * math.log2(share) - (1 - share) * math.log2(1 - share)
