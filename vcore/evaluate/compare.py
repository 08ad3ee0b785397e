"""Error figures of a decoded variable against its original."""

import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from vcore import metrics
from vcore.collections.collection import Collection
from vcore.container.header import VariableHeader
from vcore.dataset import Dataset
from vcore.engine.channels import channel_of
from vcore.engine.levels import LevelsDecoder
from vcore.engine.matching import matched
from vcore.engine.measure import compare_variable, foregrounds_of
from vcore.engine.views import decoded_volume
from vcore.errors import InputError, MissingExtraError
from vcore.evaluate.compare_images import compare_collection
from vcore.io import read
from vcore.io.image_reading import read_images
from vcore.model.context import Progress, ignore_progress
from vcore.model.threshold import thresholded
from vcore.model.volume import Variable, Volume
from vcore.scenes.scene import Scene


def as_json(figures: Any) -> Any:
    """Replace infinity by "inf" and NaN by None, which JSON cannot represent."""
    if isinstance(figures, dict):
        return {name: as_json(value) for name, value in figures.items()}
    if isinstance(figures, list | tuple):
        return [as_json(value) for value in figures]
    if isinstance(figures, float) and not math.isfinite(figures):
        return None if math.isnan(figures) else ("inf" if figures > 0 else "-inf")
    return figures


def compare_dataset(
    original: Volume | Any,
    dataset: Dataset | Collection | Scene,
    variable: str | None = None,
    *,
    frame: int | None = None,
    foreground: str | float | None = None,
    isovalue: float | None = None,
    perceptual: bool = False,
    progress: Progress = ignore_progress,
) -> dict[str, Any]:
    """Compare one variable of a dataset with its original, or a collection of images.

    Parameters
    ----------
    original
        The original volume, as accepted by ``vcore.read``; the threshold applied before compression
        is applied again. Of a collection, images as accepted by ``vcore.read_images``; see
        ``compare_collection`` for its figures.
    variable
        Name of the variable; the first by default.
    frame
        Frame index, if one of the two is a series and the other a single step of it.
    foreground
        Foreground threshold in data units, or "auto" (Otsu); adds ``foreground_psnr``.
    isovalue
        Isovalue in data units; adds ``chamfer_distance`` in the grid's unit, the mean over frames.
    perceptual
        Add ``ms_ssim`` and ``lpips`` (None if its weights are not installed).

    Returns
    -------
    dict
        variable (its name), psnr, robust_psnr, robust_range, ssim (None without SciPy), mse,
        max_error, bias, bytes, ratio, bpv, decode_seconds, decode_mvox_s, threshold, for several of
        them lists of the figures of ``channels`` and ``frames``, and the optional figures asked
        for.

    Raises
    ------
    InputError
        The shapes differ, or there is no such variable.
    """
    if isinstance(dataset, Scene):
        raise InputError(
            f"Expected a volume or images to compare. Got the scene {dataset.identity[0]}: what it "
            f"lost was measured when it was compressed, and its info tells it."
        )
    if isinstance(dataset, Collection):
        given = {"frame": frame, "foreground": foreground, "isovalue": isovalue}
        refuse_for_images(**given, perceptual=perceptual or None)
        return compare_collection(read_images(original), dataset, variable, progress=progress)
    if isovalue is not None and not math.isfinite(isovalue):
        raise InputError(f"Expected a finite isovalue. Got {isovalue} instead.")
    original, decoder = read(original), dataset.decoder(variable)
    if dataset.threshold is not None:
        original = thresholded(original, dataset.threshold)
    source, decoded = matched(
        variable_for(original, decoder), decoded_volume([decoder], "").variables[0], frame
    )
    threshold = _foreground(source, foreground)
    figures = compare_variable(
        variable_for(original, decoder),
        decoder,
        frame=frame,
        foreground=threshold,
        robust=foregrounds_of(source),
        progress=progress,
    )
    info = dataset.info
    figures |= {name: info[name] for name in ("bytes", "ratio", "bpv")}
    figures["threshold"], figures["variable"] = dataset.threshold, decoder.header.name
    if threshold is not None:
        figures["foreground_threshold"] = threshold
    pair = LazyPair(source, decoded)
    progress("structure", 0.0)
    try:
        figures["ssim"] = similarity(source, decoded, decoder.header, metrics.ssim)
        if perceptual:
            figures["ms_ssim"] = similarity(source, decoded, decoder.header, metrics.ms_ssim)
    except MissingExtraError:
        figures["ssim"] = figures["ms_ssim"] = None
    if perceptual:
        figures["lpips"] = metrics.lpips(source.read(), decoded.read(), decoder.header.range)
    if isovalue is not None:
        figures["chamfer_distance"] = pair.chamfer_distance(isovalue, decoder.grid.spacing)
    return figures


def refuse_for_images(**given: Any) -> None:
    """Raise InputError if an argument for volumes, by name, is not None."""
    if found := [name for name, value in given.items() if value is not None]:
        raise InputError(f"Expected no {', '.join(found)} for images: leave it out.")


def similarity(
    original: Variable, decoded: Variable, header: VariableHeader, score: Callable[..., float]
) -> float:
    """Return SSIM or MS-SSIM; of channels coded apart, each with its own range, the lowest."""
    if not header.channels:
        return score(original.data, decoded.data, header.span)
    return worst(
        score(channel_of(original, c).data, channel_of(decoded, c).data, part.span)
        for c, part in enumerate(header.channels)
    )


def worst(scores: Iterable[float]) -> float:
    """Return the lowest score that is defined, NaN if none is."""
    return min((score for score in scores if not math.isnan(score)), default=math.nan)


class LazyPair:
    """Original and decoded arrays, read by region."""

    def __init__(self, original: Variable, decoded: Variable) -> None:
        self.arrays = original.data, decoded.data
        self._variables = original, decoded

    def chamfer_distance(self, isovalue: float, spacing: tuple[float, float, float]) -> float:
        """Return the chamfer distance of the isosurfaces, averaged over frames."""
        original, decoded = self._variables
        distances = []
        for index in np.ndindex(*original.shape[:-3]):
            frame = tuple(slice(i, i + 1) for i in index) + (slice(None),) * 3
            a, b = (v.read(frame).reshape(v.shape[-3:]) for v in (original, decoded))
            distances.append(metrics.chamfer_distance(a, b, isovalue, spacing))
        return float(np.mean(distances))


def variable_for(original: Volume, decoder: LevelsDecoder) -> Variable:
    """Return the original variable with the decoder's name, or the only one."""
    (variable, *others) = original.every
    if others:
        variable = original[decoder.header.name]
    if variable.fill_value is None and decoder.header.fill_value is not None:
        variable = replace(variable, fill_value=decoder.header.fill_value)
    return variable


def _foreground(variable: Variable, asked: str | float | None) -> float | None:
    if asked is None:
        return None
    if asked == "auto":
        return float(metrics.foreground_threshold(variable.data, variable.fill_value))
    try:
        value = float(asked)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(
            f"Expected a foreground threshold in data units, or auto. Got {asked!r} instead."
        )
    return value
