"""Planning: from a budget of bytes to blocks, networks and bits."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from vcore.methods.ecnr.geometry import Scale, block_of
from vcore.methods.ecnr.network import Shape, position_inputs
from vcore.methods.ecnr.settings import CODES, WIDTH, EcnrSettings, codes_of

MAX_FINEST_WIDTH, BITS = 32, 7
"""Maximum units per layer at the finest scale for few blocks, and default bits of an index."""
SIDES = (6, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 64, 96, 128)
"""Candidate block sides."""
SIDE, FRAMES = 16, 32
"""Default block side without a byte budget, and approximate frames of a block."""
MAP_BITS, CODE_BITS = 3.0, 5.0
"""Bits of a block in the map, and per value of its code; measured 2 to 4 and 4 to 6."""
HEAD_BYTES = 60
MIN_WIDTH, WIDTH_STEP, MAX_AUTO_WIDTH = 2, 4, 64
"""Minimum width, increment of widths, and maximum width at coarse scales."""
SLOPE, HALVING = 1.33, 0.022
"""Parameters of the error model in `shares`: 4 dB per doubling of the bytes; bits per voxel that
halve the squared error. Measured at all scales of two series."""
ROUNDS = 60
"""Iterations of the solution; it converges in about 20."""
FITTED = 0.06
"""Bits per voxel, over all frames of a block, below which networks fit almost nothing of what a
scale adds: with 0.04 they left 93 % of it (bonsai, one frame), with 0.3 50 % (two series)."""
HALF_FITTED = 0.3
"""The same below which they leave half: the finer scale then makes better use of the bytes, as it
also fits the remainder (bonsai: 0.09 left 56 %, 0.16 78 %)."""
SURFACES = 4
"""Ratio of bits per voxel between a scale and the next finer one for the same remaining share: of
eight times the voxels, four times as many are at edges. Measured 4.4 and 5.7."""


@dataclass(frozen=True)
class Plan:
    """Plan of a scale.

    Parameters
    ----------
    shape
        Architecture; no networks if the bytes are too few.
    bits
        Bits of an index of shared values; None: as fine as the bytes allow.
    """

    shape: Shape
    bits: int | None


def left_of(limit: float, scale: Scale, halving: float = HALVING) -> float:
    """Return the expected remaining share of a scale's energy with ``limit`` bytes."""
    found: float = 1 / (1 + (8 * limit / math.prod(scale.shape) / halving) ** SLOPE)
    return found


def shares(
    scales: Sequence[Scale], energies: Sequence[float], limit: float, least: float = 0.0
) -> list[float]:
    """Return each scale's share of the bytes, summing to 1.

    A scale is fitted to the remainder of the coarser ones: with energy e_i of its own and R_i bytes
    for N_i voxels it leaves E_i = (e_i + E_(i+1)) f_i, f_i = 1 / (1 + (8 R_i / N_i /
    HALVING)**SLOPE). E_0 is minimal if R_i is proportional to the part of E_0 on which its bytes
    act, (1 - f_i) E_i f_0 ... f_(i-1): a coarse scale needs few bytes, as finer ones fit its
    remainder again.

    Parameters
    ----------
    scales
        Scales, finest first.
    energies
        Mean square of what each scale adds to the next coarser one.
    limit
        Bytes of all scales.
    least
        Minimum bytes of each scale, at most half of all in total, so that coarse levels are useful
        on their own.
    """
    found = [1 / len(scales)] * len(scales)
    for _ in range(ROUNDS):
        left = [left_of(limit * p, s) for p, s in zip(found, scales, strict=True)]
        error = 0.0
        errors: list[float] = []
        for energy, fraction in zip(energies[::-1], left[::-1], strict=True):
            error = (energy + error) * fraction
            errors.insert(0, error)
        acting = [(1 - f) * e * math.prod(left[:i])
                  for i, (f, e) in enumerate(zip(left, errors, strict=True))]  # fmt: skip
        mixed = [math.sqrt(p * a) for p, a in zip(found, acting, strict=True)]
        if not sum(mixed) > 0:
            break
        found = [m / sum(mixed) for m in mixed]
    first = min(least / limit, 0.5 / len(scales))
    return [first + (1 - first * len(scales)) * p for p in found]


