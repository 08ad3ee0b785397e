"""Choice of the compression method: the default, or the best one in trials on samples."""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vcore import methods
from vcore.engine.measure import foregrounds_of
from vcore.engine.scan import scan
from vcore.errors import BudgetError, InputError, MissingExtraError
from vcore.methods.mixins import MadeOfPrimitives
from vcore.methods.source import VariableSource
from vcore.model.budget import Budget
from vcore.model.regions import Region, blocks
from vcore.model.volume import Variable, Volume

if TYPE_CHECKING:
    from vcore.model.context import Context
    from vcore.model.report import Report

DEFAULT_METHOD, BOUND_METHOD = "wavelet", "bounded"
"""Methods used when none is named: for a size or a quality, and for an error bound alone."""
AUTO = "auto"
"""Method name that requests trials."""
SIDE, SERIES_SIDE, FRAMES = 64, 40, 8
"""Sample side in voxels (volume, series) and frames per series sample."""
MAX_CANDIDATE_REGIONS = 48
"""Maximum number of evenly spaced regions whose activity is compared."""
SAMPLES = 2
"""Maximum number of regions that are compressed in trials."""
SECONDS = 60.0
"""Time in seconds after which no further trial starts."""
TRIAL_SECONDS = 20.0
"""Time limit for the training per trial, in seconds."""
HEADER_BYTES = 500
"""Header size of a small file, added to a sample's budget; negligible in a whole volume."""
SPARSE_BPV = 0.05
"""Maximum bits per voxel at which methods made of primitives are tried."""
DENSE_BPV, DENSE_PSNR = 1.0, 50.0
"""Bits per voxel and PSNR in dB from which error-bounded methods are tried for a size or a quality
too."""


@dataclass(frozen=True)
class Choice:
    """Chosen method, and the reason as a sentence."""

    method: str
    reason: str


def default_method(budget: Budget | None) -> str:
    """Return the method used when none is named."""
    alone = budget is not None and budget.is_bound and not budget.has_psnr
    return BOUND_METHOD if alone else DEFAULT_METHOD


def choose(
    volume: Volume,
    budget: Budget | None,
    context: "Context",
    compress: "Callable[..., Report]",
) -> Choice:
    """Return the method with the best results on samples of the first variable.

    Each method suitable for the budget compresses the region of highest activity and one of median
    activity. For a size, the smallest error wins; for a quality or a bound, the fewest bytes.

    Parameters
    ----------
    budget
        As for ``compress``.
    context
        Seed, device and progress callback.
    compress
        ``vcore.compress``.
    """
    candidates = _candidates(volume, budget)
    if len(candidates) == 1:
        return Choice(candidates[0], f"{candidates[0]}, the only method suitable for the budget.")
    samples = list(_samples(volume, budget, context))
    if not samples:
        chosen = default_method(budget)
        return Choice(chosen, f"{chosen}, the default: all values are equal.")
    began, scores = time.monotonic(), dict[str, float]()
    for number, name in enumerate(candidates):
        late = time.monotonic() - began > SECONDS
        share = number / len(candidates)
        score = None if late else _tried(name, samples, _within(context, share), compress)
        if score is not None:
            scores[name] = score
    context.report("choosing", 1.0)
    if not scores:
        chosen = default_method(budget)
        return Choice(chosen, f"{chosen}, the default: no method met the budget in trials.")
    order = sorted(scores, key=lambda name: scores[name])
    return Choice(order[0], _reason(order, scores, samples))


@dataclass(frozen=True)
class _Sample:
    """Part of a volume, and its share of the budget."""

    values: Volume
    budget: Budget


def _limit_bpv(volume: Volume, budget: Budget | None) -> float | None:
    """Return the bits per voxel of the budget; None for a quality or a bound."""
    if budget is None or budget.is_empty:
        return 8 * volume.nbytes / 20 / volume.size
    limit = budget.limit_bytes(volume.nbytes, volume.size)
    return None if limit is None else 8 * limit / volume.size


def _candidates(volume: Volume, budget: Budget | None) -> list[str]:
    """Return the recommended methods suitable for the budget, the default one first."""
    bpv = _limit_bpv(volume, budget)
    psnr = None if budget is None else budget.psnr or budget.robust_psnr
    first = default_method(budget)
    found = [first]
    for name, method in methods.usable().items():
        if name == first or not method.recommended:
            continue
        if isinstance(method, MadeOfPrimitives):
            suits = bpv is not None and bpv <= SPARSE_BPV
        elif budget is not None and budget.is_bound:
            suits = method.exact
        elif method.keeps_bounds:
            suits = (bpv or 0) >= DENSE_BPV or (psnr or 0) >= DENSE_PSNR
        else:
            suits = True
        if suits:
            found.append(name)
    return found


