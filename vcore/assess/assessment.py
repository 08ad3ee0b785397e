"""Assessment of a compressed dataset against its original, variable by variable."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore import metrics
from vcore._version import __version__
from vcore.assess.losses import LAGS, LossStatistics
from vcore.assess.spectrum import power_spectrum
from vcore.container.header import VariableHeader
from vcore.dataset import Dataset
from vcore.engine.levels import LevelsDecoder
from vcore.engine.matching import matched
from vcore.engine.measure import foregrounds_of
from vcore.engine.views import decoded_volume
from vcore.errors import InputError, MissingExtraError
from vcore.evaluate.compare import similarity, variable_for, worst
from vcore.io import read
from vcore.model.context import Progress, ignore_progress
from vcore.model.grid import Grid
from vcore.model.regions import whole
from vcore.model.threshold import thresholded
from vcore.model.volume import Variable


@dataclass
class Assessed:
    """A variable before and after, and what was measured.

    Attributes
    ----------
    original, decoded
        Variables of one shape and the same axes.
    grid
        Grid of the dataset.
    space
        Anatomical space of the grid, see ``vcore.model.anatomy.ends``.
    figures
        JSON object, as ``assess`` returns it in ``variables``.
    worst
        Index of the voxel with the largest error.
    """

    original: Variable
    decoded: Variable
    grid: Grid
    space: object = ""
    figures: dict[str, Any] = field(default_factory=dict)
    worst: tuple[int, ...] = ()

    def planes(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the y x plane through the worst voxel before and after, missing values as NaN."""
        region = (*(slice(i, i + 1) for i in self.worst[:-2]), *whole(self.original.shape[-2:]))
        before, after = self.original.read(region), self.decoded.read(region)
        missing = self.original.missing(before)
        images = [values.astype(np.float64) for values in (before, after)]
        for image in images:
            image[~np.isfinite(image)] = math.nan
            if missing is not None:
                image[missing] = math.nan
        first, second = (image.reshape(self.original.shape[-2:]) for image in images)
        return first, second


def assess(
    original: Any,
    dataset: Dataset,
    variables: Sequence[str] | None = None,
    *,
    frame: int | None = None,
    progress: Progress = ignore_progress,
) -> tuple[dict[str, Any], list[Assessed]]:
    """Measure what a compression lost, reading both sides once for figures and once for SSIM.

    Parameters
    ----------
    original
        The original volume, as accepted by ``vcore.read``.
    variables
        Names of the variables; all by default.
    frame
        Frame index, if one of the two is a series and the other a single step of it.

    Returns
    -------
    dict
        JSON object: ``file``, ``bytes``, ``ratio``, ``bpv``, ``encoder``, ``threshold`` and a list
        ``variables``, each with ``name``, ``unit``, ``dtype``, ``shape``, ``method``,
        ``guarantee``, ``figures`` (nrmse, robust_psnr, psnr, ssim, pearson, max_error, bias,
        gradient_error, relative_error quantiles), the same by frame and by channel, ``histogram``,
        ``autocorrelation`` and ``spectrum``. PSNR and NRMSE of a frame or channel relate to its own
        range; of a variable whose channels are coded apart, they are those of the worst channel.
    list of Assessed
        For pictures.

    Raises
    ------
    InputError
        The shapes differ, or there is no such variable.
    """
    volume = read(original)
    if dataset.threshold is not None:
        volume = thresholded(volume, dataset.threshold)
    names = list(dataset.variables) if variables is None else list(variables)
    found = []
    for number, name in enumerate(names):

        def share(stage: str, done: float, number: int = number) -> None:
            progress(stage, (number + done) / len(names))

        decoder = dataset.decoder(name)
        pair = matched(
            variable_for(volume, decoder), decoded_volume([decoder], "").variables[0], frame
        )
        space = dataset.grid_attributes(decoder.header.grid_number).get("space")
        found.append(_assessed(Assessed(*pair, decoder.grid, space), decoder, share))
    info = dataset.info
    whole_file = {name: info[name] for name in ("file", "bytes", "ratio", "bpv", "encoder")}
    return whole_file | {
        "original": volume.source,
        "vcore": __version__,
        "threshold": dataset.threshold,
        "variables": [assessed.figures for assessed in found],
    }, found


