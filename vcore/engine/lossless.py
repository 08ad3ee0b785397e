"""Coding without loss, where that is the better way to a size or a quality.

A lossy method has no end: once every voxel is exact, more bytes change nothing, and long before it
takes more of them than coding without loss.
"""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore import methods
from vcore.container import SectionReader, Writer
from vcore.container.header import VariableHeader
from vcore.engine.choose import BOUND_METHOD
from vcore.engine.decoder import VariableDecoder
from vcore.errors import BudgetError
from vcore.methods.base import Achieved, Method, Sink
from vcore.methods.bounded.scale import scale_of
from vcore.methods.source import VariableSource
from vcore.model.budget import Budget
from vcore.model.context import Context
from vcore.runtime.memory import available_bytes

METHOD = BOUND_METHOD
BUDGET = Budget(max_error=0)
"""The method that codes without loss, and what is asked of it."""
MARGIN = 2.0
"""What takes up to so many times the bytes by ``may_fit``'s estimate is tried: on the shared
volumes the estimate is 1.2 to 1.9 times what METHOD takes."""
RUN = 8
"""Voxels along x whose differences are alike."""
MAX_PSNR = 138.0
"""In dB, what methods reach whose arithmetic is that of float32."""
SLAB = 1 << 20
"""Voxels that are looked at at once."""


@dataclass
class Way:
    """The choice between a method and coding without loss, for one variable.

    Parameters
    ----------
    source
        What is coded.
    budget
        What is asked of its sections: a size or a quality.
    method, settings
        What codes it with loss. A given step is kept.
    sink
        Takes the sections.
    named
        Whether the user named the method: it is then kept as long as it loses more than rounding
        to the dtype would.

    Attributes
    ----------
    reason
        Why it is coded without loss, if it is.
    """

    source: VariableSource
    budget: Budget
    method: Method
    settings: Any
    sink: Sink
    context: Context
    named: bool
    reason: str = field(default="", init=False)

    def at_once(self) -> Achieved | None:
        """Code without loss where no method can do better; None where one may."""
        psnr, limit = self.budget.psnr, self.budget.bytes
        if not self._is_free:
            return None
        if psnr is not None and is_needed(psnr, self.source, named=self.named):
            self.reason = f"coded without loss by {METHOD}, as nothing else reaches {psnr:g} dB."
            return self._encoded(None)
        if limit is not None and not self.named and may_fit(self.source, limit):
            self.reason = f"coded without loss by {METHOD}, as the bytes asked for suffice."
            return self._encoded(limit)
        return None

    def instead_of(self, header: VariableHeader, reader: SectionReader) -> Achieved | None:
        """Code without loss in place of what the method has put into the sink, if that takes fewer
        bytes; None where it is kept."""
        size = self.sink.bytes
        tried = self.named or self.budget.psnr is not None
        if not self._is_free or not tried or not may_fit(self.source, size):
            return None
        if self.named and not is_rounding(
            self.source, VariableDecoder(header, self.source.grid, reader)
        ):
            return None
        achieved = self._encoded(size - 1)
        if achieved is not None:
            self.reason = (
                f"coded without loss by {METHOD}, in {self.sink.bytes} bytes; {self.method.name} "
                f"would take {size}."
            )
        return achieved

    @property
    def _is_free(self) -> bool:
        """Whether there is a choice: neither bound nor step are given."""
        stepped = getattr(self.settings, "step", None) is not None
        return not (self.budget.is_bound or self.method.keeps_bounds or stepped)

    def _encoded(self, most: int | None) -> Achieved | None:
        """Put the sections without loss into the sink, in place of what is there; None if they take
        more than ``most`` bytes, or cannot be had."""
        method = methods.get(METHOD)
        settings = method.Settings()
        if method.peak_memory(self.source, settings) > available_bytes():
            return None
        with Writer(None) as writer:
            own, context = Sink(writer, 0), self.context.as_stage("coding without loss", 1.0)
            try:
                achieved = method.encode(self.source, BUDGET, settings, context, own)
            except BudgetError:  # float64
                return None
            size = own.bytes - own.room_left(achieved.settings, achieved.state)
            if most is not None and size > most:
                return None
            self.sink.clear()
            reader = writer.reader(0)
            for level, name in reader.names():
                units = reader.read_units(level, name, range(reader.units(level, name)))
                self.sink.add(level, name, units)
        return achieved


def is_needed(psnr: float, source: VariableSource, *, named: bool = False) -> bool:
    """Return whether a quality lets no voxel of integers err by 1; of floating-point values, and
    where no method is ``named``, whether it is beyond that of any method."""
    if source.variable.dtype.kind == "f":
        return not named and psnr > MAX_PSNR
    return source.span**2 * 10 ** (-psnr / 10) * math.prod(source.shape) < 1


def may_fit(source: VariableSource, limit: float) -> bool:
    """Return whether coding without loss may take ``limit`` bytes or fewer.

    Judged by differences of neighbours along x, y and z, whose magnitudes have a geometric
    distribution in each run along x. Reads by slab, until it is too much.
    """
    try:
        scale = scale_of(0.0, source.range, source.variable.dtype)
    except BudgetError:  # finer than integers can say
        return False
    total = 0.0
    for region in source.slabs(voxels=SLAB):
        values = source.read(region)
        integers = scale.integers(values).reshape(-1, *values.shape[-3:])
        total += _estimated(integers.astype(np.float64)) / 8
        if total > MARGIN * limit:
            return False
    return True


def _estimated(integers: NDArray[np.float64]) -> float:
    """Return bits of the integers (n, z, y, x), by the best of three predictions."""
    found, left = [], integers
    starts = np.arange(0, integers.shape[-1], RUN)
    lengths = np.diff(starts, append=integers.shape[-1])
    for axis in (3, 2, 1):
        left = np.diff(left, axis=axis, prepend=0)
        mean = np.add.reduceat(np.abs(left), starts, -1) / lengths
        each = np.log2(1 + mean) + mean * np.log2(1 + 1 / np.maximum(mean, 1e-300))
        found.append(float((each * lengths).sum()) + np.count_nonzero(left))
    return float(min(found))


def is_rounding(source: VariableSource, decoder: VariableDecoder) -> bool:
    """Return whether values are decoded with no more squared error than rounding to their dtype
    makes, 1/12 of the square of its unit a voxel."""
    left = 0.0
    for region in source.slabs(voxels=SLAB):
        values = source.variable.read(region)
        missing = source.variable.missing(values) if source.has_missing else None
        present = ... if missing is None else ~missing
        original = values[present]
        errors = decoder.decode(region)[present].astype(np.float64) - original
        units: Any = 1.0
        if original.dtype.kind == "f":
            units = np.spacing(np.abs(original)).astype(np.float64)
        left += float((np.square(units) / 12 - np.square(errors)).sum())
    return left >= 0
