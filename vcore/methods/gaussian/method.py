"""The ``gaussian`` method: background, gate, channels, groups of frames, budget."""

import logging
import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.container import SectionReader
from vcore.container.header import VariableHeader
from vcore.errors import BudgetError, FormatError, InputError
from vcore.methods._networks.fitting.device import wants_cuda
from vcore.methods.base import Achieved, Method, Sink
from vcore.methods.gaussian import background, gate, paper, stream
from vcore.methods.gaussian.births import births
from vcore.methods.gaussian.decoder import BACKGROUND, GAUSSIANS, GaussianDecoder, parts_of
from vcore.methods.gaussian.group import (
    CHANNEL_BYTES,
    FIRST_BYTES,
    Goal,
    GroupEncoder,
)
from vcore.methods.gaussian.mixture import Mixture, factors_of
from vcore.methods.gaussian.paper_training import PaperEncoder
from vcore.methods.gaussian.schedule import FitSchedule
from vcore.methods.gaussian.settings import MAX_FRAMES, GaussianSettings
from vcore.methods.mixins import Gated, MadeOfPrimitives, Occupancy
from vcore.methods.source import VariableSource
from vcore.model.budget import Budget
from vcore.model.context import Context
from vcore.model.grid import Grid
from vcore.model.primitives import Primitives
from vcore.model.pyramid import level_grids

Volume = NDArray[np.float32]

log = logging.getLogger(__name__)
CODED = "frames from %d: %d Gaussians, %d bytes; quantisation lost %.3f dB in the first"

MAX_DIFFERENCE = 0.5
"""Maximum difference of a group's frames from the first, as a share of its energy, as they share
its Gaussians."""
BOUND_TO_RMS = 3.0
"""Ratio of an error bound to the root mean square error targeted if only a bound is given."""
COMPARED_SHARE = 0.95
"""Share of the achievable error reduction at which shared and separate Gaussians are compared; the
last births only fill gaps between others."""
WORKING_COPIES = 6
"""Float32 copies of a group's frames needed for fitting."""
PAPER_COPIES = 4
"""Further ones with preset paper: its own residual, that weighted, the weights, the radii."""
MAX_DISTANCE, MIN_EDITED_SCALE = 10_000, 0.05
"""Maximum distance in voxels of an edited Gaussian from the volume, which also limits its scales,
and minimum scale."""
INDEX_BYTES = 8
"""Bytes per unit in the index."""


