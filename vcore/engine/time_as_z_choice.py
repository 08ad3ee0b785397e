"""Whether the frames of a movie take fewer bytes as slices along z: trials on samples."""

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from vcore.container import Writer
from vcore.engine.decoder import VariableDecoder
from vcore.engine.measure import compare_variable, foregrounds_of
from vcore.engine.plans import Plan
from vcore.engine.time_as_z import coded_source
from vcore.engine.variable import Coded, describe, encode_variable, fit
from vcore.errors import BudgetError, MemoryLimitError
from vcore.methods.base import Sink
from vcore.methods.source import VariableSource
from vcore.model.budget import Budget
from vcore.model.context import Context
from vcore.model.regions import Region, blocks
from vcore.noise import detector_of

METHODS = ("wavelet", "bounded")
"""Methods that code volumes along z, and fast enough for trials."""
MIN_SAVED = 0.05
"""Minimum share of the bytes to be saved: less does not justify decoding 64 frames to show one."""
MIN_FRAMES = 4
FRAMES, SIDE = 64, 96
"""Frames of a sample, and its side in pixels."""
CANDIDATES = 16
"""Maximum number of places whose activity is compared."""
SAMPLES = 2
"""Maximum number of samples: the most active one, and one of median activity."""


def can_be_z(source: VariableSource, method: str) -> bool:
    """Return whether a variable is a movie that a method can code along z."""
    variable = source.variable
    is_movie = variable.flat and variable.length("t") >= MIN_FRAMES and source.span > 0
    return is_movie and "t" in variable.source_axes and method in METHODS


def as_coded(
    source: VariableSource, plan: Plan, forced: bool | None, context: Context, notes: list[str]
) -> VariableSource:
    """Return the source, its frames as slices along z where that is smaller or ``forced``; then
    add a note."""
    if not can_be_z(source, plan.method.name) or forced is False:
        return source
    name, coded = source.variable.name, coded_source(source)
    if forced:
        notes.append(f"{name}: its frames are coded as slices along z, as requested.")
        return coded
    saved = saved_share(source, plan, context)
    if saved < MIN_SAVED:
        return source
    notes.append(
        f"{name}: its frames are coded as slices along z: {100 * saved:.0f} % fewer bytes on a "
        f"sample."
    )
    return coded


def saved_share(source: VariableSource, plan: Plan, context: Context) -> float:
    """Return the share of the bytes of samples that coding along z saves at the same error; 0 if
    the budget cannot be met on them."""
    quiet = replace(context, progress=lambda _stage, done: context.progress("choosing", done))
    frames, slices = 0, 0
    for sample in _samples(source):
        try:
            asked, usual = _target(source, sample, plan, quiet)
            if usual is None:
                usual, _ = _encoded(sample, plan, asked, quiet)
            frames += usual
            slices += _encoded(coded_source(sample), plan, asked, quiet)[0]
        except (BudgetError, MemoryLimitError):
            return 0.0
    return 1 - slices / frames if frames else 0.0


def _samples(source: VariableSource) -> Iterator[VariableSource]:
    """Yield parts of the movie, of successive frames in the middle of it."""
    variable = source.variable
    count = variable.length("t")
    first = max((count - FRAMES) // 2, 0)
    rest = [slice(0, 1) for _ in variable.shape[1:-2]]
    plane = variable.shape[-2:]
    places = list(blocks(plane, [min(SIDE, n) for n in plane]))
    # an edge may be narrow
    whole = [tuple(slice(max(s.stop - SIDE, 0), s.stop) for s in place) for place in places]
    if len(whole) > CANDIDATES:
        whole = [whole[i] for i in np.linspace(0, len(whole) - 1, CANDIDATES).astype(int)]
    middle = slice(first + min(FRAMES, count) // 2, first + min(FRAMES, count) // 2 + 1)
    activity = [float(np.std(source.read((middle, *rest, *place)))) for place in whole]
    order = np.argsort(activity)[::-1]
    for number in list(dict.fromkeys([int(order[0]), int(order[len(order) // 2])]))[:SAMPLES]:
        box = (slice(first, min(first + FRAMES, count)), *rest, *whole[number])
        if (found := _part(source, box)).span > 0:
            yield found


def _part(source: VariableSource, box: Region) -> VariableSource:
    variable = source.variable
    values = variable.read(box)
    missing = variable.missing(values)
    present = values if missing is None else values[~missing]
    limits = (present.min().item(), present.max().item()) if present.size else (0, 0)
    part = replace(
        variable, data=values, components=() if "c" in variable.axes else variable.components
    )
    grid = replace(source.grid.cropped(box[-3:]), times=None, time_unit="")
    return VariableSource(part, grid, limits, missing is not None, not present.size)


def _target(
    source: VariableSource, sample: VariableSource, plan: Plan, context: Context
) -> tuple[Budget, int | None]:
    """Return the error that the plan's budget means on a sample, and the bytes of its frames if
    these were needed to find out.

    Of a budget of bytes, it is that of the frames in the sample's share of it.
    """
    inside = foregrounds_of(source.variable) if plan.budget.has_psnr else []
    budget = plan.budget.plain(max((f.advantage(source.span) for f in inside), default=0.0))
    if budget.noise_sigma is not None:
        found = detector_of(source, context, **budget.detector())
        asked: dict[str, Any] = {"gain": found.gain or None, "read_noise": found.read_noise}
        return Budget(noise_sigma=budget.noise_sigma, offset=found.offset, **asked), None
    bound, psnr = budget.bound(source.span), None
    if budget.psnr is not None:
        psnr = max(budget.psnr + 20 * math.log10(sample.span / source.span), 1.0)
    limit = plan.limit_bytes
    if limit is None:
        return Budget(max_error=bound, psnr=psnr), None
    share = Budget(bytes=max(int(limit / plan.size * sample.variable.size), 1))
    usual, reached = _encoded(sample, plan, share, context)
    return (Budget(psnr=reached) if math.isfinite(reached) else Budget(max_error=0)), usual


def _encoded(
    sample: VariableSource, plan: Plan, budget: Budget, context: Context
) -> tuple[int, float]:
    """Return the bytes of the sections of a sample, and its PSNR if the budget is in bytes."""

    def code(coded: VariableSource, asked: Budget) -> Coded:
        achieved = fit(plan.method, coded, asked, plan.settings, context, sink)
        return describe(coded, plan.method.name, achieved), plan.method, asked

    with Writer(None) as writer:
        sink = Sink(writer, 0)
        header = encode_variable(
            sample, plan.method, budget, sink, lambda: writer.reader(0), context, code
        )
        if budget.bytes is None:
            return sink.bytes, math.nan
        decoder = VariableDecoder(header, sample.grid, writer.reader(0))
        return sink.bytes, compare_variable(sample.variable, decoder)["psnr"]
