"""Encoder of one chunk within its share of the budget, with verification of the result."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore import methods
from vcore.container import Writer
from vcore.container.sources import BytesSource
from vcore.engine import lossless
from vcore.engine.decoder import CONSTANT
from vcore.engine.scan import MAX_SPAN
from vcore.engine.variable import (
    Coded,
    check_figures,
    check_missing,
    describe,
    encode_variable,
    fit,
    mask_bytes,
    share,
)
from vcore.errors import BudgetError, InputError
from vcore.methods.base import Achieved, Method, Settings, Sink
from vcore.methods.source import VariableSource
from vcore.metrics.errors import ErrorStatistics, psnr
from vcore.model.budget import Budget
from vcore.model.context import Context
from vcore.model.grid import Grid
from vcore.model.regions import whole
from vcore.model.volume import Variable
from vcore.zarr.chunk import ChunkContext, open_chunk, pack, unpack

HEAD_ROOM = 32
"""Bytes of a chunk's budget reserved for its head."""
TRIES = 3
"""Maximum number of attempts with larger budgets, where a too small one need not be kept."""


@dataclass(frozen=True)
class Encoded:
    """Encoded chunk with its error figures.

    Parameters
    ----------
    data
        Bytes of the chunk.
    count
        Number of present voxels.
    squared_error
        Sum of squared errors over present voxels, in squared data units.
    max_error
        Maximum absolute error over present voxels, in data units.
    """

    data: bytes
    count: int
    squared_error: float
    max_error: float


def encode_chunk(
    values: NDArray[Any], shared: ChunkContext, context: Context | None = None
) -> Encoded:
    """Return the chunk of ``values``, verified by decoding it.

    Parameters
    ----------
    values
        Block of shape ``shared.shape``, or smaller at the array's end.

    Raises
    ------
    InputError
        Values are outside of the array's range.
    BudgetError
        The method cannot meet the budget.
    """
    context = context or Context()
    block = np.ascontiguousarray(values, shared.dtype)
    variable = Variable("chunk", block, shared.axes, fill_value=shared.missing)
    source = _source(variable, shared)
    method = methods.get(shared.method)
    writer = Writer(None)
    sink = _ChunkSink(writer, source, shared)

    def code(coded: VariableSource, budget: Budget) -> Coded:
        achieved = _fit(method, coded, budget, context, sink, shared)
        return describe(coded, method.name, achieved), method, shared.budget

    with writer:
        header = encode_variable(
            source,
            method,
            shared.budget,
            sink,
            lambda: writer.reader(0),
            context,
            code,
            keeps_step=False,
        )
        data = pack(header, _sections(writer), shared)
    head = unpack(data, shared)
    decoded, absent = open_chunk(BytesSource(data), head).decode(), variable.missing(block)
    errors = ErrorStatistics()
    errors.add(block, decoded, absent)
    limit = None if variable.usable_fill is None else shared.budget.bound(source.span)
    if not shared.exact and limit is not None and errors.max_error > limit:
        # a value moved off the fill value exceeds the bound, as the step allows the full bound
        return encode_chunk(values, shared.exactly(), context)
    check_missing(block, decoded, absent)
    figures = {"max_error": errors.max_error, "psnr": psnr(head.header.span, errors.mse)}
    check_figures(figures, head.header, shared.budget, shared.method)
    found = Encoded(data, errors.count, errors.squared_error, errors.max_error)
    exact = None if header.method == CONSTANT else _without_loss(source, found, shared, context)
    return exact or found


def _without_loss(
    source: VariableSource, found: Encoded, shared: ChunkContext, context: Context
) -> Encoded | None:
    """Return the lossless chunk if it takes at most the bytes of the lossy one or of the budget,
    else None."""
    method, variable = methods.get(shared.method), source.variable
    if shared.budget.is_bound or method.keeps_bounds:
        return None
    asked = shared.budget.limit_bytes(variable.nbytes, variable.size)
    limit = max(len(found.data), asked or 0)
    if not lossless.may_fit(source, limit):
        return None
    try:
        exact = encode_chunk(variable.read(whole(variable.shape)), shared.exactly(), context)
    except BudgetError:  # values that cannot be mapped to integers
        return None
    return exact if len(exact.data) <= limit else None


class _ChunkSink(Sink):
    """Sink of a chunk's sections, whose settings and state are stored in the chunk's head."""

    def __init__(self, writer: Writer, source: VariableSource, shared: ChunkContext) -> None:
        super().__init__(writer, 0)
        self._source, self._shared = source, shared

    def room_left(self, settings: Settings, state: Mapping[str, Any]) -> int:
        """Return the bytes of HEAD_ROOM left by the head; negative if it takes more."""
        header = describe(self._source, self._shared.method, Achieved(settings, state))
        data = pack(header, _sections(self._writer), self._shared)
        return HEAD_ROOM - (len(data) - self.bytes)


def _sections(writer: Writer) -> dict[tuple[int, str], list[bytes]]:
    """Return the units of the sections so far."""
    reader = writer.reader(0)
    return {key: reader.read_units(*key, range(reader.units(*key))) for key in reader.names()}


def _fit(
    method: Method,
    source: VariableSource,
    budget: Budget,
    context: Context,
    sink: Sink,
    shared: ChunkContext,
) -> Achieved:
    """Encode within the budget, or within a sufficient one if the budget need not be kept."""
    settings = method.Settings.from_json(shared.settings)
    if budget.is_empty:
        budget = method.default_budget(settings)
    # default budgets and those of chunks at the array's end may be too small, and are no promise
    lenient = shared.budget.is_empty or source.shape != shared.shape
    part: Budget | None = None
    for _ in range(TRIES):
        try:
            part = part or _share(budget, source, method, settings)
            return fit(method, source, part, settings, context, sink)
        except BudgetError as error:
            if not lenient or error.needed is None:
                raise
            part = Budget(bytes=2 * error.needed)
    return fit(method, source, part or budget, settings, context, sink)


def _source(variable: Variable, shared: ChunkContext) -> VariableSource:
    values: Any = variable.data
    absent = variable.missing(values)
    present = values if absent is None else values[~absent]
    grid = Grid(variable.shape[-3:])  # type: ignore[arg-type]
    if not present.size:  # only masks
        return VariableSource(variable, grid, (0, 0), has_missing=True)
    low, high = present.min().item() + 0, present.max().item() + 0  # not -0.0, as in a scan
    if shared.range is not None and not shared.range[0] <= low <= high <= shared.range[1]:
        raise InputError(
            f"Expected values between {shared.range[0]:g} and {shared.range[1]:g}, the range of "
            f"the array. Got {low:g} to {high:g} instead: create the array with their range."
        )
    if float(high) - float(low) > MAX_SPAN:
        raise InputError(
            f"Expected a data range up to {MAX_SPAN:g}, so that squared errors stay finite. "
            f"Got {low:g} to {high:g} in a chunk: scale the array first."
        )
    limits = (low, high) if shared.range is None or low == high else shared.range
    return VariableSource(variable, grid, limits, absent is not None)


def _share(budget: Budget, source: VariableSource, method: Method, settings: Any) -> Budget:
    """Return the budget of the method's sections alone."""
    limit = budget.limit_bytes(source.variable.nbytes, source.variable.size)
    if limit is None:
        return budget
    room = HEAD_ROOM + mask_bytes(source, method, settings)
    return share(limit, room, "chunk", needed=room)
