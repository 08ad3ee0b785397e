"""Fitting of tables of features and their network to a variable's voxels, with torch."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vcore.methods._networks import weights
from vcore.methods._networks.fitting.device import device_of, import_torch
from vcore.methods._networks.fitting.loop import optimise
from vcore.methods.grids.gathering import weighted_rows
from vcore.methods.grids.network_loops import PRIME_Y, PRIME_Z, WORD
from vcore.methods.grids.pyramid import Pyramid
from vcore.methods.grids.settings import GridsSettings
from vcore.methods.grids.shapes import FEATURE_STEP, Array, Shape
from vcore.methods.grids.stored import encode_tables, rounded_boxes
from vcore.model.context import Context
from vcore.model.pyramid import box_mean

if TYPE_CHECKING:
    import torch

BATCH = 1 << 12
"""Voxels of a step, drawn at random; more than a CPU needs gain less than more steps."""
NOISE_UNTIL, ROUNDED_FROM = 0.5, 0.75
"""Progress until which features get noise, afterwards they are rounded, and from which weights
are."""
NETWORK_BITS = 3
"""Bits of a weight's root mean square."""
CALIBRATED_AT, AIM = (0.5, 0.7, 0.85, 0.95), 0.99
"""Progress at which the rate term is compared with the coder, and the share of the room to fill."""
LATENT_UNIT, SCALE_UNIT = 20.0, 4.0
"""Features in steps, and logarithms of their scales, per unit of what the optimiser moves."""
FIRST_WEIGHT, TURN = 3e-5, 0.03
"""Weight of a bit a voxel in the loss at the start, and the most its logarithm turns in a step."""
BOX_UNTIL, BOX_WEIGHT = 0.4, 0.02
"""Progress until which boxes move, and the weight of what moves them in the loss."""
LARGEST_SCALE = 6.0
"""Largest scale of a box: it is then a sixth of the volume along an axis."""
SHARPNESS = 10
"""Exponent of the density of a box: 1 inside, 0 outside (Wurster et al.: 20)."""
FIRST_SPREAD = 4.0
"""Deviation, in steps, of the features that begin as means of the values."""


@dataclass(frozen=True, eq=False)
class Fitted:
    """Result of a fit.

    Parameters
    ----------
    weights, steps
        Integers of the network's weights and their steps.
    boxes
        Boxes of the tables, (tables, 12).
    features
        Features in steps, not rounded: for each key frame the tables (feature, z, y, x).
    """

    weights: dict[str, NDArray[np.int32]]
    steps: list[float]
    boxes: Array
    features: list[list[Array]]


