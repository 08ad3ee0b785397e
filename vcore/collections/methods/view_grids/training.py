"""Fit of latents and network to the images of a collection, with torch."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vcore.collections.methods.base import ImageSource
from vcore.collections.methods.nervi.subject import Pictures
from vcore.collections.methods.view_grids.network import COLOURS, MIDDLE, SLOPE, STEP
from vcore.collections.methods.view_grids.network_torch import bits_of, outputs_of
from vcore.collections.methods.view_grids.settings import ViewGridsSettings
from vcore.collections.methods.view_grids.shapes import Shapes
from vcore.collections.methods.view_grids.stored import pack_network, steps_of
from vcore.errors import InputError
from vcore.methods._networks.fitting.checkpoint import Checkpoint
from vcore.methods._networks.fitting.device import device_of, import_torch, tf32
from vcore.methods._networks.weights import Parameters
from vcore.model.context import Context

if TYPE_CHECKING:
    import torch

ROUNDED_FROM = 0.6
"""Progress from which the network's weights are rounded."""
CALIBRATED_AT = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98)
"""Progress at which the estimate of the bytes of the latents is compared with their coder's."""
WARM_UP, LAST_RATE = 0.03, 0.01
"""Share of the steps in which the learning rates rise, and their end as a share of the peak."""
FIRST_WEIGHT = 0.003
"""Weight of a bit per pixel in the loss at the start, relative to a squared error of 1."""
TURN = 16.0
"""Most that the logarithm of this weight turns during a fit, apart from what follows the bits at
once: turned alone it swings, and short fits of detailed images left 18 % of the bytes unused."""
AT_ONCE = 2.0
"""Most that its logarithm differs from where it has turned to, by the bits of the moment."""
GROWING = 0.05
"""Progress until which the weight is not reduced: the latents start at 0, and are still few."""
MASK_WEIGHT, ALPHA_WEIGHT = 1e-3, 0.3
FIRST_SPREAD, FIRST_SLOPE = -2.5, -1.0
CLIP = 1.0
"""Maximum norm of the gradient of the network's weights."""
SPREAD_RATE, LATENT_BETAS = 0.02, (0.9, 0.99)
MEAN = 0.95
"""Decay of the running mean of the bits."""
COUNTED = 2
"""Of how many nodes of a step one is counted in the bits, which take longer than the network."""
Weights = NDArray[np.float32]
Latents = list[list["torch.Tensor | None"]]
"""Latents in steps, (node, channel, y, x), per level and scale; None without channels."""


@dataclass(frozen=True)
class Fitted:
    """Result of a fit.

    Parameters
    ----------
    parameters, steps
        Weights of the network, and the steps that they are rounded to.
    latents
        Latents in steps, not rounded, (nodes, latents of a node) per level.
    """

    parameters: Parameters
    steps: dict[str, float]
    latents: tuple[NDArray[np.float32], ...]


def first_weights(shapes: Shapes, means: NDArray[np.float64], seed: int) -> Parameters:
    """Return initial weights: normal, of the variance that keeps that of the features, with
    ``means`` (outputs,), 0 to 1, as the last bias."""
    rng = np.random.default_rng([seed, 1])
    found: Parameters = {}
    last = f"w{len(shapes.widths)}"
    for name, size in shapes.arrays.items():
        if name[0] != "w":
            found[name] = np.full(size, float(name == "gains"), np.float32)
            continue
        deviation = (0.3 if name == last else 1.2) / math.sqrt(math.prod(size[1:]))
        found[name] = (rng.normal(size=size) * deviation).astype(np.float32)
    chances = np.clip(means, 0.01, 0.99)
    bias = np.log(chances / (1 - chances)) / SLOPE
    bias[:COLOURS] = means[:COLOURS] - MIDDLE
    found[f"b{len(shapes.widths)}"] = np.repeat(bias, 4).astype(np.float32)
    return found


def _network_bytes(values: Parameters, steps: dict[str, float] | None) -> int:
    """Return the bytes of the network: 4.6 to 5 bits a weight, by how they are distributed."""
    return len(pack_network(values, steps or steps_of(values))[0])


def _parameters(optimiser: Any) -> list[Any]:
    return [p for group in optimiser.param_groups for p in group["params"]]


