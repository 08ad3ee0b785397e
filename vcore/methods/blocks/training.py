"""Encoder of preset `compact`: fitting of the autoencoder to groups of neighbouring blocks."""

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vcore.methods._networks.fitting.device import device_of, import_torch
from vcore.methods._networks.fitting.loop import optimise
from vcore.methods._networks.weights import Parameters, choose_bits, quantise
from vcore.methods.blocks.base_layer import NEIGHBOURS, Means, interpolate, neighbours
from vcore.methods.blocks.compact import Compact, network_shapes, six_digits
from vcore.methods.blocks.features import coordinates
from vcore.methods.blocks.layout import BlockLattice, Box, cut, read_padded
from vcore.methods.blocks.network import forward, layer_shapes, overlap_add
from vcore.methods.blocks.plan import principal_axes
from vcore.methods.blocks.settings import BlockSettings
from vcore.methods.source import VariableSource
from vcore.model.context import Context

if TYPE_CHECKING:
    import torch

    from vcore.methods.blocks.architecture import Architecture

GROUP = 4
"""Side in blocks of the groups used as training samples."""
TRAINING_BYTES = 1 << 29
SAMPLED_BLOCKS = 20_000
"""Number of blocks for statistics and principal components."""
FEATURE_STEPS = 16
"""Quantiser steps per standard deviation of a handcrafted feature, before scaling to the budget."""
WEIGHT_TOLERANCE = 0.01
"""Maximum relative increase of the squared error by weight quantisation (0.04 dB)."""