class Fit:
    """Fit of one architecture.

    Parameters
    ----------
    values
        (frame, component, z, y, x) float32, the data range as 0 to 1.
    shape, pyramid, settings, context
        What is fitted, its key frames, and how.
    room
        Bytes for the features.
    """

    def __init__(
        self,
        values: Array,
        shape: Shape,
        pyramid: Pyramid,
        settings: GridsSettings,
        context: Context,
        room: float,
    ) -> None:
        torch = self._torch = import_torch()
        device = self._device = device_of(context)
        self._shape, self._settings, self._context = shape, settings, context
        self._bits = 8 * max(room, 1.0)
        moved = np.ascontiguousarray(np.moveaxis(values, 1, -1))
        self._values = torch.from_numpy(moved.reshape(-1, shape.outputs)).to(device)
        self._lengths = (len(values), *shape.shape)
        pairs = [(pyramid.pair(t) * 2)[:2] for t in range(len(values))]
        same = np.array([[p[0][0], p[1][0]] for p in pairs], np.int64)
        share = np.array([[p[0][1], p[1][1]] for p in pairs], np.float32)
        share[same[:, 0] == same[:, 1]] = 0.5
        self._pairs = torch.from_numpy(same).to(device), torch.from_numpy(share).to(device)
        rng = np.random.default_rng([context.seed, 3])
        self._generator = torch.Generator(device).manual_seed(context.seed)
        first = {}
        for name, size in shape.arrays.items():
            limit = math.sqrt(6 / size[0]) if name[0] == "w" else 0.0
            first[name] = rng.uniform(-limit, limit, size).astype(np.float32)
        last = len(shape.sizes) - 2
        first[f"w{last}"] *= 0.3
        first[f"b{last}"] += values.mean((0, 2, 3, 4))
        self._weights = {n: self._leaf(v) for n, v in first.items()}
        entries = [math.prod(table.plane) for table in shape.tables]
        features = shape.tables[0].features
        start = rng.normal(scale=0.5, size=(shape.keys, sum(entries), features))
        latents = start.astype(np.float32)
        _begin_with_means(latents, values, shape, pyramid)
        self._latents = self._leaf(latents / np.float32(LATENT_UNIT))
        self._scales = self._leaf(np.zeros((len(entries), features), np.float32))
        self._table = torch.from_numpy(np.repeat(np.arange(len(entries)), entries)).to(device)
        nodes = np.array([table.nodes for table in shape.tables], np.int64)
        strides = np.stack([nodes[:, 1] * nodes[:, 2], nodes[:, 2], np.ones_like(nodes[:, 0])], 1)
        self._nodes = torch.from_numpy(nodes).to(device)
        self._strides = torch.from_numpy(strides).to(device)
        starts = np.cumsum([0, *entries[:-1]]).reshape(-1, 1, 1, 1)
        self._starts = torch.from_numpy(starts).to(device)
        hashed = np.array([table.entries > 0 for table in shape.tables]).reshape(-1, 1, 1, 1)
        self._hashed = torch.from_numpy(hashed).to(device)
        boxes = shape.whole
        if shape.movable:
            scales = rng.uniform(1.2, 2.5, (len(boxes) - 1, 3))
            boxes[1:, [0, 4, 8]] = scales
            boxes[1:, 9:] = rng.uniform(-1, 1, scales.shape) * (1 - 1 / scales)
        self._boxes = self._leaf(boxes.astype(np.float32))
        self._done, self._weight, self._steps = 0.0, FIRST_WEIGHT, list[float]()
        self._stopped: Any = None
        self._room, self._marks = max(room, 1.0), list(CALIBRATED_AT)

    def _leaf(self, values: NDArray[np.float32]) -> "torch.Tensor":
        found: torch.Tensor = self._torch.from_numpy(values).to(self._device)
        return found.requires_grad_()

    def run(self, time_share: float) -> Fitted:
        """Fit until the steps or the share of the time limit are spent."""
        boxes = [self._boxes] if self._shape.movable else []
        optimise(
            [*self._weights.values(), self._latents, self._scales, *boxes],
            self._loss,
            steps=self._settings.steps,
            learning_rate=self._settings.learning_rate,
            optimiser="adam",
            context=self._context,
            time_share=time_share,
            schedule=self._schedule,
        )
        arrays = {n: w.detach().cpu().numpy() for n, w in self._weights.items()}
        integers, steps = weights.quantise(arrays, NETWORK_BITS)
        if self._steps:
            steps = self._steps
            integers = {
                n: np.rint(w / s).astype(np.int32)
                for (n, w), s in zip(arrays.items(), steps, strict=True)
            }
        boxes_found = self._boxes_now().detach().cpu().numpy()
        latents = (self._latents.detach() * LATENT_UNIT).cpu().numpy()
        return Fitted(integers, steps, boxes_found, self._planes_of(latents))

    def _planes_of(self, latents: NDArray[Any]) -> list[list[NDArray[Any]]]:
        """Return the tables (feature, z, y, x) of each key frame."""
        ends = np.cumsum([math.prod(table.plane) for table in self._shape.tables])[:-1]
        return [
            [
                np.ascontiguousarray(part.T).reshape(-1, *table.plane)
                for part, table in zip(np.split(key, ends), self._shape.tables, strict=True)
            ]
            for key in latents
        ]

    def _schedule(self, done: float) -> float:
        """Keep the progress; return the share of the learning rate."""
        self._done = done
        return min(max(done, 1e-3) / 0.02, 1.0) * max((1 + math.cos(math.pi * done)) / 2, 0.01)

    def _boxes_now(self) -> Any:
        """Return the boxes, inside the volume; once they have stopped, as they are stored."""
        if not self._shape.movable:
            return self._boxes.detach()
        if self._stopped is not None:
            return self._stopped
        turns = self._boxes[:, :9].clamp(-LARGEST_SCALE, LARGEST_SCALE)
        sides = self._torch.linalg.inv(turns.detach().reshape(-1, 3, 3)).abs().sum(2)
        reach = (1 - sides).clamp(min=0)
        found = self._torch.cat([turns, self._boxes[:, 9:].clamp(-reach, reach)], 1)
        if self._done >= BOX_UNTIL:
            stored = rounded_boxes(found.detach().cpu().numpy())
            found = self._stopped = self._torch.from_numpy(stored).to(self._device)
        return found

    def _loss(self, step: int) -> Any:
        torch, shape = self._torch, self._shape
        count = min(self._settings.batch or BATCH, len(self._values))
        where = torch.randint(
            len(self._values), (count,), generator=self._generator, device=self._device
        )
        if self._marks and self._done >= self._marks[0]:
            self._marks = self._marks[1:]
            self._calibrate()
        latents, bits = self._as_stored(self._latents * LATENT_UNIT)
        parameters = self._rounded() if self._done >= ROUNDED_FROM else self._weights
        voxels = self._voxels(where)
        inputs = self._inputs(latents * float(FEATURE_STEP), voxels)
        found = forward(parameters, inputs, periodic=shape.periodic)
        errors = ((found - self._values[where]) ** 2).mean(1)
        loss = errors.mean() + self._weight * bits / len(self._values)
        off = math.log(max(float(bits.detach()), 1.0) / self._bits)
        self._weight *= math.exp(TURN * min(max(2 * off, -1.0), 1.0))
        if shape.movable and self._done < BOX_UNTIL:
            loss = loss + BOX_WEIGHT * errors.detach().mean() * self._misplaced(voxels, errors)
        return loss

    def _as_stored(self, latents: Any) -> tuple[Any, Any]:
        """Return features with the error of rounding, and their bits."""
        if self._done >= NOISE_UNTIL:
            return latents + (latents.round() - latents).detach(), self._bits_of(latents)
        torch = self._torch
        noise = torch.rand(latents.shape, generator=self._generator, device=self._device)
        latents = latents + noise - 0.5
        return latents, self._bits_of(latents)

    def _calibrate(self) -> None:
        """Aim at the estimate with which the coder fills the room: it needs fewer bits."""
        latents = (self._latents.detach() * LATENT_UNIT).round()
        planes = self._planes_of(latents.cpu().numpy().astype(np.int32))
        size = sum(map(len, encode_tables(self._shape, planes)))
        ratio = 8 * size / max(float(self._bits_of(latents).detach()), 1.0)
        self._bits = AIM * 8 * self._room / min(max(ratio, 0.3), 1.5)

    def _rounded(self) -> dict[str, Any]:
        """Return the weights rounded to steps chosen at the first call."""
        if not self._steps:
            arrays = {n: w.detach().cpu().numpy() for n, w in self._weights.items()}
            self._steps = weights.quantise(arrays, NETWORK_BITS)[1]
        pairs = zip(self._weights.items(), self._steps, strict=True)
        return {n: w + ((w / s).round() * s - w).detach() for (n, w), s in pairs}

    def _bits_of(self, latents: Any) -> Any:
        """Return the bits of features by Laplace distributions, each feature of a table with its
        scale; a coder with contexts needs fewer."""
        torch = self._torch
        rise = torch.exp(-(self._scales * SCALE_UNIT)).clamp(1e-3, 40.0)[self._table]
        size = latents.abs()
        far = (
            rise * size
            - torch.log(torch.sinh(0.5 * rise.clamp(max=20.0)))
            - (0.5 * (rise - rise.clamp(max=20.0)))
        )
        near = -torch.log(
            (1 - torch.exp(-0.5 * rise) * torch.cosh(rise * size.clamp(max=0.5))).clamp(min=1e-6)
        )
        return torch.where(size < 0.5, near, far).sum() / math.log(2)

    def _voxels(self, where: Any) -> tuple[Any, Any, Any, Any]:
        """Return t, z, y, x of flat indices."""
        _, nz, ny, nx = self._lengths
        x, rest = where % nx, where // nx
        y, rest = rest % ny, rest // ny
        return rest // nz, rest % nz, y, x

    def _inputs(self, features: Any, voxels: tuple[Any, Any, Any, Any]) -> Any:
        """Return the inputs of the network (n, inputs)."""
        torch, shape = self._torch, self._shape
        t, *axes = voxels
        count, tables = len(t), len(shape.tables)
        places = [a / max(n - 1, 1) for a, n in zip(axes, shape.shape, strict=True)]
        corners, parts = self._corners(places)
        if shape.keys > 1:
            first, shares = self._pairs[0][t] * features.shape[1], self._pairs[1][t]
            corners = torch.cat([corners + first[:, k, None, None] for k in (0, 1)], 2)
            parts = torch.cat([parts * shares[:, k, None, None] for k in (0, 1)], 2)
        found = weighted_rows(
            corners.reshape(count * tables, -1),
            parts.reshape(count * tables, -1).float(),
            features.reshape(-1, features.shape[2]),
        )
        columns = [found.reshape(count, -1)]
        for octave in range(shape.octaves):
            angles = torch.stack(places[::-1], 1) * (math.pi * 2**octave)
            columns += [torch.sin(angles), torch.cos(angles)]
        return torch.cat(columns, 1)

    def _corners(self, places: list[Any]) -> tuple[Any, Any]:
        """Return entries (n, tables, 8) of the corners around voxels, and their weights.

        Parameters
        ----------
        places
            Shares of the volume along z, y, x, (n,) each.
        """
        torch = self._torch
        own_places = self._placed(places) if self._shape.movable else None
        hashed = [n for n, table in enumerate(self._shape.tables) if table.entries]
        entries: Any = 0
        parts: Any = 1.0
        for axis, at in enumerate(places):
            nodes = self._nodes[:, axis]
            if own_places is not None:
                place = (own_places[..., axis] + 1) * (nodes - 1) / 2
                place = torch.clamp(place, -torch.ones_like(nodes), nodes)
                low = place.detach().floor().long()
            else:
                place = at[:, None] * (nodes - 1)
                low = torch.minimum(place.long(), (nodes - 2).clamp(min=0))
            share = place - low
            pair = torch.stack([low, low + 1], 2)
            part = torch.stack([1 - share, share], 2)
            if self._shape.movable:
                part = part * ((pair >= 0) & (pair < nodes[:, None]))
            pair = torch.minimum(pair.clamp(min=0), nodes[:, None] - 1)
            steps = self._strides[:, axis, None]
            own = pair * steps
            if hashed and axis < 2:
                own[:, hashed] = (pair[:, hashed] * (PRIME_Z if axis == 0 else PRIME_Y)) & WORD
            view = [1, 1, 1]
            view[axis] = 2
            own = own.reshape(*own.shape[:2], *view)
            parts = parts * part.reshape(*part.shape[:2], *view)
            if axis == 0:
                entries = own
            elif hashed:
                entries = torch.where(self._hashed, entries ^ own, entries + own)
            else:
                entries = entries + own
        if hashed:
            size = self._shape.tables[hashed[0]].entries
            entries = torch.where(self._hashed, entries % size, entries)
        entries = entries + self._starts
        return entries.flatten(2), parts.flatten(2)

    def _placed(self, places: list[Any]) -> Any:
        """Return places in the boxes, -1 to 1 inside, (n, tables, 3), as Wurster et al. turn,
        stretch and shift them (section 3.1)."""
        torch, boxes = self._torch, self._boxes_now()
        away = 2 * torch.stack(places, 1)[:, None] - 1 - boxes[:, 9:]
        return torch.einsum("ntj,tij->nti", away, boxes[:, :9].reshape(-1, 3, 3))

    def _misplaced(self, voxels: tuple[Any, Any, Any, Any], errors: Any) -> Any:
        """Return the cross-entropy of the density of nodes under that of the errors (Wurster et
        al. 2023, section 3.3; they aim at a power of the density, which takes a short fit
        longer)."""
        torch = self._torch
        sizes = zip(voxels[1:], self._shape.shape, strict=True)
        inside = self._placed([a / max(n - 1, 1) for a, n in sizes])
        flat = torch.exp(-(inside.clamp(-2, 2) ** (2 * SHARPNESS)).sum(2))
        sizes_now = torch.linalg.det(self._boxes_now()[:, :9].reshape(-1, 3, 3)).abs()
        density = (flat * sizes_now).sum(1) + 1e-6
        wanted = errors.detach() / errors.detach().sum().clamp(min=1e-20)
        return -(wanted * torch.log(density / density.sum())).sum()


