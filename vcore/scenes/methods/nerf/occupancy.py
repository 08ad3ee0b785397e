"""Occupancy: cells of a box where a network has density, found by sampling, and their bytes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vcore.entropy import decode_lattice, encode_lattice
from vcore.errors import FormatError, InputError, MemoryLimitError
from vcore.model.context import Context
from vcore.runtime.executor import run_all
from vcore.runtime.memory import available_bytes, human_bytes
from vcore.scenes.cameras import Camera
from vcore.scenes.field import Bounds
from vcore.scenes.methods.nerf import hierarchical
from vcore.scenes.methods.nerf.casting import depths_of, rays_in
from vcore.scenes.methods.nerf.ndc import Ndc
from vcore.scenes.methods.nerf.network import Floats, Network

MAX_CELLS = 512
"""Maximum number of cells along an axis."""
CELL_BYTES = 9
"""Memory of a cell while a grid is decoded, in bytes."""
OPACITY = 5e-3
"""Least opacity over a step of a cell that is not empty: about one 8-bit step."""
SIDE = 24
"""Side in pixels of the views by which bounds are found."""
CAMERAS = 24
"""Number of these views."""
ROUGH = 48
"""Cells along the longest side by which bounds are tightened."""
SEEN = 0.02
"""Least weight of a sample that counts as seen."""


@dataclass(frozen=True, eq=False)
class Occupancy:
    """Cells of a box that are not empty.

    Parameters
    ----------
    bounds
        Box whose lowest corner is that of the first cell.
    cell
        Side of a cell in world units.
    occupied
        (z, y, x) bool.
    """

    bounds: Bounds
    cell: float
    occupied: NDArray[np.bool_]

    def at(self, points: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Return whether points (n, 3) lie in occupied cells."""
        index = np.floor((np.asarray(points, np.float64) - self.bounds.low) / self.cell)
        shape = self.occupied.shape[::-1]
        inside = np.all((index >= 0) & (index < shape), -1)
        x, y, z = np.where(inside[:, None], index, 0).astype(np.int64).T
        found: NDArray[np.bool_] = self.occupied[z, y, x] & inside
        return found

    def pack(self) -> bytes:
        """Return the cells as bytes."""
        return encode_lattice(self.occupied.astype(np.int32)[None])

    @classmethod
    def unpack(cls, data: bytes, bounds: Bounds, cells: int) -> "Occupancy":
        """Decode the cells of a box.

        Raises
        ------
        FormatError
            The bytes are damaged.
        MemoryLimitError
            The grid does not fit into memory.
        """
        cell, shape = cells_of(bounds, cells)
        needed = CELL_BYTES * int(np.prod(shape, dtype=np.int64))
        if needed > available_bytes():
            raise MemoryLimitError(
                f"Expected a grid that fits into memory, {human_bytes(available_bytes())}. Got one "
                f"of {' x '.join(map(str, shape))} cells, {human_bytes(needed)}."
            )
        values = decode_lattice(data, (1, *shape))[0]
        if values.min() < 0 or values.max() > 1:
            raise FormatError("The occupancy is damaged: a cell is neither empty nor occupied.")
        return cls(bounds, cell, values.astype(bool))


def cells_of(bounds: Bounds, cells: int) -> tuple[float, tuple[int, int, int]]:
    """Return the side of a cell, and the number of cells along z, y, x.

    Parameters
    ----------
    cells
        Number along the longest side.
    """
    cell = float(bounds.extent.max()) / cells
    x, y, z = (min(max(int(np.ceil(n / cell - 1e-6)), 1), cells) for n in bounds.extent)
    return cell, (z, y, x)