@dataclass(frozen=True)
class TrainingBlocks:
    """Blocks of a variable as training data.

    Parameters
    ----------
    source, lattice
        Variable and its block lattice.
    means
        Quantised block means.
    varied
        Mask of blocks that are not constant, of shape (*frames, z, y, x).
    overlap
        Voxels by which windows extend into the next blocks.
    """

    source: VariableSource
    lattice: BlockLattice
    means: Means
    varied: NDArray[np.bool_]
    overlap: int

    def raw(self, frame: tuple[int, ...], box: Box, extra: int) -> NDArray[np.float32]:
        """Return the normalised voxels of ``box``, extended by ``extra``."""
        where = tuple(slice(f, f + 1) for f in frame)
        region = self.lattice.voxels(box, extra)
        return read_padded(self.source.read_normalised, where, region, self.lattice.shape)

    def windows(
        self, frame: tuple[int, ...], box: Box
    ) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Return the voxels of ``box``, their difference from the interpolated means, and the means
        with a margin."""
        means = self.means.around(frame, box)
        values = self.raw(frame, box, self.overlap)
        return values, values - interpolate(means, self.lattice.k, self.overlap), means

    def groups(self) -> tuple[list[tuple[tuple[int, ...], Box]], float]:
        """Return the groups of GROUP**3 blocks that are not all constant, and their share of all
        groups.

        A group is a frame and a box of blocks, including the preceding blocks. Sampling from these
        groups finds the structure in nearly empty volumes.
        """
        counts = [-(-n // GROUP) for n in self.lattice.blocks]
        found, total = [], 0
        for index in np.ndindex(*self.lattice.frames, *counts):
            total += 1
            own = tuple(slice(i * GROUP, (i + 1) * GROUP) for i in index[-3:])
            if self.varied[(*index[:-3], *own)].any():
                box = tuple((i * GROUP - 1, (i + 1) * GROUP) for i in index[-3:])
                found.append((index[:-3], box))
        return found, len(found) / total


class Fit:
    """Fitted autoencoder: encodes windows, and provides the decoder."""

    def __init__(
        self,
        method: "Architecture",
        blocks: TrainingBlocks,
        compact: Compact,
        settings: BlockSettings,
        theta: float,
        context: Context,
    ) -> None:
        self.method, self.blocks, self.compact = method, blocks, compact
        self._theta = theta
        self._torch = import_torch()
        self._device = device_of(context)
        self._rng = np.random.default_rng(context.seed + 1)
        self._batch = settings.batch or 8
        windows, around, active, codes = self._training_groups(context)
        if codes is not None:
            self.compact, codes = _standardised(self.compact, codes, active, method.positional)
        values = self.compact.values
        self._encoder, self._decoder = self._initial(windows, active, values)
        if active.any():
            self._optimise(windows, around, active, codes, settings, context)
        self._sample = windows, around, active, codes

    def _training_groups(self, context: Context) -> tuple[Any, ...]:
        """Read groups of blocks: voxels minus means (in units), neighbours, masks of coded blocks,
        features."""
        blocks, k = self.blocks, self.blocks.lattice.k
        groups, _ = blocks.groups()
        max_groups = max(TRAINING_BYTES // (4 * ((GROUP + 1) * k + blocks.overlap) ** 3), 1)
        chosen = np.arange(len(groups))
        if len(groups) > max_groups:
            chosen = np.sort(self._rng.choice(len(groups), max_groups, replace=False))
        found = []
        for number, i in enumerate(chosen):
            context.report("sampling", number / min(max_groups, len(groups)))
            frame, box = groups[i]
            values, residual, means = blocks.windows(frame, box)
            active = self.active(residual, box)
            if not active.any():
                continue
            features = self._features(values, box) if self.method.handcrafted else None
            unit = np.float32(self.compact.unit)
            found.append((residual / unit, neighbours(means) / unit, active, features))
        if not found:
            shape = ((GROUP + 1) * k + blocks.overlap,) * 3
            lattice = (GROUP + 1,) * 3
            features = np.zeros((*lattice, self.method.code_size(None)), "f4")
            around = np.zeros((*lattice, NEIGHBOURS), "f4")
            found.append((np.zeros(shape, "f4"), around, np.zeros(lattice, bool), features))
        columns = list(zip(*found, strict=True))
        stacked = [np.stack(c).astype(c[0].dtype) for c in columns[:3]]
        codes = np.stack(columns[3]) if self.method.handcrafted else None
        return (*stacked, codes)

    def active(self, residual: NDArray[np.float32], box: Box) -> NDArray[np.bool_]:
        """Return the mask of blocks of ``box`` to code: inside the lattice, and with enough energy.

        A window with a mean square below half the water level would get no bits.
        """
        lattice = self.blocks.lattice
        windows = cut(residual, lattice.k, lattice.k + self.blocks.overlap)
        energy = np.einsum("zyxabc,zyxabc->zyx", windows, windows) / math.prod(windows.shape[3:])
        active: NDArray[np.bool_] = energy > self._theta / 2
        for axis, ((a, b), n) in enumerate(zip(box, lattice.blocks, strict=True)):
            position = np.arange(a, b).reshape([-1 if i == axis else 1 for i in range(3)])
            active &= (position >= 0) & (position < n)
        return active

    def _features(self, values: NDArray[np.float32], box: Box) -> NDArray[np.float32]:
        """Return the handcrafted features of the blocks of ``box``, preceded by coordinates if the
        method has them."""
        k = self.blocks.lattice.k
        counts = tuple(b - a for a, b in box)
        own = values[tuple(slice(0, n * k) for n in counts)]
        cubes = np.ascontiguousarray(cut(own, k, k)).reshape(-1, k, k, k)
        found = self.method.stored_features(cubes)
        if self.method.positional:
            grid = np.stack(np.meshgrid(*(np.arange(a, b) for a, b in box), indexing="ij"), -1)
            first = coordinates(grid.reshape(-1, 3), self.blocks.lattice.blocks)
            found = np.concatenate([first, found], 1)
        return found.reshape(*counts, -1)

    def _initial(
        self, windows: NDArray[np.float32], active: NDArray[np.bool_], values: int
    ) -> "tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]":
        """Return networks initialised as a principal component transform of the windows.

        Slopes of 1 make the layers linear; the first layer projects onto the leading components,
        the next ones pass them on, and the decoder's last layer reconstructs with weights that ramp
        over the overlap and sum to one.
        """
        lattice, overlap = self.blocks.lattice, self.blocks.overlap
        side = lattice.k + overlap
        hidden = self.method.hidden(lattice.k, values)
        inputs = values + 3 * self.method.positional
        rng = self._rng
        count = min(len(windows), max(SAMPLED_BLOCKS // GROUP**3, 1))
        chosen = np.sort(rng.choice(len(windows), count, replace=False))
        x = np.concatenate(
            [cut(windows[i], lattice.k, side)[active[i]].reshape(-1, side**3) for i in chosen]
        )
        axes = principal_axes(x).astype("f4")
        ramp = np.ones(side, "f4")
        ramp[:overlap] = np.arange(1, overlap + 1) / (overlap + 1)
        ramp[lattice.k :] = 1 - ramp[:overlap]
        taper = (ramp[:, None, None] * ramp[:, None] * ramp).ravel()

        shapes = network_shapes(hidden, lattice.k, inputs, overlap)
        decoder = {
            n: np.ones(s, "f4") if n[0] == "a" else np.zeros(s, "f4") for n, s in shapes.items()
        }
        for i in range(len(hidden)):
            decoder[f"w{i}"][:] = rng.normal(0, 0.01, decoder[f"w{i}"].shape)
            np.fill_diagonal(decoder[f"w{i}"][:values], 1.0)
        if self.method.handcrafted:
            for i in range(len(hidden)):
                fan = decoder[f"w{i}"].shape[0]
                decoder[f"w{i}"][:] = rng.normal(0, math.sqrt(2 / fan), decoder[f"w{i}"].shape)
                decoder[f"a{i}"][:] = 0.25
            decoder[f"w{len(hidden)}"][:] = rng.normal(0, 0.01, decoder[f"w{len(hidden)}"].shape)
        else:
            decoder[f"w{len(hidden)}"][:] = axes[:, : hidden[-1]].T * taper
        encoder: Parameters = {}
        if not self.method.handcrafted:
            sizes = [side**3, *hidden[::-1], values]
            for i, (a, b) in enumerate(layer_shapes(sizes)):
                encoder[f"w{i}"] = axes[:, :b].copy() if i == 0 else np.eye(a, b, dtype="f4")
                encoder[f"b{i}"] = np.zeros(b, "f4")
                if i < len(sizes) - 2:
                    encoder[f"a{i}"] = np.ones(1, "f4")
        return self._tensors(encoder), self._tensors(decoder)

    def _tensors(self, parameters: Parameters) -> "dict[str, torch.Tensor]":
        tensor = self._torch.from_numpy
        return {
            n: tensor(np.ascontiguousarray(v)).to(self._device).requires_grad_()
            for n, v in parameters.items()
        }

    def _optimise(
        self,
        windows: NDArray[np.float32],
        around: NDArray[np.float32],
        active: NDArray[np.bool_],
        codes: NDArray[np.float32] | None,
        settings: BlockSettings,
        context: Context,
    ) -> None:
        torch = self._torch
        data = [torch.from_numpy(a).to(self._device) for a in (windows, around, active)]
        fixed = None if codes is None else torch.from_numpy(codes).to(self._device)
        generator = torch.Generator().manual_seed(context.seed)
        log_scale = torch.zeros(self.compact.values, device=self._device, requires_grad=True)
        rate_weight = 2 * math.log(2) / 12  # lambda of the water level, in units of 12 theta

        def loss_of(step: int) -> Any:
            chosen = torch.from_numpy(self._rng.integers(0, len(windows), self._batch)).to(
                self._device
            )
            x, neighbour, on = (a[chosen] for a in data)
            y = self._encode_torch(x, on) if fixed is None else fixed[chosen][on]
            noise = torch.rand(y.shape, generator=generator).to(self._device) - 0.5
            stored = slice(3, None) if self.method.positional else slice(None)
            noisy = y.clone()
            noisy[:, stored] = noisy[:, stored] + noise[:, stored] * self.compact.code_step
            error, voxels = self._squared_error(self._decoder, x, neighbour, on, noisy)
            if fixed is not None:
                return error / voxels
            return (error + rate_weight * _laplace_bits(torch, noisy, log_scale)) / voxels

        optimise(
            [*self._encoder.values(), *self._decoder.values(), log_scale],
            loss_of,
            steps=settings.steps,
            learning_rate=settings.learning_rate or 0.003,
            optimiser="adam",
            context=context,
        )

    def _encode_torch(self, x: "torch.Tensor", on: "torch.Tensor") -> "torch.Tensor":
        k, side = self.blocks.lattice.k, self.blocks.lattice.k + self.blocks.overlap
        windows = x.unfold(1, side, k).unfold(2, side, k).unfold(3, side, k)
        encoded: torch.Tensor = forward(self._encoder, windows[on].reshape(-1, side**3))
        return encoded

    def _squared_error(
        self, decoder: Any, x: Any, neighbour: Any, on: Any, codes: Any
    ) -> tuple[Any, int]:
        """Return the sum of squared errors (in squared units) over the groups' own blocks, and the
        number of their voxels."""
        torch, k = self._torch, self.blocks.lattice.k
        side = k + self.blocks.overlap
        decoded = forward(decoder, torch.cat([codes, neighbour[on]], 1))
        windows = torch.zeros((*on.shape, side**3), device=x.device).masked_scatter(
            on[..., None], decoded
        )
        blocks = overlap_add(windows.reshape(*on.shape, side, side, side), k)
        target = x[:, k : (GROUP + 1) * k, k : (GROUP + 1) * k, k : (GROUP + 1) * k]
        target = target.unfold(1, k, k).unfold(2, k, k).unfold(3, k, k)
        return ((blocks - target) ** 2).sum(), target.numel()

    def codes_of(self, values: Any, residual: Any, active: Any, box: Box) -> NDArray[np.float32]:
        """Return the unquantised codes (n, values) of the active blocks of ``box``."""
        if self.method.handcrafted:
            features = self._features(values, box)[active][:, 3 * self.method.positional :]
            centre, spread = np.array(self.compact.centre), np.array(self.compact.spread)
            return np.asarray((features - centre) / spread, np.float32)
        k = self.blocks.lattice.k
        windows = cut(residual, k, k + self.blocks.overlap)[active]
        encoder = {n: v.detach().cpu().numpy() for n, v in self._encoder.items()}
        x = (windows / np.float32(self.compact.unit)).reshape(len(windows), -1)
        encoded: NDArray[np.float32] = forward(encoder, x)
        return encoded

    def quantised_decoder(self) -> tuple[dict[str, NDArray[np.int32]], list[float]]:
        """Return the decoder's integers and steps, as coarse as possible at almost no loss."""
        decoder = {n: v.detach().cpu().numpy() for n, v in self._decoder.items()}
        windows, around, active, codes = self._sample
        torch = self._torch
        some = np.sort(self._rng.permutation(len(windows))[:32])
        x, neighbour, on = (
            torch.from_numpy(a[some]).to(self._device) for a in (windows, around, active)
        )

        def loss_of(parameters: Parameters) -> float:
            with torch.no_grad():
                y = (
                    self._encode_torch(x, on).round()
                    if codes is None
                    else torch.from_numpy(codes[some]).to(self._device)[on]
                )
                tensors = {n: torch.from_numpy(v).to(self._device) for n, v in parameters.items()}
                return float(self._squared_error(tensors, x, neighbour, on, y)[0])

        return quantise(decoder, choose_bits(decoder, loss_of, WEIGHT_TOLERANCE))


