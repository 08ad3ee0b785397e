"""Fit of a network to the images of a collection, with torch."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.collections.methods.base import ImageSource
from vcore.collections.methods.nervi.engine_torch import SMALL, TorchEngine
from vcore.collections.methods.nervi.losses import Windows, loss_of
from vcore.collections.methods.nervi.network import (
    Weights,
    encoded,
    first_weights,
    images_of,
    pixel_places,
    pixels_of,
)
from vcore.collections.methods.nervi.shapes import Shape
from vcore.collections.methods.nervi.subject import Pictures
from vcore.methods._networks.fitting.checkpoint import Checkpoint
from vcore.methods._networks.fitting.device import device_of, import_torch, tf32
from vcore.methods._networks.fitting.loop import optimise
from vcore.model.context import Context

BATCH = {"cpu": 2, "cuda": 8}
"""Images a step: of the same time, more steps of fewer images get further (docs/methods.md), but a
GPU needs more work at a time."""
PIXELS = 32_000
"""Pixels a step of the networks by pixel (section 4.2)."""


@dataclass(frozen=True, eq=False)
class Problem:
    """What is fitted: a network of ``shape`` to ``pictures``, whose encoded parameters are
    ``inputs`` (image, input)."""

    shape: Shape
    pictures: Pictures
    inputs: NDArray[np.float32]
    context: Context

    @classmethod
    def of(
        cls, shape: Shape, source: ImageSource, pictures: Pictures, context: Context
    ) -> "Problem":
        """Return the problem of a source."""
        values = [list(source.values_of(int(flat)).values()) for flat in source.order]
        return cls(shape, pictures, encoded(shape, source.parameters, values), context)


class Batches:
    """Losses of batches of a problem, in a random order of each epoch."""

    def __init__(self, problem: Problem) -> None:
        torch = import_torch()
        self._torch, self.problem = torch, problem
        self.device = device_of(problem.context)
        settings = problem.shape.settings
        self._seed = problem.context.seed
        self._images = len(problem.pictures)
        self.batch = settings.batch or BATCH[self.device.type]
        self._by_pixel = settings.by_pixel
        if self._by_pixel:
            self.batch = settings.batch or PIXELS
            self._places = self._place_rows()
        else:
            self.restart()
        self._inputs = torch.from_numpy(problem.inputs).to(self.device)
        kept = problem.pictures.kept
        self._pixels = None if kept is None else torch.from_numpy(kept)
        if self._pixels is not None and self.device.type == "cuda" and _fits(kept, torch):
            self._pixels = self._pixels.to(self.device)
        self._order: tuple[int, NDArray[np.int64]] = (-1, np.zeros(0, np.int64))

    def restart(self) -> None:
        """Draw the same windows again, to compare losses of the same steps."""
        if not self._by_pixel:
            rng = np.random.default_rng([self._seed, 1])
            self._windows = Windows(self.problem.shape.size, rng, self.device)

    def _place_rows(self) -> Any:
        places = pixel_places(self.problem.shape, 0, math.prod(self.problem.shape.size))
        return self._torch.from_numpy(places).to(self.device)

    @property
    def steps(self) -> int:
        """Steps of an epoch."""
        count = self._images
        if self._by_pixel:
            count *= math.prod(self.problem.shape.size)
        return -(-count // self.batch)

    def loss(self, step: int, engine: TorchEngine) -> Any:
        """Return the loss of a step's batch."""
        if self._by_pixel:
            return self._pixel_loss(step, engine)
        epoch, place = divmod(step, self.steps)
        if self._order[0] != epoch:
            order = np.random.default_rng([self._seed, 2, epoch]).permutation(self._images)
            self._order = epoch, order
        numbers = self._order[1][place * self.batch : (place + 1) * self.batch]
        found = images_of(engine, self.problem.shape, self._inputs[numbers])
        shape, subject = self.problem.shape, self.problem.pictures.subject
        return loss_of(found, self._pixels_of(numbers), subject, shape.settings, self._windows)

    def _pixels_of(self, numbers: NDArray[np.int64]) -> Any:
        if self._pixels is None:
            pixels = self._torch.from_numpy(self.problem.pictures.batch(numbers))
        else:
            pixels = self._pixels[numbers]
        return pixels.to(self.device)

    def _pixel_loss(self, step: int, engine: TorchEngine) -> Any:
        """Return the mean squared error of random pixels."""
        rng = np.random.default_rng([self._seed, 3, step])
        if self._pixels is None:  # of few images, as each is read
            some = rng.integers(self._images, size=BATCH["cpu"])
            pixels, images = self._pixels_of(some), some[rng.integers(len(some), size=self.batch)]
            where = np.searchsorted(np.sort(some), images)
            pixels = pixels[np.argsort(some)]
        else:
            images = rng.integers(self._images, size=self.batch)
            pixels, where = self._pixels, images
        flat = rng.integers(math.prod(self.problem.shape.size), size=self.batch)
        rows, columns = np.divmod(flat, self.problem.shape.size[1])
        wanted = pixels[where, rows, columns].to(self.device)[:, : self.problem.shape.outputs]
        x = self._torch.cat([self._places[flat], self._inputs[images]], 1)
        found = pixels_of(engine, self.problem.shape, x)
        return ((found - wanted.float() / 255) ** 2).mean()