class Fit:
    """Fit within a number of bytes.

    Parameters
    ----------
    source, pictures
        Images.
    shapes, settings, context
        Sizes of what is fitted, and how.
    room
        Bytes for network and latents.
    coded_bytes
        Returns the bytes that latents, (nodes, latents of a node) per level, take when coded.
    checkpoint
        File that keeps the fit, or None.
    """

    def __init__(
        self,
        source: ImageSource,
        pictures: Pictures,
        shapes: Shapes,
        settings: ViewGridsSettings,
        context: Context,
        room: float,
        coded_bytes: Callable[[Sequence[NDArray[np.float32]]], int],
        checkpoint: Checkpoint | None = None,
    ) -> None:
        torch = self._torch = import_torch()
        self._device = device_of(context)
        self._pictures, self._shapes, self._settings = pictures, shapes, settings
        self._context, self._coded_bytes = context, coded_bytes
        self._places = [source.index_of(int(flat)) for flat in source.order]
        self._levels = range(len(shapes.levels))
        self._nodes = [len(self._places), *(shapes.nodes(level) for level in self._levels[1:])]
        first = first_weights(shapes, pictures.means(), context.seed)
        self._weights = {
            name: torch.from_numpy(values).to(self._device).requires_grad_()
            for name, values in first.items()
        }
        self._latents: Latents = [
            [self._zeros((self._nodes[level], c, h, w)) if c else None for c, (h, w) in pairs]
            for level in self._levels
            for pairs in [list(zip(shapes.channels[level], shapes.sizes, strict=True))]
        ]
        count = len(self._levels)
        self._spread = [self._zeros((count, c), FIRST_SPREAD) for c in shapes.inputs]
        self._slope = [self._zeros((count, c), FIRST_SLOPE) for c in shapes.inputs]
        fill = torch.tensor(pictures.subject.fill, dtype=torch.float32, device=self._device)
        self._fill = fill[:, None, None] / 255
        self._order = np.random.default_rng([context.seed, 2])
        self._steps: dict[str, float] | None = None
        self._turned = self._weight = FIRST_WEIGHT
        self._mean_bits, self._ratio = 0.0, 1.0
        self._all_room, self._room = room, room - _network_bytes(first, None)
        self._checkpoint = checkpoint
        self._kept = torch.zeros(3 + len(first), dtype=torch.float64)
        """Numbers of the checkpoint beside the optimiser's: see ``_keep``."""

    def _zeros(self, size: tuple[int, ...], value: float = 0.0) -> "torch.Tensor":
        found: torch.Tensor = self._torch.full(size, value, device=self._device)
        return found.requires_grad_()

    def run(self) -> Fitted:
        """Fit until the steps, or the time, are spent.

        Raises
        ------
        Cancelled
            The context was cancelled.
        InputError
            The fit has diverged, or the checkpoint is of another one.
        """
        settings, limit = self._settings, 60 * self._settings.minutes
        began = self._context.clock()
        limit = min(limit, max(self._context.until() - began, 1e-3))
        optimiser = self._optimiser()
        peaks = [group["lr"] for group in optimiser.param_groups]
        count = len(self._places)
        batch = min(settings.batch, count)
        steps = max(settings.epochs * count // batch, 1)
        images: list[int] = []
        first, step = self._load(optimiser)
        done, left_marks = first, [mark for mark in CALIBRATED_AT if mark > first]
        with tf32(self._device):
            while done < 1:
                if len(images) < batch:
                    images = self._order.permutation(count).tolist()
                some, images = images[:batch], images[batch:]
                rate = max(min(done / WARM_UP, 1), 0.02) * (1 + math.cos(math.pi * done)) / 2
                for group, peak in zip(optimiser.param_groups, peaks, strict=True):
                    group["lr"] = peak * max(rate, LAST_RATE)
                if done >= ROUNDED_FROM and self._steps is None:
                    self._steps = steps_of(self._values())
                loss = self._loss(some)
                optimiser.zero_grad(set_to_none=True)
                loss.backward()
                self._torch.nn.utils.clip_grad_norm_(list(self._weights.values()), CLIP)
                optimiser.step()
                step += 1
                done = max(step / steps, first + (self._context.clock() - began) / limit)
                self._steer(TURN * done / step, growing=done < GROWING)
                if left_marks and done >= left_marks[0]:
                    left_marks = [mark for mark in left_marks if mark > done]
                    self._calibrate()
                self._keep(optimiser, min(done, 1.0), step)
                self._context.report("fitting", done)
        values, latents = self._values(), self._arrays()
        if not all(np.isfinite(v).all() for v in (*values.values(), *latents)):
            raise InputError(
                "Expected a fit that converges. Its weights are not finite: choose a smaller "
                "learning_rate or latent_rate."
            )
        return Fitted(values, self._steps or steps_of(values), latents)

    def _optimiser(self) -> Any:
        """Return Adam over weights, scales and latents, each with its rate."""
        settings, batch = self._settings, range(min(self._settings.batch, len(self._places)))
        groups = [
            {"params": list(self._weights.values()), "lr": settings.learning_rate},
            {"params": [t for t in (*self._spread, *self._slope) if t.numel()], "lr": SPREAD_RATE},
        ]
        for level, row in enumerate(self._latents):
            # Adam moves what has a gradient in one of n steps by sqrt(n) times the rate there
            rare = self._nodes[level] / len(self._nodes_of(batch, level)[0])
            rate = settings.latent_rate / math.sqrt(rare)
            some = [t for t in row if t is not None]
            groups.append({"params": some, "lr": rate, "betas": LATENT_BETAS})
        return self._torch.optim.Adam([g for g in groups if g["params"]], fused=True)

    def _load(self, optimiser: Any) -> tuple[float, int]:
        """Go on from the checkpoint, if there is one; return progress and steps."""
        if self._checkpoint is None:
            return 0.0, 0
        self._checkpoint.buffers = [self._kept]
        done, step = self._checkpoint.load(optimiser, _parameters(optimiser))
        if step:
            self._turned, self._mean_bits, self._ratio, *steps = self._kept.tolist()
            self._weight = self._turned
            if steps[0]:
                self._steps = dict(zip(self._weights, steps, strict=True))
            self._order = np.random.default_rng([self._context.seed, 2, step])
            self._calibrate()
        return done, step

    def _keep(self, optimiser: Any, done: float, step: int) -> None:
        """Write the checkpoint, with the weight of the bits, their mean and the ratio of the
        coder's, and the steps of the network's weights, 0 while they are not rounded."""
        if self._checkpoint is None:
            return
        steps = self._steps or {}
        numbers = [self._turned, self._mean_bits, self._ratio]
        numbers += [steps.get(name, 0.0) for name in self._weights]
        self._kept.copy_(self._torch.tensor(numbers, dtype=self._torch.float64))
        self._checkpoint.keep(optimiser, _parameters(optimiser), done, step)

    def _values(self) -> Parameters:
        return {name: w.detach().cpu().numpy().copy() for name, w in self._weights.items()}

    def _arrays(self) -> tuple[NDArray[np.float32], ...]:
        """Return the latents of each level, (nodes, latents of a node)."""
        found = []
        for level, row in enumerate(self._latents):
            parts = [t.detach().reshape(len(t), -1).cpu().numpy() for t in row if t is not None]
            empty = np.zeros((self._nodes[level], 0), np.float32)
            found.append(np.concatenate([empty, *parts], axis=1))
        return tuple(found)

    def _calibrate(self) -> None:
        """Compare the estimated bytes of all latents with those of the coder, and leave them what
        the network does not take."""
        bits = 0.0
        with self._torch.no_grad():
            for level, row in enumerate(self._latents):
                for scale, latents in enumerate(row):
                    if latents is None:
                        continue
                    for start in range(0, len(latents), 64):
                        part = latents[start : start + 64]
                        levels = [level] * len(part)
                        at = self._spread[scale][levels], self._slope[scale][levels]
                        bits += float(bits_of(part, *at)[0].sum())
        self._room = max(self._all_room - _network_bytes(self._values(), self._steps), 1.0)
        size = self._coded_bytes(self._arrays())
        self._ratio = min(max(8 * size / max(bits, 1.0), 0.1), 10.0)
        self._mean_bits = bits

    def _steer(self, most: float, *, growing: bool) -> None:
        """Turn the weight of the bits so that the latents come to fill their room."""
        wanted = 8 * self._room / self._ratio
        off = 2 * math.log(max(self._mean_bits, 1.0) / wanted)
        off = min(max(off, 0.0 if growing else -1.0), 1.0)
        self._turned *= math.exp(most * off)
        self._weight = self._turned * math.exp(AT_ONCE * off)

    def _nodes_of(self, images: Sequence[int], level: int) -> tuple[list[int], Weights]:
        """Return the nodes of a level that some images are made from, and weights (image, node)."""
        if level == 0:
            return list(images), np.eye(len(images), dtype=np.float32)
        pairs = [self._shapes.around(level, self._places[image]) for image in images]
        nodes = sorted({node for pair in pairs for node, _ in pair})
        weights = np.zeros((len(images), len(nodes)), np.float32)
        for row, pair in zip(weights, pairs, strict=True):
            for node, weight in pair:
                row[nodes.index(node)] += weight
        return nodes, weights

    def _mixed(self, images: Sequence[int]) -> tuple[list[Any], Any]:
        """Return the latents of some images at each scale, and the bits of all, to be minimised."""
        torch, device = self._torch, self._device
        around = [self._nodes_of(images, level) for level in self._levels]
        weights = torch.from_numpy(np.concatenate([w for _, w in around], axis=1)).to(device)
        owner = np.repeat(self._levels, [len(nodes) for nodes, _ in around])
        counted, share = self._counted(around)
        gains = self._rounded("gains") * STEP
        bits: Any = torch.zeros((), device=device)
        seen: Any = 0.0
        found = []
        for scale, inputs in enumerate(self._shapes.inputs):
            with_latents = [k for k in self._levels if self._latents[k][scale] is not None]
            parts = [self._latents[k][scale][around[k][0]] for k in with_latents]  # type: ignore[index]
            if not parts:
                found.append(torch.zeros((len(images), inputs, 1, 1), device=device))
                continue
            values = torch.cat(parts)
            columns = np.flatnonzero(np.isin(owner, with_latents))
            levels = owner[columns]
            some = np.flatnonzero(counted[columns])
            at = self._spread[scale][levels[some]], self._slope[scale][levels[some]]
            shares = torch.from_numpy(share[columns[some]]).to(device)
            exact, pulled = bits_of(values[some], *at)
            bits = bits + (shares * (exact + pulled)).sum()
            seen = seen + (shares * exact.detach()).sum()
            whole = values + (values.round() - values).detach()
            mixing = weights[:, columns] * gains[levels, scale]
            found.append((mixing @ whole.flatten(1)).view(len(images), *values.shape[1:]))
        now, before = float(seen), self._mean_bits
        self._mean_bits = MEAN * before + (1 - MEAN) * now if before else now
        return found, bits

    def _counted(self, around: Sequence[tuple[list[int], Weights]]) -> tuple[Any, Weights]:
        """Return which of the nodes of all levels are counted in the bits, and for how many each
        stands."""
        which, shares = [], []
        for level, (nodes, _) in enumerate(around):
            some = max(len(nodes) // COUNTED, 1)
            chosen = np.zeros(len(nodes), bool)
            chosen[self._order.choice(len(nodes), some, replace=False)] = True
            which.append(chosen)
            shares.append(np.full(len(nodes), self._nodes[level] / some, np.float32))
        return np.concatenate(which), np.concatenate(shares)

    def _rounded(self, name: str) -> Any:
        """Return an array of weights, rounded if it is time."""
        values = self._weights[name]
        if self._steps is None:
            return values
        step = self._steps[name]
        return values + ((values / step).round() * step - values).detach()

    def _loss(self, images: Sequence[int]) -> Any:
        torch, subject = self._torch, self._pictures.subject
        pixels = torch.from_numpy(self._pictures.batch(np.array(images))).to(self._device)
        wanted = pixels.permute(0, 3, 1, 2).float() / 255
        latents, bits = self._mixed(images)
        weights = {name: self._rounded(name) for name in self._weights}
        colours, logits = outputs_of(self._shapes, weights, latents)
        loss: Any = 0.0
        entropy = torch.nn.functional.binary_cross_entropy_with_logits
        if subject.masked:
            colours = self._fill + torch.sigmoid(logits[:, :1]) * (colours - self._fill)
            loss = loss + MASK_WEIGHT * entropy(logits[:, :1], (wanted[:, COLOURS:] > 0).float())
        if subject.has_own_alpha:
            off = torch.sigmoid(logits[:, -1:]) - wanted[:, COLOURS:]
            loss = loss + ALPHA_WEIGHT * (off * off).mean()
        loss = loss + ((colours - wanted[:, :COLOURS]) ** 2).mean()
        every = len(self._places) * math.prod(self._shapes.size)
        return loss + self._weight * bits / every