def pays(scale: Scale, limit: float) -> bool:
    """Return whether a scale between the coarsest and the finest is worth its bytes.

    Parameters
    ----------
    scale, limit
        Scale with its blocks, and its bytes.
    """
    return 8 * limit * scale.block[0] / math.prod(scale.shape) >= HALF_FITTED


def first_scale(
    settings: EcnrSettings, scales: Sequence[Scale], energies: Sequence[float], limit: float
) -> int:
    """Return the number of the coarsest scale to fit.

    The coarsest one, unless so few bytes remain for the next finer scale that nothing of its detail
    would be fitted: then it is better to fit that scale itself with all bytes.

    Parameters
    ----------
    scales, energies, limit
        As for ``shares``.
    """

    def alone(first: int) -> float:
        """Return the error if only this scale is fitted."""
        halving = HALVING / SURFACES ** (len(scales) - 1 - first)
        fitted = sum(energies[first:]) * left_of(limit, scales[first], halving)
        return fitted + sum(energies[:first])

    for first in range(len(scales) - 1, 0, -1):
        finer = scales[first - 1]
        parts = shares(scales[: first + 1], [*energies[:first], sum(energies[first:])], limit)
        frames = cuts(finer, settings, limit)[0].block[0]
        bits = 8 * limit * parts[first - 1] * frames / math.prod(finer.shape)
        if bits >= FITTED or alone(first - 1) >= alone(first):
            return first
    return 0


def cuts(scale: Scale, settings: EcnrSettings, limit: float | None) -> list[Scale]:
    """Return the scale cut into ever smaller blocks, all with about FRAMES frames.

    With block sides in the settings there is a single one, the same at all scales as in the paper.
    """
    given = (settings.block_t, settings.block_z, settings.block_y, settings.block_x)
    sides = [settings.block] if settings.block else [SIDE] if limit is None else SIDES[::-1]
    found: list[Scale] = []
    for side in sides:
        wanted = [g or n for g, n in zip(given, (FRAMES, side, side, side), strict=True)]
        even = block_of(scale.lattice, wanted)
        exact = [min(g, n) if g else e for g, n, e in zip(given, scale.lattice, even, strict=True)]
        cut = scale.with_block(tuple(exact))  # type: ignore[arg-type]
        if cut not in found:
            found.append(cut)
    return found


def block_capacity(settings: EcnrSettings, scale: Scale, coarsest: int, limit: float) -> int:
    """Return the number of blocks that the networks within ``limit`` bytes can fit, at least one
    network's.

    Without ``sharing`` one block per network: for blocks with frames, many small networks with own
    blocks are better than few shared ones (docs/methods.md).
    """
    per, width = 1, _width(settings, scale)
    codes = settings.codes or (0 if scale.block[0] > 1 else CODES)
    if settings.sharing is not None:
        per, width = _sharing(settings.sharing, scale, coarsest), settings.width or WIDTH
        codes = codes_of(settings)
    one = _one(settings, width, codes, scale)
    bits = BITS if settings.bits is None else settings.bits or 32
    each = network_bytes(one, per, settings.sparsity or 0.0, bits)
    return max(int((limit - HEAD_BYTES) / each), 1) * per


def min_scale_bytes(settings: EcnrSettings) -> float:
    """Return the approximate bytes of a scale with a single network of WIDTH units."""
    one = Shape(1, settings.width or WIDTH, settings.layers, codes_of(settings), 4)
    return HEAD_BYTES + network_bytes(one, 1, settings.sparsity or 0.0, BITS)


def narrowed(settings: EcnrSettings, limit: float) -> EcnrSettings:
    """Return settings with the widest networks up to WIDTH of which every scale can have one."""
    if settings.width is not None:
        return settings
    widths = range(WIDTH, MIN_WIDTH, -WIDTH_STEP)
    found = [replace(settings, width=width) for width in widths]
    return next((s for s in found if (s.scales or 1) * min_scale_bytes(s) <= limit), found[-1])