def _fits(kept: Any, torch: Any) -> bool:
    return kept is not None and kept.nbytes < torch.cuda.mem_get_info()[0] // 2


def fit(problem: Problem, minutes: float, checkpoint: Checkpoint | None = None) -> Weights:
    """Return the fitted weights, with normalisations folded into the convolutions.

    Raises
    ------
    Cancelled
        The context was cancelled.
    InputError
        The checkpoint is of another fit.
    """
    torch = import_torch()
    batches = Batches(problem)
    shape, context = problem.shape, problem.context
    first = first_weights(shape, problem.pictures.means(), np.random.default_rng(context.seed))
    if shape.settings.preset == "insitunet":
        first |= {
            n[:-1] + "g": np.ones(len(w), np.float32)
            for n, w in first.items()
            if n.startswith("up") and n.endswith(".w") and "skip" not in n
        }
    weights = tensors(first, batches.device)
    running = {
        n[:-2]: (torch.zeros_like(w), torch.ones_like(w))
        for n, w in weights.items()
        if n[-2:] == ".g"
    }
    if checkpoint is not None:
        checkpoint.buffers = [tensor for pair in running.values() for tensor in pair]
    engine = TorchEngine(weights, running)
    with tf32(batches.device):
        optimise(
            list(weights.values()),
            lambda step: batches.loss(step, engine),
            steps=shape.settings.epochs * batches.steps,
            learning_rate=shape.settings.rate,
            optimiser="adam",
            context=limited(context, minutes),
            time_share=1.0,
            checkpoint=checkpoint,
        )
    return folded({n: w.detach().cpu().numpy() for n, w in weights.items()}, running)


def tensors(weights: Weights, device: Any) -> dict[str, Any]:
    """Return weights as tensors that require a gradient, those of convolutions channels last."""
    torch = import_torch()
    found = {}
    for name, values in weights.items():
        tensor = torch.from_numpy(np.array(values)).to(device)
        if tensor.ndim == 4:
            tensor = tensor.contiguous(memory_format=torch.channels_last)
        found[name] = tensor.requires_grad_()
    return found


def folded(weights: Weights, running: dict[str, Any]) -> Weights:
    """Return weights whose convolutions include their normalisation."""
    found = dict(weights)
    for name, (mean, variance) in running.items():
        scale = found.pop(f"{name}.g") / np.sqrt(variance.cpu().numpy() + SMALL)
        found[f"{name}.w"] = found[f"{name}.w"] * scale[:, None, None, None]
        found[f"{name}.b"] = found[f"{name}.b"] - mean.cpu().numpy() * scale
    return {n: np.ascontiguousarray(w, np.float32) for n, w in found.items()}


def limited(context: Context, minutes: float) -> Context:
    """Return a context whose time limit is ``minutes`` from now."""
    return replace(context, started=context.clock(), time_limit=60 * minutes)


def minutes_of(context: Context, minutes: float) -> float:
    """Return the time for a fit: ``minutes``, or what the context's limit leaves of them."""
    return min(minutes, max(context.until() - context.clock(), 1e-2) / 60)


def checkpoint_of(problem: Problem) -> Checkpoint | None:
    """Return the checkpoint that the settings name, of this problem."""
    settings = problem.shape.settings
    told = replace(settings, checkpoint=None, minutes=1.0).to_json()
    shapes = {name: list(size) for name, size in problem.shape.arrays.items()}
    return checkpoint_at(
        settings.checkpoint, [told, shapes], problem.pictures, problem.context.seed
    )


def checkpoint_at(
    path: str | None, told: Sequence[Any], pictures: Pictures, seed: int
) -> Checkpoint | None:
    """Return the checkpoint at a path, of a fit to these pictures that ``told`` describes as JSON
    values."""
    if path is None:
        return None
    some = np.linspace(0, len(pictures) - 1, 4).astype(np.int64)
    means = [float(pictures.batch(some[k : k + 1]).mean()) for k in range(len(some))]
    return Checkpoint(Path(path), json.dumps([*told, len(pictures), means, seed]))
