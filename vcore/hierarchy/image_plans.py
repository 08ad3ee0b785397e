"""Images of a hierarchy that share a method and a budget."""

import json
import logging
import math
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any

import numpy as np

from vcore import methods
from vcore.engine.choose import default_method
from vcore.engine.plans import DEFAULT, MIN_DEFAULT_BYTES, default_methods, takes_quality
from vcore.engine.undeclared import Ends, sentence
from vcore.errors import BudgetError, InputError
from vcore.hierarchy import records
from vcore.hierarchy import step_search as stepping
from vcore.hierarchy.chunk_job import ChunkJob, limits, opened
from vcore.hierarchy.outcome import HierarchyReport
from vcore.hierarchy.plan import Part
from vcore.hierarchy.pool import Pool
from vcore.hierarchy.quality import below_noise, channel_axis, in_whole_range
from vcore.hierarchy.shards import WAITING
from vcore.io.cf_values import Coding
from vcore.model.budget import BELOW_NOISE, Budget
from vcore.model.budgets import Asked, Budgets
from vcore.model.context import Context
from vcore.model.regions import blocks
from vcore.runtime.atomic import replacing
from vcore.zarr.codec import VcoreCodec

logger = logging.getLogger(__name__)

SCANNED = 128
"""Minimum side of the blocks whose range is read, in voxels."""
MAX_COARSER = 4.0
"""Maximum factor by which a step grows per round."""
WASTED = 0.8
"""Share of the byte budget below which everything is compressed again with a finer step."""


@dataclass
class ImagePlan:
    """Images that share a method and a budget.

    Parameters
    ----------
    parts
        Their levels.
    method, budget, settings
        As requested; an empty budget is the method's default.
    finer
        Factor by which the step was made finer, as too few of the requested bytes were used.
    """

    parts: list[Part]
    method: str
    budget: Budget
    settings: Mapping[str, Any]
    finer: float | None = field(default=None, init=False)

    @property
    def effective(self) -> Budget:
        """Requested budget, or the method's default."""
        if not self.budget.is_empty or "step" in self.settings:
            return self.budget
        method = methods.get(self.method)
        settings = method.Settings.from_json(self.settings)
        return DEFAULT if takes_quality(method, settings) else method.default_budget(settings)

    def codecs(
        self,
        source: str,
        shapes: Mapping[str, tuple[int, ...]],
        workers: Pool,
        context: Context,
    ) -> dict[str, VcoreCodec]:
        """Return the codec of each level of each image."""
        budget = self.effective
        total = budget.limit_bytes(*_size(self.parts))
        if total is not None and self.budget.is_empty:
            total = max(total, MIN_DEFAULT_BYTES)
        found: dict[str, VcoreCodec] = {}
        bounds = self._below_noise(source, workers, context)
        for part in self.parts:
            span = None
            if total is not None or budget.has_psnr or budget.range_error is not None:
                span = _range(source, part, workers, context)
            mine = bounds.get(part.image) or in_whole_range(
                budget, _with_values(source, part), span or (0, 0), context
            )
            settings = dict(self.settings)
            if total is not None:
                mine, bpv = _shared_out(total, part, self.parts)
                stepped = "step" in {f.name for f in fields(methods.get(self.method).Settings)}
                if stepped and span is not None and span[0] < span[1]:
                    mine, settings["step"] = (
                        Budget(),
                        stepping.step_for(
                            source,
                            part.path,
                            part.coding,
                            shapes[part.path],
                            self.method,
                            span,
                            bpv,
                            workers,
                            lambda share: context.report("sampling", share),
                        ),
                    )
            found[part.path] = VcoreCodec(
                method=self.method,
                budget=_packed(mine, part.coding),
                settings=settings,
                range=span,
                missing=part.coding.stored_code(np.dtype(part.array.dtype)),
            )
        return found

    def _below_noise(self, source: str, workers: Pool, context: Context) -> dict[str, Budget]:
        """Return the bound of each image for a budget in standard deviations of the noise."""
        if self.budget.quality != BELOW_NOISE and self.budget.noise_sigma is None:
            return {}
        finest = dict[str, Part]()
        for part in self.parts:
            known = finest.setdefault(part.image, part)
            if math.prod(part.array.shape) > math.prod(known.array.shape):
                finest[part.image] = part
        return {
            name: below_noise(
                self.budget,
                _with_values(source, part),
                _ends(source, part, workers, context),
                context,
            )
            for name, part in finest.items()
        }

    def restep(self, out: str, result: HierarchyReport, left: int) -> bool:
        """Change the step and drop the chunks if the finished images are too large, or much smaller
        than requested; return whether they were.

        Parameters
        ----------
        left
            Number of rounds left.

        Raises
        ------
        BudgetError
            They are too large, and there are no rounds left or no step.
        """
        limit = self.budget.limit_bytes(*_size(self.parts))
        if limit is None:
            return False
        paths = [p.path for p in self.parts]
        size = sum(result.arrays[p]["bytes"] for p in paths)
        lost = any(result.arrays[p].get("max_error") for p in paths)
        if size <= limit:
            wasted = lost and 0 < size < WASTED * limit
            # refine once, with a round left to revert it
            if self.finer is not None or not (left > 1 and wasted):
                return False
            self.finer = max(size / limit, 1 / MAX_COARSER)
            return _stepped(out, paths, self.finer)
        # if everything is lossless, the size does not depend on the step
        factor = 1.03 * (size / limit) ** 1.5 if lost else MAX_COARSER
        factor = factor if self.finer is None else 1 / self.finer
        if left and _stepped(out, paths, factor):
            return True
        raise BudgetError(
            f"Expected at most {limit} bytes. The images take {size}: ask for more, or "
            f"compress again with `force=True` and a smaller size."
        )