def _begin_with_means(latents: Array, values: Array, shape: Shape, pyramid: Pyramid) -> None:
    """Let the first features of the finest table that covers the volume be means of the values, so
    that short fits start from a picture of it.

    Parameters
    ----------
    latents
        (key frame, entries, features), in steps.
    values
        (frame, component, z, y, x)
    """
    sizes = [math.prod(table.plane) for table in shape.tables]
    covering = [n for n, table in enumerate(shape.tables) if not table.entries]
    if not covering:
        return
    number = 0 if shape.movable else covering[-1]
    table, start = shape.tables[number], sum(sizes[:number])
    factor = [max(n // m, 1) for n, m in zip(shape.shape, table.nodes, strict=True)]
    places = [
        np.rint(np.linspace(0, n - 1, m)).astype(int) // f
        for n, m, f in zip(shape.shape, table.nodes, factor, strict=True)
    ]
    for key in range(shape.keys):
        for component in range(min(shape.outputs, table.features)):
            frame = values[pyramid.key(key), component]
            means = box_mean(frame, factor)[np.ix_(*places)] - frame.mean()
            scaled = FIRST_SPREAD / max(float(means.std()), 1e-6) * means
            latents[key, start : start + sizes[number], component] = scaled.ravel()


def forward(parameters: Any, inputs: Any, *, periodic: bool) -> Any:
    """Return the outputs (n, outputs) of the network for inputs (n, inputs), torch tensors."""
    torch = import_torch()
    last = len(parameters) // 2 - 1
    for layer in range(last + 1):
        inputs = inputs @ parameters[f"w{layer}"] + parameters[f"b{layer}"]
        if layer < last:
            inputs = inputs / 2 + torch.sin(inputs) ** 2 if periodic else torch.relu(inputs)
    return inputs
