"""Fitting of all networks of a scale at once, with rounds of pruning, in torch."""

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from vcore.methods._networks.fitting.device import device_of, import_torch
from vcore.methods._networks.fitting.loop import optimise
from vcore.methods._networks.shrinking import Schedule, guided_masks, magnitude_masks
from vcore.methods.ecnr.geometry import Block
from vcore.methods.ecnr.network import Shape, first_weights, forward, positions
from vcore.methods.ecnr.sampling import MIN_SPEEDUP, ImportanceSampler
from vcore.methods.ecnr.settings import WIDTH, EcnrSettings
from vcore.model.context import Context

if TYPE_CHECKING:
    import torch

SAMPLES = {"cpu": 384, "cuda": 4096}
"""Voxels per network and step: a CPU gets further in the same time with more, smaller steps."""
MIN_SAMPLES = 4096
"""Minimum voxels per step over all networks, so that few networks, which are wide, see more."""
MIN_BATCH = 4
CHECK_VOXELS = 1 << 18
"""Number of voxels for choosing the quantisers of codes and parameters."""
PERIOD = 16
"""Block side in voxels up to which the first layer is initialised like Sitzmann's. In larger blocks
its frequencies per voxel are kept, except for residuals in blocks with frames (docs/methods.md)."""
PASS_STEPS, MAX_LONGER = 200, 3.0
"""Steps of a pass over all voxels above which the first scale is fitted longer, and maximum factor:
all other scales build on it, and few networks have fast steps."""
Arrays = dict[str, NDArray[np.float32]]


@dataclass
class Data:
    """Blocks of a scale, ordered by network.

    Parameters
    ----------
    values
        Residuals divided by their unit, shape (entries, voxels), float32.
    slots
        Entries of each network, shape (m, k), padded by -1.
    codes_of
        Index of the latent code of each entry, shape (entries,).
    components
        Component of each entry; used if components share codes.
    block
        Voxels of a block along t z y x.
    """

    values: NDArray[np.float32]
    slots: NDArray[np.int64]
    codes_of: NDArray[np.int64]
    components: NDArray[np.int64]
    block: Block


@dataclass
class Fitted:
    """Fitted networks of a scale.

    Parameters
    ----------
    parameters
        Stacks, float32, 0 where pruned.
    masks
        Masks of the prunable parameters; True for remaining ones.
    codes
        Latent codes, (blocks, length), float32.
    variables
        Latent codes of the components, (c, length), float32.
    loss
        Mean squared error of each network's blocks, in squared units, shape (m,).
    shared
        Shared values of each array, if quantised; with local quantisation one per network.
    steps, codes_step, integers
        Quantiser steps of the layers and of the codes (0: not quantised), and the quantised codes.
    """

    parameters: Arrays
    masks: dict[str, NDArray[np.bool_]]
    codes: NDArray[np.float32]
    variables: NDArray[np.float32]
    loss: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    shared: dict[str, Any] = field(default_factory=dict)
    steps: tuple[float, ...] = ()
    codes_step: float = 0.0
    integers: NDArray[np.int32] | None = None


