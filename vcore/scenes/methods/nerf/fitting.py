"""Fit of a small network to posed images from scratch: 64 units, images of about 100 pixels."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.methods._networks.fitting.device import device_of, import_torch
from vcore.metrics.errors import psnr
from vcore.model.context import Context
from vcore.scenes.cameras import Camera
from vcore.scenes.field import Bounds, Triple
from vcore.scenes.methods.nerf import torch_network
from vcore.scenes.methods.nerf.field import NerfField
from vcore.scenes.methods.nerf.ndc import Ndc
from vcore.scenes.methods.nerf.network import Architecture, Network, Weights
from vcore.scenes.methods.nerf.occupancy import Occupancy, cells_of, occupancy_of
from vcore.scenes.methods.nerf.rays import RayPool
from vcore.scenes.methods.nerf.settings import NerfSettings
from vcore.scenes.methods.nerf.training import Trainer
from vcore.scenes.posed import PosedImages

SHAPES = Architecture((64, 64, 64), (), 64, (32,), 8, 4)
SIDE = 100
"""Side in pixels to which larger images are averaged."""
EXTENTS = 0.3, 30.0
"""Smallest and largest side of a scene: with 8 octaves from 1 on, a larger one is noise (8 dB where
there could be 20), a smaller one blurred."""
CELLS = 48
"""Cells along the longest side of the grid that is sampled."""
EVERY = 100
"""Steps between two looks at which cells are empty."""
FIRST = 400
"""Steps before the first one."""
RATES = 3e-3, 2e-4
"""Adam's learning rate at the start and at the end; NeRF's (5e-4) is for ten times the steps."""
GAIN = 30.0
"""Factor on densities while training, so that they reach hundreds within a few thousand steps."""
SETTLED = 0.2
"""Share of a short fit before the first one."""
SAMPLES = 1 << 14
"""Samples of a step: few rays while most cells are sampled, more later (Müller et al. 2022)."""
SMALLER = 0.85
"""Largest share of the grid's longest side at which the grid is replaced by a smaller one."""
COARSE, FINE = 96, 192
"""Samples along the grid's longest side while many cells are occupied, and later."""
SPARSE = 0.4
"""Share of occupied cells below which samples are fine."""
MAX_STEPS = 20_000
HELD = 8
"""Every how manieth image is not trained on, but measured."""
LEAST_IMAGES = 4
SEEN = 0.5
"""Share of the cameras that see a point within the scene's bounds."""