def _assessed(assessed: Assessed, decoder: LevelsDecoder, progress: Progress) -> Assessed:
    parts = _measured(assessed, decoder, progress)
    original, header = assessed.original, decoder.header
    total, channels = _sum(parts.values()), _by(original, "c", parts, original.components)
    figures = _figures(original, parts)
    if header.channels:  # each has its own range: as in the file, the worst one counts
        least = min(channels, key=lambda row: math.inf if math.isnan(row["psnr"]) else row["psnr"])
        figures |= {name: least[name] for name in ("psnr", "nrmse")}
    assessed.figures = {
        "name": header.name,
        "unit": header.unit,
        "dtype": np.dtype(header.dtype).name,
        "shape": list(original.source_shape),
        "axes": list(original.source_axes),
        "method": header.methods,
        "guarantee": dict(header.bound) if header.bound else None,
        "noise": dict(header.noise) if header.noise else None,
        "figures": figures | {"ssim": _ssim(assessed, header, progress)},
        "frames": _by(original, "t", parts, _frame_names(assessed)),
        "channels": channels,
        "worst_voxel": dict(zip(original.axes, assessed.worst, strict=True)),
        "histogram": {
            "edges": total.histogram.edges.tolist(),
            "counts": total.histogram.counts.tolist(),
        },
        "autocorrelation": {"lags": list(LAGS)} | total.autocorrelation,
        "spectrum": power_spectrum(original, assessed.decoded, assessed.grid),
    }
    return assessed


def _measured(
    assessed: Assessed, decoder: LevelsDecoder, progress: Progress
) -> dict[tuple[int, ...], LossStatistics]:
    """Return the statistics of each frame and channel; store the worst voxel."""
    original, decoded = assessed.original, assessed.decoded
    low, high = decoder.header.range
    foregrounds = foregrounds_of(original)
    parts: dict[tuple[int, ...], LossStatistics] = {}
    slabs = list(original.slabs(decoder.chunks[0][-1]))
    largest = -1.0
    for number, region in enumerate(slabs):
        progress("comparing", number / len(slabs))
        shape = [s.stop - s.start for s in region[-3:]]
        before, after = original.read(region).reshape(shape), decoded.read(region).reshape(shape)
        missing = original.missing(before)
        index = tuple(s.start for s in region[:-3])
        if index not in parts:
            robust = foregrounds[_channel(original, index)]
            centre = (float(low) + float(high)) / 2
            parts[index] = LossStatistics(centre, assessed.grid.spacing, robust)
        parts[index].add(before, after, missing)
        error = np.abs(after.astype(np.float64) - before)
        if missing is not None:
            error[missing] = 0
        here = float(np.nanmax(error, initial=0.0))
        if here > largest:
            largest = here
            place = np.unravel_index(int(np.nanargmax(error)), shape) if here else (0, 0, 0)
            inside = (int(s.start + i) for s, i in zip(region[-3:], place, strict=True))
            assessed.worst = (*index, *inside)
    if largest == 0:  # without errors, the middle is as bad as any other
        assessed.worst = tuple(n // 2 for n in original.shape)
    return parts


def _sum(parts: Iterable[LossStatistics]) -> LossStatistics:
    first, *others = parts
    total = LossStatistics(first.centre, first.spacing, first.errors.robust)
    for part in (first, *others):
        total.include(part)
    return total


def _channel(original: Variable, index: tuple[int, ...]) -> int:
    return index[original.axes.index("c")] if "c" in original.axes else 0


def _figures(original: Variable, parts: dict[tuple[int, ...], LossStatistics]) -> dict[str, Any]:
    """Return the figures of frames and channels together; the robust PSNR is that of the worst
    channel."""
    channels: dict[int, list[LossStatistics]] = {}
    for index, part in parts.items():
        channels.setdefault(_channel(original, index), []).append(part)
    robust = [_sum(found).errors.robust_psnr for found in channels.values()]
    return _sum(parts.values()).figures() | {"robust_psnr": worst(robust)}


def _by(
    original: Variable,
    axis: str,
    parts: dict[tuple[int, ...], LossStatistics],
    names: Sequence[str],
) -> list[dict[str, Any]]:
    """Return the figures along an axis, [] without it."""
    if axis not in original.axes:
        return []
    place = original.axes.index(axis)
    rows = []
    for number in range(original.shape[place]):
        chosen = {index: part for index, part in parts.items() if index[place] == number}
        name = names[number] if names else str(number)
        rows.append({"name": name} | _figures(original, chosen))
    return rows


def _frame_names(assessed: Assessed) -> list[str]:
    times = assessed.grid.times
    if times is None or len(times) != assessed.original.length("t"):
        return []
    return [f"{time:g} {assessed.grid.time_unit}".rstrip() for time in times]


def _ssim(assessed: Assessed, header: VariableHeader, progress: Progress) -> float | None:
    progress("structure", 0.0)
    if any(n < 3 for n in assessed.original.shape[-2:]):
        return None
    try:
        return similarity(assessed.original, assessed.decoded, header, metrics.ssim)
    except (MissingExtraError, InputError):
        return None