def _laplace_bits(torch: Any, y: Any, log_scale: Any) -> Any:
    """Return the bits of unit-quantised ``y`` under a Laplace model per column, differentiable."""
    scale = torch.nn.functional.softplus(log_scale) + 0.05
    upper = torch.exp(-torch.relu(y.abs() - 0.5) / scale)
    lower = torch.exp(-(y.abs() + 0.5) / scale)
    inside = 1 - torch.exp(-0.5 / scale) * torch.cosh(torch.clamp(y.abs(), max=0.5) / scale)
    share = torch.where(y.abs() < 0.5, inside, 0.5 * (upper - lower))
    return -torch.log2(share.clamp_min(1e-9)).sum()


def _standardised(
    compact: Compact, codes: NDArray[np.float32], active: NDArray[np.bool_], positional: bool
) -> tuple[Compact, NDArray[np.float32]]:
    """Return codes with centred and scaled features, and the state with centre and scale."""
    stored = slice(3 * positional, None)
    stored_codes = codes[active][:, stored]
    centre = (
        [six_digits(v) for v in stored_codes.mean(0)]
        if len(stored_codes)
        else [0.0] * compact.values
    )
    spread = (
        [six_digits(max(v, 1e-6)) for v in stored_codes.std(0)]
        if len(stored_codes)
        else [1.0] * compact.values
    )
    codes = codes.copy()
    codes[..., stored] = (codes[..., stored] - np.array(centre)) / np.array(spread)
    return replace(
        compact, code_step=1 / FEATURE_STEPS, centre=tuple(centre), spread=tuple(spread)
    ), codes