def network_bytes(shape: Shape, blocks: float, sparsity: float, bits: float) -> float:
    """Return the approximate bytes of a network with ``blocks`` blocks."""
    arrays = shape.arrays
    prunable = sum(math.prod(arrays[n][1:]) for n in shape.prunable)
    masks = _entropy(sparsity) * prunable
    remaining = shape.weights - sparsity * prunable
    codes = blocks * (MAP_BITS + CODE_BITS * shape.codes)
    return (masks + remaining * bits + codes) / 8


def plan(
    settings: EcnrSettings,
    scale: Scale,
    coarsest: int,
    blocks: int,
    limit: float | None,
    codes: int,
    least_codes: int = 0,
) -> Plan:
    """Plan the networks of a scale.

    Parameters
    ----------
    settings
        Settings, resolved for the preset.
    scale, coarsest, blocks
        Scale, number of the coarsest scale, and number of effective blocks.
    limit
        Bytes of the scale; None: by ``sharing`` alone.
    codes, least_codes
        Length of the latent codes; and for networks of one block each, which need no own code.
    """
    bits = settings.bits
    stored = BITS if bits is None else bits or 32
    sparsity = settings.sparsity or 0.0
    if settings.sharing is not None or limit is None:
        sharing = settings.sharing if settings.sharing is not None else 8
        count = max(blocks // _sharing(sharing, scale, coarsest), 1) if blocks else 0
        one = _one(settings, settings.width or WIDTH, codes, scale)
        if settings.preset == "miner" and limit is not None:
            room = limit - HEAD_BYTES
            count = count if room >= network_bytes(one, 1, sparsity, stored) else 0
            for width in range(one.width + WIDTH_STEP, MAX_AUTO_WIDTH + 1, WIDTH_STEP):
                broader = replace(one, width=width)
                if count * network_bytes(broader, 1, sparsity, stored) <= room:
                    one = broader
        return Plan(replace(one, networks=count), bits)
    width = _width(settings, scale)

    def count_of(width: int, codes: int) -> int:
        room = limit - HEAD_BYTES - blocks * (MAP_BITS + CODE_BITS * codes) / 8
        each = network_bytes(_one(settings, width, codes, scale), 0, sparsity, stored)
        return min(int(room / each), blocks)

    if settings.codes is None and scale.block[0] > 1 and count_of(width, least_codes) == blocks:
        codes = least_codes
    if settings.width is None:
        while count_of(width, codes) < 1 and width > MIN_WIDTH:
            width -= WIDTH_STEP if width > WIDTH_STEP else 1
        # with equal numbers of blocks no network waits for another
        max_width = 2 * width if scale.space else MAX_FINEST_WIDTH
        even = _even(blocks, max(count_of(width, codes), 1))
        wider = [w for w in range(width, max_width + 1, WIDTH_STEP) if count_of(w, codes) == even]
        width = wider[-1] if wider else width
    count = max(count_of(width, codes), 0)
    return Plan(replace(_one(settings, width, codes, scale), networks=count), bits)


def _even(blocks: int, networks: int) -> int:
    """Return the fewest networks with no more blocks per network than ``networks`` would have."""
    return -(-blocks // -(-blocks // networks)) if blocks else 0


def _sharing(sharing: int, scale: Scale, coarsest: int) -> int:
    """Return the blocks per network: twice as many at each finer scale."""
    return sharing << (coarsest - scale.number) if sharing else 1


def _width(settings: EcnrSettings, scale: Scale) -> int:
    """Return the units of a layer: twice as many at each coarser scale, of an eighth the voxels."""
    return settings.width or min(WIDTH << scale.space, MAX_AUTO_WIDTH)


def _one(settings: EcnrSettings, width: int, codes: int, scale: Scale) -> Shape:
    return Shape(1, width, settings.layers, codes, position_inputs(scale.block))


def _entropy(share: float) -> float:
    if not 0 < share < 1:
        return 0.0
    return -share * math.log2(share) - (1 - share) * math.log2(1 - share)