def image_plans(
    parts: list[Part], method: str, asked: Asked, settings: Mapping[str, Any]
) -> list[ImagePlan]:
    """Return the plans for the images among ``parts``.

    Raises
    ------
    InputError, BudgetError
        A budget names no image, or settings are given without a method.
    """
    lossy = [p for p in parts if p.lossy]
    if settings and not method and len(several := default_methods(asked)) > 1:
        raise InputError(
            f"Expected a method by name beside its settings. Got {', '.join(settings)}, and "
            f"budgets for which {' and '.join(several)} would be used: name the method, or leave "
            f"the settings out."
        )
    if not isinstance(asked, Budgets):
        return [_plan(lossy, method, asked, settings)]
    asked.check(dict.fromkeys(p.image for p in lossy))
    plans = [
        _plan([p for p in lossy if p.image == name], method, budget, settings)
        for name, budget in asked.by_name.items()
    ]
    rest = [p for p in lossy if p.image not in asked.by_name]
    return [*plans, *([_plan(rest, method, asked.rest, settings)] if rest else [])]


def described(method: str, asked: Asked, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return method, budget and settings as JSON values."""
    if isinstance(asked, Budgets):
        by_name = {name: budget.to_json() for name, budget in asked.by_name.items()}
        told = {"by_name": by_name, "rest": asked.rest.to_json()}
        return {"method": method, "budget": told, "settings": dict(settings)}
    plan = _plan([], method, asked, settings)
    return {
        "method": plan.method,
        "budget": asked.to_json(),
        "settings": dict(plan.settings),
    }


def _plan(parts: list[Part], method: str, budget: Budget, settings: Mapping[str, Any]) -> ImagePlan:
    name = method or default_method(budget)
    own = methods.get(name).Settings.from_json(settings).to_json()
    return ImagePlan(parts, name, budget, own)


def _packed(budget: Budget, coding: Coding) -> Budget:
    """Return a budget of values converted to one of their packed numbers."""
    if budget.max_error is None or not coding.is_packed:
        return budget
    scale = abs(float(1.0 if coding.scale is None else coding.scale))
    if coding.packing is None:
        return replace(budget, max_error=budget.max_error / scale)
    limits = np.iinfo(coding.stored)
    largest = max(-int(limits.min), int(limits.max)) * scale + abs(coding.packing.offset)
    room = budget.max_error - 2 * float(np.finfo(coding.dtype).eps) * largest
    return replace(budget, max_error=float(max(int(room / scale), 0)))


def _with_values(source: str, part: Part) -> Part:
    """Return an array with the values that arrays of a virtual group lack."""
    return replace(part, array=opened(source, part.path))


def _size(parts: list[Part]) -> tuple[int, int]:
    """Return uncompressed bytes and number of values of all parts."""
    values = [math.prod(p.array.shape) for p in parts]
    nbytes = sum(n * p.array.dtype.itemsize for n, p in zip(values, parts, strict=True))
    return nbytes, sum(values)


def _shared_out(total: int, part: Part, parts: list[Part]) -> tuple[Budget, float]:
    """Return an array's share of ``total`` bytes as a budget and in bits per voxel."""
    bpv = 8 * total * part.array.dtype.itemsize / _size(parts)[0]
    return Budget(bpv=bpv), bpv


def _range(source: str, part: Part, workers: Pool, context: Context) -> tuple[float, float]:
    """Return the smallest and largest value of an array."""
    ends = reduce(or_, _ends(source, part, workers, context))
    if text := sentence(part.path or "the array", ends, np.dtype(part.array.dtype)):
        logger.warning("%s", text)
    return (ends.low, ends.high) if ends.count else (0.0, 0.0)


def _ends(source: str, part: Part, workers: Pool, context: Context) -> list[Ends]:
    """Return the smallest and largest value of each channel of an array, read in blocks."""
    array, at = part.array, channel_axis(part)
    # whole chunks, so that none is read twice
    side = [-(-SCANNED // c) * c if i >= array.ndim - 3 else 1 for i, c in enumerate(array.chunks)]
    if at is not None:
        side[at] = 1
    jobs = [
        ChunkJob(
            source,
            "",
            part.path,
            tuple(v for s in region for v in (s.start, s.stop)),
            part.coding,
        )
        for region in blocks(array.shape, side)
    ]
    ends = [Ends() for _ in range(1 if at is None else array.shape[at])]
    for done, (job, found) in enumerate(workers.map(limits, jobs), 1):
        context.report("scanning", done / len(jobs))
        ends[0 if at is None else job.chunk[2 * at]] |= found
    return ends


def _stepped(out: str, arrays: list[str], factor: float) -> bool:
    """Multiply the steps of the images and drop their chunks; return False, without changes, if an
    image has no step or it would be too fine."""
    texts = {}
    for array in arrays:
        path = Path(out, array, "zarr.json")
        text = json.loads(path.read_text())
        (codec,) = text["codecs"]
        if codec["name"] == "sharding_indexed":
            (codec,) = codec["configuration"]["codecs"]
        settings = codec["configuration"].get("settings", {})
        if "step" not in settings:
            return False
        settings["step"] = float(f"{settings['step'] * min(factor, MAX_COARSER):.6g}")
        if settings["step"] < stepping.FINEST:
            return False
        texts[path] = text
    for path, text in texts.items():
        for folder in ("c", WAITING):
            shutil.rmtree(path.with_name(folder), ignore_errors=True)
        path.with_name(records.RECORDS).unlink(missing_ok=True)
        with replacing(path) as part:
            part.write_text(json.dumps(text, indent=2))
    return True
