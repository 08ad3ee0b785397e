"""The sums of ``splat`` as torch operations: sums of Gaussians, moments of a residual.

As in ``splat``, a Gaussian is a stack of rows along x, each with its own first and last voxel
inside the cut-off ellipsoid; the bounding box would have at least twice as many voxels. The rows of
all Gaussians are numbered consecutively, sorted by width and processed in batches that fit into
memory.

The order of atomic additions is arbitrary, which would change float32 sums. Terms are therefore
rounded to a quantum so coarse that float64 adds them exactly: sums are reproducible, and a region
equals the same voxels of the whole. Values differ from those of ``splat`` in the last bits.

Imports torch at module level.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vcore.methods._networks.fitting.device import import_torch
from vcore.methods.gaussian import splat
from vcore.methods.gaussian.mixture import CUTOFF, Array, Sampled

if TYPE_CHECKING:
    import torch
    from torch import Tensor
else:
    torch = import_torch()

ROWS_AT_ONCE, VOXELS_AT_ONCE = 1 << 20, 1 << 23
"""Batch limits, which keep temporary tensors below a gigabyte in total."""
EXACT_BITS = 52
"""Bits of integers that float64 adds exactly, with one bit to spare."""


@dataclass(frozen=True)
class Rows:
    """Rows of similar width, in the order of their Gaussians.

    Parameters
    ----------
    owner
        Index of the Gaussian of each row, (rows,).
    dz, dy
        Distance from its centre, float64 of shape (rows,).
    at
        Index of each voxel, (rows, width).
    value
        Value of the Gaussian, 0 behind the row's end, float32 of shape (rows, width).
    dx
        Distance from the centre along x, float32 of shape (rows, width).
    """

    owner: "Tensor"
    dz: "Tensor"
    dy: "Tensor"
    at: "Tensor"
    value: "Tensor"
    dx: "Tensor"


def _rows(
    sampled: Sampled, corner: Sequence[int], size: Sequence[int], device: "torch.device"
) -> Iterator[Rows]:
    """Yield the rows of all Gaussians inside a box of voxels."""
    if not len(sampled):
        return
    centres = torch.tensor(sampled.centres, device=device)
    shapes = torch.tensor(sampled.shapes, device=device)
    first = torch.tensor(corner, dtype=torch.float64, device=device)
    last = first + torch.tensor(size, device=device) - 1
    reach = shapes[:, splat.REACH_Z :]
    # fmax and fmin keep NaNs of a damaged file from becoming indices
    low = torch.fmax(torch.ceil(centres - reach), first).long()
    count = (torch.fmin(torch.floor(centres + reach), last).long() - low + 1).clamp(min=0)
    number = count[:, 0] * count[:, 1]
    ends = number.cumsum(0)
    total = int(ends[-1])
    for begin in range(0, total, ROWS_AT_ONCE):
        row = torch.arange(begin, min(begin + ROWS_AT_ONCE, total), device=device)
        owner = torch.searchsorted(ends, row, right=True)
        row -= (ends - number)[owner]
        z = low[owner, 0] + row // count[owner, 1]
        y = low[owner, 1] + row % count[owner, 1]
        base = ((z - corner[0]) * size[1] + y - corner[1]) * size[2] - corner[2]
        dz, dy = z - centres[owner, 0], y - centres[owner, 1]
        arrays = owner, dz, dy, centres[owner, 2], shapes[owner].T, base
        yield from _by_width(*arrays, first[2], last[2], size)


def _by_width(
    owner: "Tensor",
    dz: "Tensor",
    dy: "Tensor",
    mx: "Tensor",
    shape: "Tensor",
    base: "Tensor",
    first: "Tensor",
    last: "Tensor",
    size: Sequence[int],
) -> Iterator[Rows]:
    """Yield rows in batches of equal width.

    Parameters
    ----------
    owner, dz, dy, mx, shape
        Gaussian of each row, distance of the row from it, its centre along x, its shape (9, n).
    base
        Index of voxel x = 0 of each row.
    first, last, size
        First and last x of the box of voxels, and its size.
    """
    xx = shape[splat.XX]
    linear = shape[splat.ZX] * dz + shape[splat.YX] * dy
    offset = linear / xx
    rest = shape[splat.ZZ] * dz * dz + 2 * shape[splat.ZY] * dz * dy
    min_square = rest + shape[splat.YY] * dy * dy - linear * offset
    half = torch.sqrt((CUTOFF - min_square).clamp(min=0) / xx)
    middle = mx - offset
    start = torch.fmax(torch.ceil(middle - half), first)
    width = torch.fmin(torch.floor(middle + half), last) + 1 - start
    valid = (half < splat.FAR) & (offset.abs() < splat.FAR)  # false in a damaged file
    width = torch.where((min_square <= CUTOFF) & valid, width, 0.0)
    # relative to the middle as in ``splat.fill_row``, so independent of the box
    anchor = torch.floor(middle)
    begin, shift, along = (start - anchor).float(), (anchor - middle).float(), (start - mx).float()
    min_square, xx, at = (0.5 * min_square).float(), (0.5 * xx).float(), base + start.long()

    widths = [0, 4]
    while widths[-1] < size[2]:
        widths.append(widths[-1] * 3 // 2 if len(widths) % 2 == 0 else widths[-2] * 2)
    kind = torch.searchsorted(torch.tensor(widths, dtype=width.dtype, device=width.device), width)
    order = torch.argsort(kind, stable=True)
    parts = torch.split(order, torch.bincount(kind, minlength=len(widths)).tolist())
    for most, part in zip(widths[1:], parts[1:], strict=True):
        step = torch.arange(most, device=order.device)
        for rows in torch.split(part, max(VOXELS_AT_ONCE // most, 1)) if len(part) else ():
            column = rows[:, None]
            d = begin[column] + step + shift[column]
            value = torch.exp(-(min_square[column] + xx[column] * d * d))
            value.masked_fill_(step >= width[column], 0)
            # voxels behind a row's end are in the next row and get 0 added; clamp the last ones
            voxel = (at[column] + step).clamp(max=size[0] * size[1] * size[2] - 1)
            yield Rows(owner[rows], dz[rows], dy[rows], voxel, value, along[column] + step)


def summed(
    sampled: Sampled, corner: Sequence[int], size: Sequence[int], device: "torch.device"
) -> "Tensor":
    """Return the sums of Gaussians over a box of voxels, float32 of shape (channels, z, y, x)."""
    # upper bound 2**exponent on the sums of each channel
    exponent = np.frexp(np.abs(sampled.weights).sum(0))[1].clip(-900)
    quanta = np.ldexp(1.0, EXACT_BITS - exponent)
    sampled = _touching(sampled, corner, size)
    weights = torch.tensor(sampled.weights * quanta, dtype=torch.float32, device=device)
    voxels = int(np.prod(size))
    total = torch.zeros((len(quanta), voxels), dtype=torch.float64, device=device)
    for rows in _rows(sampled, corner, size, device):
        for out, weight in zip(total, weights.T, strict=True):
            terms = (weight[rows.owner][:, None] * rows.value).round_().double()
            out.index_add_(0, rows.at.flatten(), terms.flatten())
    total /= torch.tensor(quanta, device=device)[:, None]
    return total.float().reshape(-1, *size)


def _touching(sampled: Sampled, corner: Sequence[int], size: Sequence[int]) -> Sampled:
    """Return the Gaussians whose bounding boxes intersect a box of voxels."""
    centres, reach = sampled.centres, sampled.shapes[:, splat.REACH_Z :]
    last = np.add(corner, size) - 1
    near = (np.abs(centres) < splat.FAR) & (reach < splat.FAR)
    which = (near & (centres + reach >= corner) & (centres - reach <= last)).all(1)
    return Sampled(centres[which], sampled.shapes[which], sampled.weights[which], sampled.spacing)


def moments(residual: "Tensor", sampled: Sampled, *, full: bool) -> Array:
    """Return the sums, products and energies of ``splat.moments`` side by side, (n, ...)."""
    device, flat = residual.device, residual.reshape(len(residual), -1)
    weights = torch.tensor(sampled.weights, dtype=torch.float32, device=device)
    columns = splat.MOMENTS + len(flat) + 2
    table = torch.zeros((len(weights), columns), dtype=torch.float64, device=device)
    each = torch.arange(len(weights), device=device)
    for rows in _rows(sampled, (0, 0, 0), residual.shape[1:], device):
        g, dz, dy = rows.value, rows.dz, rows.dy
        weighted, squares = torch.zeros_like(g), torch.zeros_like(g[:, 0])
        products = []
        for volume, weight in zip(flat, weights.T, strict=True):
            error = volume[rows.at]
            product = g * error
            products.append(product.sum(1))
            if full:
                squares += (product * error).sum(1)
            weighted += weight[rows.owner][:, None] * product
        m0 = weighted.sum(1).double()
        m1 = weighted.mul_(rows.dx).sum(1).double()
        m2 = weighted.mul_(rows.dx).sum(1)
        spatial = [m0, m0 * dz, m0 * dy, m1, m0 * dz * dz, m0 * dy * dy, m2]
        spatial += [m0 * dz * dy, m1 * dz, m1 * dy]
        energies = [(g * g).sum(1), squares] if full else [squares, squares]
        found = torch.stack([v.double() for v in (*spatial, *products, *energies)], 1)
        # a single thread adds each Gaussian's rows in order, which is reproducible
        lengths = torch.searchsorted(rows.owner, each, right=True)
        lengths[1:] -= lengths[:-1].clone()
        table += torch.segment_reduce(found, "sum", lengths=lengths, unsafe=True)
    result: Array = table.cpu().numpy()
    return result