class Trainer:
    """Trainer of the networks of one scale.

    Parameters
    ----------
    data
        Blocks of the scale.
    shape
        Network architecture.
    settings
        Resolved settings; only ``batch`` may be automatic.
    context, seed
        Device, progress and time limit; seed of this scale.
    begins
        Whether this is the first scale, with blocks of values instead of residuals.
    """

    def __init__(
        self,
        data: Data,
        shape: Shape,
        settings: EcnrSettings,
        context: Context,
        seed: int,
        *,
        begins: bool = False,
    ) -> None:
        self.begins = begins and settings.preset != "paper"
        self.torch = import_torch()
        self.device = device_of(context)
        self.data, self.shape, self.settings, self.context = data, shape, settings, context
        torch = self.torch
        self.rng = np.random.default_rng(seed)
        entries = np.maximum(data.slots, 0)
        self.values = torch.from_numpy(data.values[entries]).to(self.device)  # (m, k, voxels)
        self.weight = torch.from_numpy((data.slots >= 0).astype(np.float32)).to(self.device)
        self.weight /= self.weight.sum(1, keepdim=True)
        self.codes_of = torch.from_numpy(data.codes_of[entries]).to(self.device)
        self.components = torch.from_numpy(data.components[entries]).to(self.device)
        self.where = torch.from_numpy(positions(data.block)).to(self.device)
        self.loss = torch.zeros(shape.networks, device=self.device)
        _, k, voxels = self.values.shape
        wanted = max(SAMPLES[self.device.type], MIN_SAMPLES // shape.networks)
        self.whole_blocks = settings.preset == "paper" and settings.batch is None
        batch = settings.batch or max(wanted // k, MIN_BATCH)
        self.batch = voxels if self.whole_blocks else min(batch, voxels)
        self.steps_of_epoch: int = k if self.whole_blocks else -(-voxels // self.batch)
        self._order: NDArray[np.int64] = np.zeros(0, np.int64)
        self._sampler: ImportanceSampler | None = None
        if self.batch < voxels and settings.preset != "paper":
            drawn = ImportanceSampler(self.values, data.block, seed)
            self._sampler = drawn if drawn.gain >= MIN_SPEEDUP else None

    @property
    def steps(self) -> int:
        """Number of steps of the whole fit."""
        if self.settings.epochs is not None:
            return self.settings.epochs * self.steps_of_epoch
        longer = self.steps_of_epoch / PASS_STEPS if self.begins else 1.0
        return round(self.settings.steps * min(max(longer, 1.0), MAX_LONGER))

    @property
    def learning_rate(self) -> float:
        """Learning rate, reduced in proportion for wider networks, whose outputs sum more
        changes."""
        return self.settings.learning_rate * min(1.0, WIDTH / self.shape.width)

    @property
    def optimiser(self) -> Literal["adam", "soap"]:
        """The papers' optimiser, or SOAP, which gets further from random weights.

        SOAP's steps are more expensive, so it is not used for the many networks of residuals in
        single frames.
        """
        plain = self.settings.preset == "paper" or self.settings.warm_start
        return "soap" if not plain and (self.begins or self.data.block[0] > 1) else "adam"

    def start(self, codes: int, components: int, parameters: Arrays | None) -> Fitted:
        """Return the networks before the fit.

        Parameters
        ----------
        codes
            Number of latent codes.
        components
            Number of components with own codes, 0 if they share none.
        parameters
            Initial parameters; random by default.
        """
        own = self.shape.codes - (1 if components else 0) * VARIABLE_CODES
        found = parameters or first_weights(
            self.shape, self.settings.omega, self.rng, self._finer()
        )
        return Fitted(
            found,
            {n: np.ones(s, bool) for n, s in self.shape.arrays.items() if n in self.shape.prunable},
            self._first_codes(codes, own),
            self.rng.standard_normal((components, VARIABLE_CODES if components else 0)).astype(
                np.float32
            ),
        )

    def _finer(self) -> list[float]:
        """Return the factors on Sitzmann's initial frequencies along x y z."""
        frames, *sides = self.data.block
        if self.settings.preset == "paper" or (frames > 1 and not self.begins):
            return []
        return [max(side / PERIOD, 1.0) for side in sides[::-1]]

    def _first_codes(self, count: int, length: int) -> NDArray[np.float32]:
        """Return the principal components of each network's blocks, with unit spread and a little
        noise.

        Similar blocks thus start with similar codes.
        """
        found = 0.01 * self.rng.standard_normal((count, length))
        data = self.data
        for row in data.slots:
            entries = row[row >= 0]
            if len(entries) < 2 or not length:
                continue
            blocks = data.values[entries]
            blocks = blocks - blocks.mean(axis=0)
            squares, vectors = np.linalg.eigh((blocks @ blocks.T).astype(np.float64))
            parts = (vectors * np.sqrt(np.maximum(squares, 0)))[:, ::-1][:, :length]
            spread = float(np.sqrt(np.mean(parts[:, 0] ** 2))) or 1.0
            found[data.codes_of[entries], : parts.shape[1]] += parts / spread
        return found.astype(np.float32)

    def fit(self, fitted: Fitted, time_share: float, stage: str = "fitting") -> Fitted:
        """Return ``fitted`` after training with rounds of pruning; ``stage`` names it in progress
        reports."""
        torch, settings = self.torch, self.settings
        schedule = self.schedule()
        leaves = {n: self.leaf(v) for n, v in fitted.parameters.items()}
        masks = {n: torch.from_numpy(v).to(self.device) for n, v in fitted.masks.items()}
        codes, variables = self.leaf(fitted.codes), self.leaf(fitted.variables)
        alive = fitted.masks
        done = 0.0

        def masked() -> dict[str, Any]:
            return {n: v * masks[n] if n in masks else v for n, v in leaves.items()}

        def loss_of(step: int) -> Any:
            return self.step_loss(masked(), codes, variables)

        def after(now: float, _loss: Any) -> bool:
            nonlocal done, alive
            due = schedule.due(done, now)
            done = now
            if due is not None:
                arrays = {n: v.cpu().numpy() for n, v in _detached(masked()).items()}
                alive = self.pruned(arrays, due, alive)
                for n, v in alive.items():
                    masks[n] = torch.from_numpy(v).to(self.device)
            return False

        def decay(share: float) -> float:
            return float(0.75 ** sum(at <= share for at, _ in schedule.rounds))

        optimise(
            [*leaves.values(), codes, variables],
            loss_of,
            steps=self.steps,
            learning_rate=self.learning_rate,
            optimiser=self.optimiser,
            context=self.context,
            time_share=time_share,
            stop=after,
            weight_decay=settings.weight_decay,
            stage=stage,
            schedule=decay if settings.preset == "paper" else None,
        )
        arrays = {n: v.cpu().numpy() for n, v in _detached(masked()).items()}
        return Fitted(
            arrays, alive, codes.detach().cpu().numpy(), variables.detach().cpu().numpy(),
            self.loss.cpu().numpy().astype(np.float64),
        )  # fmt: skip

    def schedule(self) -> Schedule:
        """Return the schedule of pruning rounds."""
        settings = self.settings
        if settings.preset == "paper" and settings.epochs is not None and settings.sharing == 1:
            return Schedule.static(settings.sparsity or 0.0, settings.epochs)
        return Schedule.series(settings.sparsity or 0.0)

    def pruned(self, arrays: Arrays, sparsity: float, alive: Any) -> dict[str, NDArray[np.bool_]]:
        """Return the masks of a pruning round."""
        candidates = {n: arrays[n] for n in self.shape.prunable}
        if self.settings.pruning == "plain":
            return magnitude_masks(candidates, sparsity, alive)
        loss = self.loss.cpu().numpy()
        return guided_masks(candidates, loss, self.settings.guidance, sparsity, alive)

    def part(self, networks: NDArray[np.int64]) -> "Trainer":
        """Return the trainer of some of the networks, in the same order."""
        data = replace(self.data, slots=self.data.slots[networks])
        shape = replace(self.shape, networks=len(networks))
        seed = int(self.rng.integers(1 << 31))
        return Trainer(data, shape, self.settings, self.context, seed, begins=self.begins)

    def error(self, parameters: Arrays, codes: Any, variables: Any) -> float:
        """Return the mean squared error in squared units, over a fixed sample of the voxels."""
        counts = (self.data.slots >= 0).sum(1)
        return float(self.errors(parameters, codes, variables) @ counts / counts.sum())

    def errors(self, parameters: Arrays, codes: Any, variables: Any) -> NDArray[np.float64]:
        """Return the mean squared error of each network's blocks, as ``error``."""
        torch = self.torch
        m, k, voxels = self.values.shape
        count = int(min(max(CHECK_VOXELS // (m * k), 8), voxels))
        chosen = np.sort(np.random.default_rng(0).permutation(voxels)[:count])
        stack = {n: torch.from_numpy(np.asarray(v)).to(self.device) for n, v in parameters.items()}
        with torch.no_grad():
            inputs = self._codes(
                torch.from_numpy(codes).to(self.device),
                torch.from_numpy(variables).to(self.device),
                slice(None),
            )
            total = torch.zeros(m, dtype=torch.float64, device=self.device)
            for part in np.array_split(chosen, max(m * k * count >> 20, 1)):
                index = torch.from_numpy(part).to(self.device)
                found = forward(stack, self.where[index], inputs, self.settings.omega)
                square = ((found - self.values[:, :, index]) ** 2).sum(2)
                total += (square * (self.weight > 0)).sum(1)
        each: NDArray[np.float64] = total.cpu().numpy() / (count * (self.data.slots >= 0).sum(1))
        return each

    def leaf(self, values: NDArray[np.float32]) -> "torch.Tensor":
        tensor = self.torch.from_numpy(np.array(values, np.float32)).to(self.device)
        leaf: torch.Tensor = tensor.requires_grad_()
        return leaf

    def _codes(self, codes: Any, variables: Any, slots: Any) -> Any:
        own = codes[self.codes_of[:, slots]]
        if not variables.numel():
            return own
        return self.torch.cat([own, variables[self.components[:, slots]]], dim=2)

    def step_loss(self, stack: Any, codes: Any, variables: Any) -> Any:
        """Return the sum over the networks of their mean squared errors in this step (eq. 1)."""
        slots, chosen, counts = self._next()
        inputs = self._codes(codes, variables, slots)
        if isinstance(chosen, slice):
            where, wanted = self.where, self.values[:, slots]
        elif chosen.ndim > 1:
            where, wanted = self.where[chosen], self.values.gather(2, chosen)
        else:
            where, wanted = self.where[chosen], self.values[:, slots].index_select(2, chosen)
        found = forward(stack, where, inputs, self.settings.omega)
        square = ((found - wanted) ** 2 * counts).mean(2)
        weight = self.weight[:, slots]
        if self.whole_blocks:
            weight = (weight > 0).float()
        each = (square * weight).sum(1)
        keep = 1 / min(self.steps_of_epoch, 50)
        self.loss = self.loss + keep * (each.detach() - self.loss)
        return each.sum() / math.sqrt(self.shape.networks)

    def _next(self) -> tuple[slice, Any, Any]:
        """Return the slots and voxels of the next step, and the weight of each voxel.

        Voxels have the shape (n,) if common to all blocks, or (m, k, n).
        """
        _, k, voxels = self.values.shape
        if self.whole_blocks:  # as in the paper: a whole block of each network
            if not len(self._order):
                self._order = self.rng.permutation(k)
            slot, self._order = int(self._order[0]), self._order[1:]
            return slice(slot, slot + 1), slice(None), 1.0
        if self.batch >= voxels:
            return slice(None), slice(None), 1.0
        if self._sampler is not None:
            return slice(None), *self._sampler.draw(self.batch)
        if len(self._order) < self.batch:
            self._order = np.concatenate([self._order, self.rng.permutation(voxels)])
        chosen, self._order = self._order[: self.batch], self._order[self.batch :]
        return slice(None), self.torch.from_numpy(chosen).to(self.device), 1.0


VARIABLE_CODES = 2
"""Length of a component's latent code."""


def _detached(stack: dict[str, Any]) -> dict[str, Any]:
    return {n: v.detach() for n, v in stack.items()}