def occupancy_of(
    network: Network, bounds: Bounds, cells: int, step: float, context: Context
) -> Occupancy:
    """Return the cells in which samples of a network have density: eight in each cell, and 64 in
    those beside an occupied one.

    Parameters
    ----------
    step
        Distance of samples on rays, in world units.

    Raises
    ------
    InputError
        All cells are empty.
    """
    cell, shape = cells_of(bounds, cells)
    least = OPACITY / step
    low = np.asarray(bounds.low)

    def layer(z: int) -> NDArray[np.bool_]:
        context.report("finding empty space", 0.5 * z / shape[0])
        y, x = np.mgrid[0 : shape[1], 0 : shape[2]]
        corners = np.stack([x.ravel(), y.ravel(), np.full(x.size, z)], -1)
        return _dense(network, low, cell, corners, 2, least).reshape(shape[1:])

    occupied = np.stack(run_all(layer, range(shape[0])))
    beside = np.argwhere(_dilated(occupied) & ~occupied)
    parts = np.array_split(beside, max(1, len(beside) // 512))

    def refined(number: int) -> NDArray[np.bool_]:
        context.report("finding empty space", 0.5 + 0.5 * number / len(parts))
        return _dense(network, low, cell, parts[number][:, ::-1], 4, least)

    found = np.concatenate(run_all(refined, range(len(parts))))
    occupied[tuple(beside[found].T)] = True
    if not occupied.any():
        raise InputError(
            f"Expected a scene that is seen. Got nothing with a density of {least:.3g} or more "
            f"within {bounds.low} and {bounds.high}: check poses and bounds."
        )
    return Occupancy(bounds, cell, occupied)


def _dense(
    network: Network,
    low: NDArray[np.float64],
    cell: float,
    corners: NDArray[np.int64],
    side: int,
    least: float,
) -> NDArray[np.bool_]:
    """Return whether one of ``side**3`` samples of each cell (n, 3), x y z, has density."""
    axis = (np.arange(side) + 0.5) / side
    inside = np.stack(np.meshgrid(axis, axis, axis), -1).reshape(-1, 3)
    points = low + cell * (corners[:, None] + inside)
    density = network.density(points.reshape(-1, 3)).reshape(len(corners), side**3)
    found: NDArray[np.bool_] = density.max(-1) >= least
    return found


def _dilated(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    found = mask
    for axis in range(3):
        padded = np.pad(found, [(1, 1) if a == axis else (0, 0) for a in range(3)])
        n = found.shape[axis]
        parts = [np.take(padded, np.arange(k, k + n), axis) for k in range(3)]
        found = parts[0] | parts[1] | parts[2]
    return found


def seen_bounds(
    network: Network, cameras: Sequence[Camera], context: Context, ndc: Ndc | None = None
) -> Bounds:
    """Return the box of what cameras see of a network, with a margin; in NDC if it knows those.

    Raises
    ------
    InputError
        They see nothing.
    """
    chosen = [cameras[i] for i in np.unique(np.linspace(0, len(cameras) - 1, CAMERAS).astype(int))]

    def seen(number: int) -> Floats:
        context.report("finding bounds", number / len(chosen))
        camera = chosen[number]
        size = max(camera.size)
        small = camera.resized(
            (max(1, SIDE * camera.size[0] // size), max(1, SIDE * camera.size[1] // size))
        )
        origins, directions, *_ = rays_in(ndc, *(a.reshape(-1, 3) for a in small.rays()))
        samples = hierarchical.Samples().coarse
        places = np.broadcast_to(
            np.linspace(*depths_of([camera], ndc), samples, dtype=np.float32),
            (len(directions), samples),
        )
        points = origins[:, None] + directions[:, None] * places[..., None]
        density = network.density(points.reshape(-1, 3)).reshape(places.shape)
        lengths = np.linalg.norm(directions, axis=-1)
        weights = hierarchical.weights_of(density, places, lengths)
        weights[:, -1] = 0  # of endless length
        found: Floats = points[weights > SEEN]
        return found

    points = np.concatenate(run_all(seen, range(len(chosen))))
    if not len(points):
        raise InputError(
            "Expected cameras that see the scene. They see nothing: check poses, near and far."
        )
    if ndc is None:
        length = max(c.far - c.near for c in chosen)
    else:
        length = float(np.subtract(ndc.box.high, ndc.box.low)[2])
    margin = 1.5 * length / hierarchical.Samples().coarse
    return _within(ndc, points.min(0) - margin, points.max(0) + margin)


def found_bounds(
    network: Network,
    coarse: Network,
    cameras: Sequence[Camera],
    context: Context,
    ndc: Ndc | None = None,
) -> Bounds:
    """Return the box around what cameras see: first of the coarse network's fog, then of the cells
    in which the fine one has density, and one cell more; in NDC if they know those."""
    seen = seen_bounds(coarse, cameras, context, ndc)
    step = float(seen.extent.max()) / (8 * ROUGH)
    rough = occupancy_of(network, seen, ROUGH, step, context)
    corners = np.argwhere(rough.occupied)[:, ::-1]
    low = np.asarray(seen.low) + rough.cell * (corners.min(0) - 1)
    high = np.asarray(seen.low) + rough.cell * (corners.max(0) + 2)
    return _within(ndc, low, high)


def _within(ndc: Ndc | None, low: NDArray[np.floating], high: NDArray[np.floating]) -> Bounds:
    """Return a box, cut to what lies between the near plane and infinity in NDC."""
    if ndc is not None:
        low, high = np.maximum(low, ndc.box.low), np.minimum(high, ndc.box.high)
    return _box(low, high)


def _box(low: NDArray[np.floating], high: NDArray[np.floating]) -> Bounds:
    x0, y0, z0 = (float(v) for v in low)
    x1, y1, z1 = (float(v) for v in high)
    return Bounds((x0, y0, z0), (x1, y1, z1))
