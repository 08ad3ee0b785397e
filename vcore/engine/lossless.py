"""Lossless coding, where it meets a size or a quality with fewer bytes than a lossy method.

A lossy method keeps spending bytes after every voxel is exact, and exceeds the size of lossless
coding long before that.
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
"""Lossless method, and its budget."""
MARGIN = 2.0
"""Maximum ratio of ``may_fit``'s estimate to the limit: on the shared volumes the estimate is 1.2
to 1.9 times the actual size of METHOD."""
RUN = 8
"""Voxels per run along x with a common distribution of differences."""
MAX_PSNR = 138.0
"""Maximum PSNR in dB of methods with float32 arithmetic."""
SLAB = 1 << 20
"""Voxels per slab read at once."""


@dataclass
class Way:
    """Choice between a method and lossless coding, for one variable.

    Parameters
    ----------
    source
        Variable to encode.
    budget
        Size or quality of its sections.
    method, settings
        Lossy method and its settings; an explicit step rules out lossless coding.
    sink
        Output of the sections.
    named
        Whether the user named the method: it is then kept as long as its error exceeds that of
        rounding to the dtype.

    Attributes
    ----------
    reason
        Reason for lossless coding, if chosen.
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
        """Encode losslessly if no method can do better; return None otherwise."""
        psnr, limit = self.budget.psnr, self.budget.bytes
        if not self._is_free:
            return None
        if psnr is not None and is_needed(psnr, self.source, named=self.named):
            self.reason = f"coded losslessly by {METHOD}, as nothing else reaches {psnr:g} dB."
            return self._encoded(None)
        if limit is not None and not self.named and may_fit(self.source, limit):
            self.reason = f"coded losslessly by {METHOD}, as the requested bytes suffice."
            return self._encoded(limit)
        return None

    def instead_of(self, header: VariableHeader, reader: SectionReader) -> Achieved | None:
        """Replace the method's sections in the sink by lossless ones if those are smaller; return
        None if the method's are kept."""
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
                f"coded losslessly by {METHOD}, in {self.sink.bytes} bytes; {self.method.name} "
                f"would take {size}."
            )
        return achieved

    @property
    def _is_free(self) -> bool:
        """Whether there is a choice: neither a bound nor a step is given."""
        stepped = getattr(self.settings, "step", None) is not None
        return not (self.budget.is_bound or self.method.keeps_bounds or stepped)

    def _encoded(self, most: int | None) -> Achieved | None:
        """Replace the sections in the sink by lossless ones; None if these take more than ``most``
        bytes, or METHOD cannot encode the variable."""
        method = methods.get(METHOD)
        settings = method.Settings()
        if method.peak_memory(self.source, settings) > available_bytes():
            return None
        with Writer(None) as writer:
            own, context = Sink(writer, 0), self.context.as_stage("coding without loss", 1.0)
            try:
                achieved = method.encode(self.source, BUDGET, settings, context, own)
            except BudgetError:  # float64 cannot be coded losslessly
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
    """Return whether a PSNR can only be reached losslessly.

    If no method is ``named``: it exceeds the maximum of all methods. For integers: an error of 1 in
    one voxel would miss it.
    """
    if not named and psnr > MAX_PSNR:
        return True
    is_float = source.variable.dtype.kind == "f"
    return not is_float and source.span**2 * 10 ** (-psnr / 10) * math.prod(source.shape) < 1


def may_fit(source: VariableSource, limit: float) -> bool:
    """Return whether lossless coding may take at most ``limit`` bytes.

    Estimated from differences between neighbours along x, y and z, with geometrically distributed
    magnitudes in each run along x. Reads by slab, and stops once the limit is exceeded.
    """
    try:
        scale = scale_of(0.0, source.range, source.variable.dtype)
    except BudgetError:  # resolution too fine for the integers
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
    """Return the estimated bits of integers (n, z, y, x), by the best of three predictions."""
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
    """Return whether the squared error is at most that of rounding to the dtype: 1/12 of its
    squared unit per voxel."""
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