def _places(variable: Variable) -> list[Region]:
    """Return evenly spaced regions of a variable."""
    series = "t" in variable.axes
    side = SERIES_SIDE if series else SIDE
    block = [
        FRAMES if axis == "t" else min(side, n) if axis in "zyx" else 1
        for axis, n in zip(variable.axes, variable.shape, strict=True)
    ]
    found = list(blocks(variable.shape, block))
    if len(found) > MAX_CANDIDATE_REGIONS:
        kept = np.linspace(0, len(found) - 1, MAX_CANDIDATE_REGIONS).astype(int)
        found = [found[i] for i in kept]
    return found


def _samples(volume: Volume, budget: Budget | None, context: "Context") -> Iterator[_Sample]:
    """Yield the samples for trials, with the budget of each."""
    variable = volume.variables[0]
    places = _places(variable)
    parts = [_present(variable, variable.read(region)) for region in places]
    activity = np.array([float(p.std()) * p.size for p in parts])
    order = np.argsort(activity)[::-1]
    active = order[activity[order] > 0]
    wanted = dict.fromkeys([int(active[0]), int(active[len(active) // 2])]) if len(active) else {}
    bpv = _limit_bpv(volume, budget)
    if bpv is None:
        whole = scan(variable, volume.grid, context)[0]
        worst = max(found.advantage(whole.span) for found in foregrounds_of(variable))
    looked_at = sum(math.prod(s.stop - s.start for s in region) for region in places)
    for number in list(wanted)[:SAMPLES]:
        part = _part(volume, variable, places[number])
        if bpv is not None:
            share = activity[number] / activity.sum()
            asked = Budget(bytes=int(bpv / 8 * looked_at * share) + HEADER_BYTES)
        else:
            asked = _absolute((budget or Budget()).plain(worst), whole, part, context)
        yield _Sample(part, asked)


def _present(variable: Variable, values: NDArray[Any]) -> NDArray[np.float64]:
    missing = variable.missing(values)
    present = values[~missing] if missing is not None else values.ravel()
    return present.astype(np.float64) if present.size else np.zeros(1)


def _part(volume: Volume, variable: Variable, region: Region) -> Volume:
    """Return a region as a volume of one variable."""
    grid = replace(volume.grid.cropped(region[-3:]), times=None)
    return Volume(grid, (replace(variable, data=variable.read(region)),))


def _absolute(
    budget: Budget,
    source: VariableSource,
    part: Volume,
    context: "Context",
) -> Budget:
    """Return the sample's budget for the same quality or bound as in the whole volume, ``source``.

    Relative quantities refer to the data range of the whole volume, not of the sample.
    """
    span = source.span or 1.0
    if budget.noise_sigma is not None:
        from vcore.noise import detector_of

        found = detector_of(source, context, **budget.detector())
        if found.gain == 0:
            return Budget(max_error=budget.noise_sigma * found.read_noise)
        return Budget(
            noise_sigma=budget.noise_sigma,
            gain=found.gain,
            offset=found.offset,
            read_noise=found.read_noise,
        )
    if budget.is_bound:
        return Budget(max_error=budget.bound(span))
    own = float(np.ptp(_present(part.variables[0], part.variables[0].read()))) or 1.0
    return Budget(psnr=max((budget.psnr or 0.0) + 20 * math.log10(own / span), 1.0))


def _within(context: "Context", share: float) -> "Context":
    """Return a context for trials, which reports all stages as ``choosing`` at ``share``."""
    context.report("choosing", share)
    return replace(
        context,
        time_limit=TRIAL_SECONDS,
        progress=lambda _stage, _done: context.progress("choosing", share),
        started=context.clock(),
    )


def _tried(
    name: str, samples: list[_Sample], context: "Context", compress: "Callable[..., Report]"
) -> float | None:
    """Return the sum of squared errors or bytes of a method over all samples.

    None if the method cannot meet the budget.
    """
    total = 0.0
    for sample in samples:
        try:
            report = compress(
                sample.values, None, method=name, budget=sample.budget, context=context
            )
        except (BudgetError, InputError, MissingExtraError):
            return None
        by_size = sample.budget.bytes is not None
        total += report.mse * sample.values.variables[0].size if by_size else report.bytes
    return total


def _reason(order: list[str], scores: dict[str, float], samples: list[_Sample]) -> str:
    """Return the reason for choosing the first of ``order``, as a sentence."""
    shape = " x ".join(map(str, samples[0].values.variables[0].shape))
    where = f"on {len(samples)} sample{'s' if len(samples) > 1 else ''} ({shape} voxels)"
    best = order[0]
    if len(order) == 1:
        return f"{best}, the only method that met the budget {where}."
    second = order[1]
    if samples[0].budget.bytes is not None:
        gap = 10 * math.log10(max(scores[second], 1e-300) / max(scores[best], 1e-300))
        if scores[best] == 0:
            return f"{best}, as it loses nothing at the same bytes {where}."
        less = f"its error is {gap:.1f} dB below that of {second}"
        return f"{best}, as {less} at the same bytes {where}."
    share = 100 * (1 - scores[best] / scores[second])
    return f"{best}, as it takes {share:.0f} % fewer bytes than {second} {where}."
