"""Quality figures of a decoded variable against its original, by slab: of all of it, of each
channel, and of each frame."""

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, field
from math import inf, isnan
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.container.header import VariableHeader
from vcore.engine.channels import channel_of
from vcore.engine.layers.stabilised import NoiseQuantiser
from vcore.engine.levels import LevelsDecoder
from vcore.engine.matching import matched
from vcore.engine.views import decoded_volume
from vcore.metrics.errors import ErrorStatistics, psnr
from vcore.metrics.noise import NoiseStatistics
from vcore.metrics.robust import Foreground
from vcore.model.context import Progress, ignore_progress
from vcore.model.regions import Region
from vcore.model.volume import Variable
from vcore.noise.detector import Detector

Observer = Callable[[NDArray[Any], NDArray[Any], NDArray[np.bool_] | None], None]
FIGURES = ("psnr", "robust_psnr", "mse", "max_error")
"""Figures of a channel and of a frame."""


def foregrounds_of(variable: Variable) -> list[Foreground]:
    """Return the foreground of each channel; of the only one without an axis of channels."""
    if "c" not in variable.axes:
        return [Foreground.of(variable)]
    return [Foreground.of(channel_of(variable, c)) for c in range(variable.length("c"))]


def compare_variable(
    original: Variable,
    decoder: LevelsDecoder,
    *,
    frame: int | None = None,
    foreground: float | None = None,
    robust: Sequence[Foreground] | None = None,
    detectors: Sequence[Detector | None] = (),
    progress: Progress = ignore_progress,
    observe: Observer | None = None,
) -> dict[str, Any]:
    """Return psnr, mse, max_error, bias, decode_seconds, decode_mvox_s over the present voxels.

    Both variables are read by slab; ``frame`` selects one of several frames. With ``foreground``,
    the PSNR of the voxels above that value is included; for a variable with a noise budget, or with
    ``detectors``, one for each channel, also ``noise`` (``NoiseStatistics.figures``). ``observe``
    is called with the original and decoded values of each slab and the mask of missing values (None
    if there are none).

    Several channels have a list of their figures, ``channels``. With ``robust``, the foregrounds of
    ``foregrounds_of(original)``, there are also ``robust_psnr`` and ``robust_range``, and for
    several frames the list ``frames``. The figures of a variable with several channels are those of
    the worst channel: the lowest ``robust_psnr``, its ``robust_range``, the noisiest ``noise``, and
    if channels are coded apart, the lowest ``psnr``.

    Raises
    ------
    InputError
        The shapes differ.
    """
    original, found = matched(original, decoded_volume([decoder], "").variables[0], frame)
    parts = _Parts(original, decoder.header, foreground, robust, detectors)
    # load compiled code before timing, in a copy that keeps what it decodes
    copy(decoder).decode((slice(0, 1),) * len(decoder.header.shape))
    seconds = 0.0
    slabs = list(original.slabs(decoder.chunks[0][-1]))
    for number, region in enumerate(slabs):
        progress("checking", number / len(slabs))
        values = original.read(region)
        began = perf_counter()
        decoded = found.read(region)
        seconds += perf_counter() - began
        missing = original.missing(values)
        if observe is not None:
            observe(values, decoded, missing)
        parts.add(region, values, decoded, missing)
    figures = parts.figures()
    figures["decode_seconds"] = seconds
    figures["decode_mvox_s"] = original.size / max(seconds, 1e-9) / 1e6
    return figures


@dataclass
class _Parts:
    """Statistics of each frame of each channel, and of the noise of each channel."""

    original: Variable
    header: VariableHeader
    foreground: float | None
    robust: Sequence[Foreground] | None
    detectors: Sequence[Detector | None]
    errors: dict[tuple[int, int], ErrorStatistics] = field(default_factory=dict)
    noise: dict[int, NoiseStatistics] = field(default_factory=dict)

    def add(
        self,
        region: Region,
        values: NDArray[Any],
        decoded: NDArray[Any],
        missing: NDArray[np.bool_] | None,
    ) -> None:
        t, c = (self._place(region, axis) for axis in "tc")
        if (t, c) not in self.errors:
            robust = None if self.robust is None else self.robust[c]
            self.errors[t, c] = ErrorStatistics(self.foreground, robust)
        self.errors[t, c].add(values, decoded, missing)
        if c not in self.noise and (detector := self._detector(c)) is not None:
            self.noise[c] = NoiseStatistics(detector, self._header(c).range)
        if c in self.noise:
            self.noise[c].add(values, decoded, missing)

    def _header(self, c: int) -> VariableHeader:
        return self.header.channels[c] if self.header.channels else self.header

    def _detector(self, c: int) -> Detector | None:
        header = self._header(c)
        if header.noise is not None:
            return NoiseQuantiser.from_json(header.noise, header.range).detector
        return self.detectors[c] if c < len(self.detectors) else None

    def _place(self, region: Region, axis: str) -> int:
        axes = self.original.axes
        return region[axes.index(axis)].start if axis in axes else 0  # a slab has one of each

    def _of(self, *, t: int | None = None, c: int | None = None) -> ErrorStatistics:
        chosen = [e for (i, j), e in self.errors.items() if t in (None, i) and c in (None, j)]
        found = ErrorStatistics(self.foreground, chosen[0].robust)
        for errors in chosen:
            found.include(errors)
        return found

    def figures(self) -> dict[str, Any]:
        whole = self._of()
        figures: dict[str, Any] = {
            name: getattr(whole, name) for name in ("psnr", "mse", "max_error", "bias")
        }
        channels = [self._of(c=c) for c in range(self.original.length("c"))]
        if self.header.channels:
            figures["psnr"] = min((errors.psnr for errors in channels), key=_order)
        if self.foreground is not None:
            figures["foreground_psnr"] = whole.foreground_psnr
        noise = [self.noise[c].figures() for c in sorted(self.noise)]
        if noise:
            figures["noise"] = max(noise, key=lambda some: some["sigmas"])
        if len(channels) > 1:
            figures["channels"] = [self._channel(c, errors) for c, errors in enumerate(channels)]
        if self.robust is None:
            return figures
        worst = min(range(len(channels)), key=lambda c: _order(channels[c].robust_psnr))
        figures["robust_psnr"] = channels[worst].robust_psnr
        figures["robust_range"] = [self.robust[worst].low, self.robust[worst].high]
        if self.original.length("t") > 1:
            figures["frames"] = [
                self._frame(t, len(channels), whole.data_range)
                for t in range(self.original.length("t"))
            ]
        return figures

    def _channel(self, c: int, errors: ErrorStatistics) -> dict[str, Any]:
        found: dict[str, Any] = {n: getattr(errors, n) for n in ("psnr", "mse", "max_error")}
        if c < len(self.header.components):
            found["name"] = self.header.components[c]
        if self.robust is not None:
            found["robust_psnr"] = errors.robust_psnr
            found["robust_range"] = [self.robust[c].low, self.robust[c].high]
        if c in self.noise:
            found["noise"] = self.noise[c].figures()
        return found

    def _frame(self, t: int, channels: int, span: float) -> dict[str, float]:
        errors = self._of(t=t)
        parts = [self._of(t=t, c=c).robust_psnr for c in range(channels)]
        return {
            "psnr": psnr(span, errors.mse),
            "robust_psnr": min(parts, key=_order),
            "mse": errors.mse,
            "max_error": errors.max_error,
        }


def _order(decibels: float) -> float:
    return inf if isnan(decibels) else decibels