class Gaussian(MadeOfPrimitives, Gated, Method):
    """Anisotropic Gaussians on a smooth background, after VolMicro."""

    name = "gaussian"
    summary = "anisotropic 3D Gaussians: sparse fluorescence, decoded at any resolution"
    recommended = True
    exact = True
    Settings = GaussianSettings
    decoder = GaussianDecoder

    def encode(
        self,
        source: VariableSource,
        budget: Budget,
        settings: GaussianSettings,
        context: Context,
        sink: Sink,
    ) -> Achieved:
        check(source, settings)
        frames = source.shape[0] if "t" in source.variable.axes else 1
        if settings.group is None:
            settings = replace(settings, group=_group(source, frames))
        size = 1 if settings.preset == "paper" else settings.group or 1
        channels = source.variable.length("c")
        order = settings.background
        units: list[bytes] = []
        grounds: list[NDArray[np.float32]] = []
        starts = range(0, frames, size)
        left, psnr_error = budget.bytes, _error(source, budget)
        pace = FitSchedule(context, len(starts) * settings.training.steps * 2)
        shared, threshold = settings.shared, settings.gate
        cuda = wants_cuda(context)
        for index, start in enumerate(starts):
            volumes = list(_read(source, range(start, min(start + size, frames))))
            if order is None:
                order = _order(volumes[0])
            targets = [self._less_ground(v, order, grounds) for v in volumes]
            if threshold is None:
                threshold = gate.automatic_threshold(targets[0]) * source.span
            if left is not None and index == 0:
                left -= (
                    len(starts) * channels * INDEX_BYTES + 4 * frames * channels * grounds[0].size
                )
            share = None if left is None else left // (len(starts) - index)
            if shared is None:
                shared = channels == 1 or _sharing_pays(targets[0], share)
            parts = parts_of(shared, channels)
            shares = _split(targets[0], parts, share)
            for number, (part, bytes_) in enumerate(zip(parts, shares, strict=True)):
                pace.begin(1 / ((len(starts) - index) * len(parts) - number))
                chosen = [np.ascontiguousarray(t[part]) for t in targets]
                worth = gate.worth(chosen[0], threshold / (source.span or 1), settings.edge_boost)
                kind = PaperEncoder if settings.preset == "paper" else GroupEncoder
                goal = Goal(bytes_, psnr_error, rest_coded=budget.psnr is None)
                try:
                    coded = kind(chosen, worth, settings, pace, cuda=cuda).encode(goal)
                except BudgetError as error:
                    if error.needed is None or share is None or bytes_ is None:
                        raise
                    # scale the need of this part to all parts and groups
                    portion = bytes_ / share if bytes_ > 0 else 1 / len(parts)
                    group = math.ceil(error.needed / portion) - share
                    needed = (budget.bytes or 0) + group * len(starts)
                    raise BudgetError(str(error), needed) from error
                units.append(coded.data)
                log.info(CODED, start, coded.count, len(coded.data), coded.loss)
                if left is not None:
                    left -= len(units[-1])
            context.report("coding", (index + 1) / len(starts))
        level = len(level_grids(source.grid)) - 1
        sink.add(level, BACKGROUND, [np.concatenate(grounds).astype("<f4").tobytes()])
        sink.add(level, GAUSSIANS, units)
        state: dict[str, Any] = {"background": order}
        if not shared:
            state["shared"] = False
        used = replace(settings, gate=float(f"{threshold:.6g}") if threshold is not None else None)
        return Achieved(used, state)

    def _less_ground(
        self, volume: Volume, order: int, grounds: list[NDArray[np.float32]]
    ) -> Volume:
        """Return ``volume`` (channels, z, y, x) minus its background, and append that to
        ``grounds``."""
        out = np.empty_like(volume)
        positions = [np.arange(n) / max(n - 1, 1) * 2.0 - 1 for n in volume.shape[1:]]
        for c, values in enumerate(volume):
            found = background.coefficients(values, order)
            grounds.append(found)
            out[c] = values - background.evaluate(found, positions)
        return out

    def open(self, header: VariableHeader, grid: Grid, reader: SectionReader) -> GaussianDecoder:
        settings: GaussianSettings = self.settings_of(header)
        if settings.group is not None and settings.group < 1:
            raise FormatError("The header is damaged: an impossible group of frames.")
        return GaussianDecoder(header, grid, settings, reader)

    def with_primitives(
        self, header: VariableHeader, grid: Grid, reader: SectionReader, primitives: Primitives
    ) -> tuple[VariableHeader, list[tuple[int, str, list[bytes]]]]:
        decoder = self.open(header, grid, reader)
        if primitives.intensity.shape[1] != decoder.channels:
            raise InputError(
                f"Expected intensities of {decoder.channels} channels. "
                f"Got {primitives.intensity.shape[1]} instead."
            )
        if not np.isin(primitives.frame, np.arange(decoder.frames)).all():
            raise InputError(f"Expected frames in 0..{decoder.frames - 1}. Got others among them.")
        centres, covariances = primitives.to_voxels(grid)
        check_placed(centres, covariances, grid)
        units = []
        for t in range(decoder.frames):
            for number, part in enumerate(decoder.parts):
                weights = primitives.intensity[:, part] / (header.span or 1)
                rows = np.nonzero((primitives.frame == t) & (weights != 0).any(1))[0]
                chosen = Mixture(centres[rows], factors_of(covariances[rows]), weights[rows])
                if decoder.settings.preset == "paper":
                    units.append(paper.pack(chosen, grid.shape))
                else:
                    step, origin = decoder.lattice(t, number)
                    units.append(stream.packed(chosen, step, origin, decoder.octaves(t)))
        settings = replace(decoder.settings, group=1)
        state = {**header.state, **({"regrouped": decoder.group} if decoder.group > 1 else {})}
        changed = replace(header, settings=settings.to_json(), state=state)
        return changed, [(len(decoder.grids) - 1, GAUSSIANS, units)]

    def occupancy(self, source: VariableSource, settings: GaussianSettings) -> Occupancy:
        volume = next(_read(source, range(1)))
        order = settings.background
        if order is None:
            order = _order(volume)
        target = self._less_ground(volume, order, [])
        threshold = settings.gate
        if threshold is None:
            threshold = gate.automatic_threshold(target) * source.span
        mask = gate.opened(gate.smoothed(target), threshold / (source.span or 1))
        return Occupancy(threshold, mask)

    def peak_memory(self, source: VariableSource, settings: GaussianSettings) -> int:
        frame = math.prod(source.shape[-3:]) * source.variable.length("c")
        frames = min(
            settings.group or MAX_FRAMES, source.shape[0] if "t" in source.variable.axes else 1
        )
        copies = WORKING_COPIES + (PAPER_COPIES if settings.preset == "paper" else 0)
        return (1 << 27) + 4 * frame * (copies + 2 * frames)

    def default_budget(self, settings: GaussianSettings) -> Budget:
        return Budget(ratio=100)


