"""Encoder: codes all images with one quantiser step, and searches the step of a budget."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vcore.collections.methods.base import ImageSource
from vcore.collections.methods.views.colour import COLOURS, PLAIN, REVERSIBLE, fitted
from vcore.collections.methods.views.decoder import (
    SECTION,
    Decoded,
    DecodedImages,
    Scene,
    Stream,
    number_of,
    pairs_of,
    sources_of,
)
from vcore.collections.methods.views.hierarchy import Hierarchy
from vcore.collections.methods.views.image import Image, errors_of
from vcore.collections.methods.views.settings import MAX_STEP, VERSION, ViewsSettings
from vcore.container.varint import pack_number
from vcore.errors import BudgetError
from vcore.methods.base import Sink
from vcore.model.budget import Budget
from vcore.model.context import Context
from vcore.runtime.executor import run_all

SAMPLE = 12
"""Images from which the colour transform is fitted."""
MAX_PASSES = 8
NEAR_BYTES, NEAR_PSNR = 0.985, 0.1
"""Share of the bytes, and excess over the PSNR in dB, from which a pass is accepted."""
START_STEP = 16 * 24
FALL, SLOPE = 1.2, 5.0
"""Assumed fall of the logarithm of the bytes, and of the PSNR in dB, as the logarithm of the step
grows by 1; used until two passes tell."""
EXACT_PSNR = 90.0


@dataclass
class Pass:
    """Result of coding all images with one step: streams, bytes and PSNR."""

    step: int
    streams: dict[int, Stream] = field(default_factory=dict)
    size: int = 0
    psnr: float = math.inf


class Encoder:
    """Encoder of one channel.

    Parameters
    ----------
    source, settings, context, sink
        As in ``ImageMethod.encode``.
    """

    def __init__(
        self, source: ImageSource, settings: ViewsSettings, context: Context, sink: Sink
    ) -> None:
        self._source, self._settings = source, settings
        self._context, self._sink = context, sink
        self._hierarchy = Hierarchy(source, settings.group)
        self._axes: dict[int, tuple[int, ...]] = {}
        self._passes = 0
        self._alpha = self._constant_alpha()
        chosen = source.order[:: max(1, len(source.order) // SAMPLE)]
        images = [source.read(int(flat)) for flat in chosen]
        corners = np.stack([image[0, 0] for image in images])
        self._fill = [int(v) for v in np.median(corners, axis=0)]
        self._transform: Any = list(fitted(images))

    def run(self, budget: Budget) -> dict[str, Any]:
        """Code within a budget; return the state of the header.

        Raises
        ------
        BudgetError
            The budget is too small.
        """
        if budget.max_error is not None:
            bound = int(budget.max_error)
            self._transform = PLAIN if bound else REVERSIBLE
            return self._kept(self._coded(2 * bound + 1))
        if self._settings.step is not None:
            return self._kept(self._coded(self._settings.step))
        if budget.bytes is not None:
            return self._kept(self._for_bytes(int(budget.bytes)))
        return self._kept(self._for_psnr(budget.psnr or 40.0))

    def _constant_alpha(self) -> int | None:
        """Return the alpha of all pixels of all images, None if it varies or there is none."""
        if self._source.channel.components == COLOURS:
            return None
        found: set[int] = set()
        for done, flat in enumerate(self._source.order):
            self._context.report("scanning", done / len(self._source.order))
            alpha = self._source.read(int(flat))[..., COLOURS]
            found |= {int(alpha.min()), int(alpha.max())}
            if len(found) > 1:
                return None
        return found.pop()

    def _state(self, step: int) -> dict[str, Any]:
        components = self._source.channel.components - (self._alpha is not None)
        state: dict[str, Any] = {
            "version": VERSION,
            "step": step,
            "colour": self._transform,
            "fill": self._fill[:components],
        }
        return state if self._alpha is None else {**state, "alpha": self._alpha}

    def _kept(self, found: Pass) -> dict[str, Any]:
        """Store the streams of a pass."""
        self._sink.add(0, SECTION, self._units(found.streams))
        return self._state(found.step)

    def _units(self, streams: Mapping[int, Stream]) -> list[bytes]:
        axes, units = len(self._source.parameters), []
        for images in self._hierarchy.groups:
            some = [streams[flat] for flat in images]
            numbers = [pack_number(number_of(s, axes)) for s in some]
            units.append(b"".join([*numbers, *(s.data for s in some)]))
        return units

    def _coded(self, step: int) -> Pass:
        """Code all images."""
        self._passes += 1
        scene = Scene.of(self._source, self._settings, self._state(step))
        run = _Run(self._source, scene, self._axes)
        done, label = 0, f"coding, pass {self._passes}"
        for images in self._hierarchy.groups:
            by_depth: dict[int, list[int]] = {}
            for flat in images:
                by_depth.setdefault(self._hierarchy.depth(flat), []).append(flat)
            for _, some in sorted(by_depth.items()):
                run_all(run.images.image, some)
                done += len(some)
                self._context.report(label, done / len(self._source.order))
        result = Pass(step, run.streams)
        self._sink.add(0, SECTION, self._units(run.streams))
        result.size = self._sink.bytes
        pixels = math.prod(self._source.size) * len(run.errors) * COLOURS
        mse = sum(run.errors.values()) / pixels
        result.psnr = 10 * math.log10(255**2 / mse) if mse else math.inf
        return result

    def _for_bytes(self, limit: int) -> Pass:
        """Return a pass of at most ``limit`` bytes, near it."""
        fit: Pass | None = None
        seen: list[Pass] = []
        aim, step = math.log(limit * (1 + NEAR_BYTES) / 2), START_STEP
        for _ in range(MAX_PASSES):
            found = self._coded(step)
            seen.append(found)
            if found.size <= limit and (fit is None or found.size > fit.size):
                fit = found
            if NEAR_BYTES * limit <= found.size <= limit or (found.size <= limit and step == 1):
                break
            if found.size > limit and step == MAX_STEP:
                break
            following = _next_step([(p.step, math.log(p.size)) for p in seen], aim, FALL)
            if following in {p.step for p in seen}:
                break
            step = following
        if fit is None:
            found = min(seen, key=lambda p: p.size)
            while found.size > limit and found.step < MAX_STEP:
                found = self._coded(min(found.step * 5 // 4 + 1, MAX_STEP))
            if found.size > limit:
                raise BudgetError(
                    f"Expected at least {found.size} bytes for views. Got a budget of {limit}: "
                    f"allow more.",
                    found.size,
                )
            fit = found
        return fit

    def _for_psnr(self, psnr: float) -> Pass:
        """Return a pass of at least ``psnr`` dB, near it; lossless if no other reaches it."""
        fit: Pass | None = None
        seen: list[Pass] = []
        step = min(max(int(START_STEP * math.exp((38 - psnr) / SLOPE)), 1), MAX_STEP)
        for _ in range(MAX_PASSES):
            if psnr > EXACT_PSNR:
                break
            found = self._coded(step)
            seen.append(found)
            if found.psnr >= psnr and (fit is None or found.size < fit.size):
                fit = found
            if psnr <= found.psnr <= psnr + NEAR_PSNR or (found.psnr > psnr and step == MAX_STEP):
                break
            levels = [(p.step, min(p.psnr, 2 * EXACT_PSNR)) for p in seen]
            following = _next_step(levels, psnr + NEAR_PSNR / 2, SLOPE)
            if following in {p.step for p in seen}:
                break
            step = following
        if fit is None:
            self._transform = REVERSIBLE
            fit = self._coded(1)
        return fit


def _next_step(seen: list[tuple[int, float]], aim: float, fall: float) -> int:
    """Return the step at which a figure that falls with the logarithm of the step meets ``aim``."""
    above = [(math.log(s), v) for s, v in seen if v > aim]
    below = [(math.log(s), v) for s, v in seen if v <= aim]
    if above and below:
        (a, high), (b, low) = max(above), min(below)
        share = (high - aim) / max(high - low, 1e-9)
        step = math.exp(a + min(max(share, 0.03), 0.97) * (b - a))
    else:
        logs = [(math.log(s), v) for s, v in seen]
        if len(logs) > 1 and logs[-1][0] != logs[-2][0]:
            slope = -(logs[-1][1] - logs[-2][1]) / (logs[-1][0] - logs[-2][0])
            fall = min(max(slope, fall / 4), 2 * fall)
        change = (logs[-1][1] - aim) / fall
        step = math.exp(logs[-1][0] + min(max(1.1 * change, -2.5), 2.5))
    return min(max(round(step), 1), MAX_STEP)


class _Run:
    """One pass: codes an image when it is first needed, and decodes it again when it has left the
    cache."""

    def __init__(self, source: ImageSource, scene: Scene, axes: dict[int, tuple[int, ...]]) -> None:
        self._source, self._scene, self._axes = source, scene, axes
        self.streams: dict[int, Stream] = {}
        self.errors: dict[int, int] = {}
        self._touched: dict[int, frozenset[int]] = {}
        self.images = DecodedImages(scene.coder, self._image)

    def _image(self, flat: int) -> Decoded:
        if flat in self.streams:
            return self._scene.decoded(flat, self.streams[flat], self.images)
        original, hierarchy = self._source.read(flat), self._scene.hierarchy
        axes = self._axes.get(flat)
        if axes is None:
            axes = self._axes[flat] = self._ordered_axes(flat, original)
        pairs = pairs_of(hierarchy, flat, axes)
        state, neighbours = self._scene.context(flat, pairs, self.images)
        touched = [self._touched_by([pair.before, pair.after]) for pair in pairs]
        neighbours = [n._replace(touched=touched[n.pair]) for n in neighbours]
        coded = self._scene.coder.encode(original, neighbours, hierarchy.grade(flat), state)
        self.streams[flat] = Stream(tuple(axes[k] for k in coded.pairs), coded.data)
        kept = [pairs[k] for k in coded.pairs]
        self._touched[flat] = self._touched_by(sources_of(hierarchy, flat, kept)) | {flat}
        self.errors[flat] = errors_of(original, coded.image)
        return Decoded(coded.image, state)

    def _touched_by(self, sources: Sequence[int]) -> frozenset[int]:
        """Return the images that are decoded for some, these too."""
        return frozenset().union(*(self._touched[flat] for flat in sources))

    def _ordered_axes(self, flat: int, original: Image) -> tuple[int, ...]:
        """Return the numbers of the parameters along which an image has pairs, first the one that
        predicts it best."""
        from vcore.collections.methods.views.motion_choice import IMAGE_SHARE

        axes = [n for n, pair in enumerate(self._scene.hierarchy.pairs(flat)) if pair]
        if len(axes) < 2:
            return tuple(axes)
        found = []
        for axis in axes:
            pairs = pairs_of(self._scene.hierarchy, flat, [axis])
            _, neighbours = self._scene.context(flat, pairs, self.images)
            touched = self._touched_by([pairs[0].before, pairs[0].after])
            error = self._scene.coder.mismatch(original, neighbours[0])
            found.append((error * (1 + IMAGE_SHARE * len(touched)), axis))
        best = min(found)[1]
        return (best, *(axis for axis in axes if axis != best))