def fitted(
    posed: PosedImages,
    bounds: Bounds | None,
    background: Triple,
    minutes: float,
    context: Context,
    steps: int = MAX_STEPS,
    samples: int = SAMPLES,
    *,
    ndc: Ndc | None = None,
) -> NerfField:
    """Return a network fitted to images; its ``attributes`` tell the PSNR of images that were not
    trained on (every eighth), in dB.

    Parameters
    ----------
    bounds
        Box that holds the scene; by default what half of the cameras see.
    minutes
        Time limit; that of the context holds as well.
    steps
        Maximum number of steps.
    samples
        Samples of a step.
    ndc
        Normalised device coordinates that the network is to know instead of the world's, for
        cameras that all look forward; there are no ``bounds`` then.

    Raises
    ------
    InputError
        There are fewer than LEAST_IMAGES images, or nothing is found in them.
    MissingExtraError
        torch is not installed.
    """
    if len(posed.cameras) < LEAST_IMAGES or not minutes > 0:
        raise InputError(
            f"Expected at least {LEAST_IMAGES} posed images and some minutes to fit a scene to. "
            f"Got {len(posed.cameras)} and {minutes:g}."
        )
    device = device_of(context)
    factor = max(1, round(max(posed.size) / SIDE))
    images, cameras = posed.load(background, factor), posed.cameras_of(factor)
    held = np.arange(len(cameras)) % HELD == HELD - 1
    if ndc is not None:  # an endless sample would learn what is behind, and fog would stay
        ndc = replace(ndc, endless=False)
    box = ndc.box if ndc is not None else bounds or shared_bounds(cameras)
    across = float(box.extent.max())
    if not EXTENTS[0] <= across <= EXTENTS[1]:
        raise InputError(
            f"Expected a scene of {EXTENTS[0]:g} to {EXTENTS[1]:g} units across, which a network's "
            f"octaves resolve. Got {across:.4g}: divide the positions of the poses, near and far "
            f"by {across / 4:.3g}."
        )
    rng = np.random.default_rng(context.seed)
    cell, shape = cells_of(box, CELLS)
    trainer = Trainer(
        SHAPES,
        RayPool([c for c, h in zip(cameras, held, strict=True) if not h], images[~held], ndc),
        Occupancy(box, cell, np.ones(shape, bool)),
        float(box.extent.max()) / 64,
        background,
        device,
        rng,
        GAIN,
        max(samples // 64, 64),
        soft=True,
        samples=samples,
    )
    fit = _Fit(trainer, torch_network.tensors_of(_started(rng), device), context)
    taken = fit.run(steps, min(60 * minutes, context.time_limit or np.inf))
    network = fit.network()
    settings = NerfSettings()
    # of what was trained: elsewhere, the network may be anything
    tight = bounds or tight_box(trainer.occupancy)
    step = float(tight.extent.max()) / settings.steps
    try:
        occupancy = occupancy_of(network, tight, settings.cells, step, context)
    except InputError as error:
        raise InputError(
            f"Expected images that a scene can be fitted to within {minutes:g} minutes. After "
            f"{taken} steps nothing is seen yet: allow more time, or give the box of the scene "
            f"with `bounds`."
        ) from error
    if ndc is not None:
        ndc = replace(ndc, box=tight)
        tight = ndc.world()
    field = NerfField(
        network,
        None,
        tight,
        background,
        posed.cameras,
        occupancy=occupancy,
        step=step,
        ndc=ndc,
        posed=posed,
        nbytes=network.nbytes,
        name=posed.name,
        notes=posed.notes,
    )
    chosen = np.flatnonzero(held) if held.any() else np.arange(len(cameras))
    errors = [
        np.mean((field.render(cameras[int(i)], context=context).rgb - images[i]) ** 2)
        for i in chosen
    ]
    field.attributes = {"psnr": float(psnr(1.0, float(np.mean(errors))))}
    return field


@dataclass
class _Fit:
    trainer: Trainer
    tensors: "torch_network.Tensors"
    context: Context

    def run(self, steps: int, seconds: float) -> int:
        """Train for so many steps, or seconds if those end first; return the steps taken."""
        module = import_torch()
        began = time.monotonic()
        adam = module.optim.Adam(list(self.tensors.values()), lr=RATES[0], eps=1e-15)
        done, step = 0.0, 0
        while done < 1:
            adam.param_groups[0]["lr"] = RATES[0] * (RATES[1] / RATES[0]) ** done
            loss = self.trainer.loss(self.tensors)
            adam.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            adam.step()
            step += 1
            done = max(step / steps, (time.monotonic() - began) / seconds)
            self.context.report("fitting", done)
            if step % EVERY == 0 and (step >= FIRST or done >= SETTLED):
                self._look()
        return step

    def _look(self) -> None:
        """Leave out the cells that are empty, and sample the others more finely; make cells smaller
        once those that are left fit into a smaller box."""
        before = self.trainer.occupancy
        network = self.network()
        z, y, x = np.meshgrid(*(np.arange(n) for n in before.occupied.shape), indexing="ij")
        corners = np.stack([x.ravel(), y.ravel(), z.ravel()], -1)
        inside = self.trainer.rng.uniform(size=(len(corners), 3))
        points = np.asarray(before.bounds.low) + before.cell * (corners + inside)
        fresh = network.density(points).reshape(before.occupied.shape)
        # a cell stays for a while after it was last found to have density
        self._kept = np.maximum(0.8 * getattr(self, "_kept", fresh), fresh)
        least = min(float(np.mean(self._kept)), 0.5)
        occupied = self._kept > least
        if not occupied.any():
            return
        found = Occupancy(before.bounds, before.cell, occupied)
        tight = tight_box(found)
        if tight.extent.max() < SMALLER * before.bounds.extent.max():
            cell, shape = cells_of(tight, CELLS)
            axes = [
                low + cell * (np.arange(n) + 0.5) - first
                for low, n, first in zip(tight.low, shape[::-1], before.bounds.low, strict=True)
            ]
            x, y, z = (
                np.minimum((a / before.cell).astype(int), n - 1)
                for a, n in zip(axes, occupied.shape[::-1], strict=True)
            )
            self._kept = self._kept[np.ix_(z, y, x)]
            found = Occupancy(tight, cell, self._kept > least)
        self.trainer.occupancy = found
        few = found.occupied.mean() < SPARSE
        self.trainer.step = float(found.bounds.extent.max()) / (FINE if few else COARSE)

    def network(self) -> Network:
        """Return the network as it is."""
        weights = torch_network.arrays_of(self.tensors)
        for part in ("density.weight", "density.bias"):
            weights[part] = weights[part] * np.float32(self.trainer.gain)
        return Network(self.trainer.architecture, weights)


def tight_box(occupancy: Occupancy) -> Bounds:
    """Return the box of the occupied cells and one cell around them, within that of all cells."""
    corners = np.argwhere(occupancy.occupied)[:, ::-1]
    low, high = (np.asarray(corner) for corner in occupancy.bounds)
    inner = low + occupancy.cell * (corners.min(0) - 1), low + occupancy.cell * (corners.max(0) + 2)
    (x0, y0, z0), (x1, y1, z1) = np.maximum(inner[0], low), np.minimum(inner[1], high)
    return Bounds((float(x0), float(y0), float(z0)), (float(x1), float(y1), float(z1)))


def _started(rng: np.random.Generator) -> Weights:
    """Return random weights (He et al. 2015), with a little density everywhere."""
    weights: Weights = {}
    for layer, (rows, columns) in SHAPES.shapes.items():
        limit = np.sqrt(6 / columns) if layer not in ("density", "rgb") else np.sqrt(3 / columns)
        weights[f"{layer}.weight"] = rng.uniform(-limit, limit, (rows, columns)).astype(np.float32)
        weights[f"{layer}.bias"] = np.zeros(rows, np.float32)
    weights["density.weight"] *= np.float32(0.02)
    weights["density.bias"][:] = 0.01
    return weights


def shared_bounds(cameras: Sequence[Camera]) -> Bounds:
    """Return the box of the points that at least half of the cameras see.

    Raises
    ------
    InputError
        There are none.
    """
    corners = np.concatenate([_corners(c) for c in cameras])
    axes = [np.linspace(corners[:, k].min(), corners[:, k].max(), 48) for k in range(3)]
    points = np.stack([a.ravel() for a in np.meshgrid(*axes, indexing="ij")], -1)
    seen = np.zeros(len(points))
    for camera in cameras:
        eye = (points - camera.eye) @ camera.pose[:3, :3]
        depth = -eye[:, 2]
        x, y = camera.pixel_centre
        with np.errstate(divide="ignore", invalid="ignore"):
            column = x + camera.focal * eye[:, 0] / depth
            row = y - camera.focal * eye[:, 1] / depth
        inside = (depth > camera.near) & (depth < camera.far)
        inside &= (column >= 0) & (column < camera.size[1]) & (row >= 0) & (row < camera.size[0])
        seen += inside
    inner = points[seen >= SEEN * len(cameras)]
    if len(inner) < 8 or not (np.ptp(inner, axis=0) > 0).all():
        raise InputError(
            "Expected cameras that look at the same place. They do not: give the box of the scene "
            "with `bounds`, and check near and far."
        )
    (x0, y0, z0), (x1, y1, z1) = inner.min(0).tolist(), inner.max(0).tolist()
    return Bounds((x0, y0, z0), (x1, y1, z1))


def _corners(camera: Camera) -> NDArray[np.float64]:
    """Return the corners of what a camera sees."""
    small = camera.resized((2, max(2, round(2 * camera.size[1] / camera.size[0]))))
    origins, directions = (a[:: small.size[0] - 1, :: small.size[1] - 1] for a in small.rays())
    ends = [origins + directions * depth for depth in (camera.near, camera.far)]
    return np.concatenate(ends).reshape(-1, 3).astype(np.float64)