def check_placed(
    centres: NDArray[np.float64], covariances: NDArray[np.float64], grid: Grid
) -> None:
    """Refuse Gaussians far outside the volume, or with extreme scales.

    Raises
    ------
    InputError
        A centre or scale is out of range.
    """
    inside = (centres > -MAX_DISTANCE) & (centres < np.array(grid.shape) + MAX_DISTANCE)
    if not inside.all():
        raise InputError(
            f"Expected centres within {MAX_DISTANCE} voxels of the volume. Got "
            f"{np.count_nonzero(~inside.all(1))} others: remove them, or check the unit of length."
        )
    squares = covariances[:, [0, 1, 2], [0, 1, 2]]
    sized = (squares > MIN_EDITED_SCALE**2) & (squares < MAX_DISTANCE**2)
    if not sized.all():
        raise InputError(
            f"Expected scales of {MIN_EDITED_SCALE} to {MAX_DISTANCE} voxels. Got "
            f"{np.count_nonzero(~sized.all(1))} others: remove them, or check the unit of length."
        )


def check(source: VariableSource, settings: GaussianSettings) -> None:
    """Validate the settings, and that the volume is 3D.

    Raises
    ------
    InputError
        A setting is out of range, or the volume is a 2D image.
    """
    for name in ("steps", "group", "learning_rate", "edge_boost", "neighbours"):
        value = getattr(settings, name)
        if value is not None and not value > 0:
            raise InputError(f"Expected a positive {name}. Got {value} instead.")
    for name in ("sparsity", "gate"):
        value = getattr(settings, name)
        if value is not None and value < 0:
            raise InputError(f"Expected a {name} of at least 0. Got {value} instead.")
    if min(source.shape[-3:]) < 2:
        raise InputError(
            f"Expected a volume of at least two voxels along each axis. Got the 2D image of shape "
            f"{source.shape[-3:]}: gaussian fits 3D Gaussians; an image codec serves it better."
        )


def _read(source: VariableSource, frames: range) -> Iterator[Volume]:
    """Yield frames as (channels, z, y, x), normalised to 0..1."""
    space = tuple(slice(0, n) for n in source.shape[-3:])
    for t in frames:
        lead: list[slice] = []
        for axis, n in zip(source.variable.axes, source.shape[:-3], strict=False):
            lead.append(slice(t, t + 1) if axis == "t" else slice(0, n))
        values = source.read_normalised((*lead, *space))
        yield values.reshape(-1, *source.shape[-3:])


def _order(volume: Volume) -> int:
    """Return the order of the background that pays off, from the first channel."""
    found = background.coefficients(volume[0], None)
    return next(k for k in range(3) if len(background.powers(k)) == len(found))


def _group(source: VariableSource, frames: int) -> int:
    """Return the number of frames per group; 1 if frames differ too much to share Gaussians."""
    if frames == 1:
        return 1
    size, first = min(MAX_FRAMES, frames), None
    for t, volume in enumerate(_read(source, range(frames))):
        if first is None or t % size == 0:
            first = volume
            energy = float(np.square(first - np.median(first), dtype=np.float64).sum())
        elif np.square(volume - first, dtype=np.float64).sum() > MAX_DIFFERENCE * energy:
            return 1
    return size


def _error(source: VariableSource, budget: Budget) -> float | None:
    """Return the target mean squared error, of values 0 to 1; None if neither a PSNR nor a bound is
    given."""
    if budget.psnr is not None:
        return float(10 ** (-budget.psnr / 10))
    bound = budget.bound(source.span)
    if bound is not None and source.span > 0:
        return float((bound / source.span / BOUND_TO_RMS) ** 2)
    return None


def _sharing_pays(target: Volume, limit: int | None) -> bool:
    """Return whether shared Gaussians for all channels reduce the error in fewer bytes.

    For both options, as many Gaussians are born as fit into the bytes.
    """
    channels = len(target)
    room = limit or target.size // 50
    kinds = (
        [(-target, FIRST_BYTES + (channels - 1) * CHANNEL_BYTES)],
        [(-target[c : c + 1], FIRST_BYTES) for c in range(channels)],
    )
    gains, costs = [], []
    for kind in kinds:
        counts = [max(int(room / cost), 1) for _, cost in kind]
        born = [births(part, n, None)[1] for (part, _), n in zip(kind, counts, strict=True)]
        gains.append(np.cumsum(np.sort(np.concatenate(born))[::-1][: counts[0]]))
        costs.append(kind[0][1])
    wanted = COMPARED_SHARE * min(g[-1] if g.size else 0.0 for g in gains)
    together, separate = (c * np.searchsorted(g, wanted) for g, c in zip(gains, costs, strict=True))
    return bool(together <= separate)


def _split(target: Volume, parts: list[list[int]], limit: int | None) -> list[int | None]:
    """Divide the bytes among the parts by their number of the most useful births."""
    if limit is None or len(parts) == 1:
        return [limit] * len(parts)
    wanted = max(int(limit / FIRST_BYTES), 1)
    gains = [births(-target[part], wanted, None)[1] for part in parts]
    top = np.sort(np.concatenate(gains))[::-1][:wanted]
    min_gain = top[-1] if top.size else 0.0
    counts = np.array([max(int((g >= min_gain).sum()), 1) for g in gains])
    return [int(limit * n / counts.sum()) for n in counts]
