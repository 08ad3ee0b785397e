"""What is added to a method's sections: masks of missing values, the residual of a bound."""

from collections.abc import Callable
from dataclasses import replace

from vcore.budget import Budget
from vcore.container import SectionReader
from vcore.context import Context
from vcore.decoding import CONSTANT, VariableDecoder
from vcore.header import VariableHeader
from vcore.layers import bound, missing
from vcore.methods.base import Method, Sink
from vcore.methods.source import Source


def add_layers(
    header: VariableHeader,
    source: Source,
    method: Method,
    budget: Budget,
    sink: Sink,
    reader: Callable[[], SectionReader],
    context: Context,
) -> VariableHeader:
    """Add masks of missing values and the residual that a bound asks for; return the header.

    Parameters
    ----------
    header, reader
        Of the sections that the method has put into ``sink``.

    Raises
    ------
    BudgetError
        The bound cannot be kept.
    """
    variable = source.variable
    decoder = VariableDecoder(header, source.grid, reader())
    if source.has_missing:
        for level, units in enumerate(missing.encode_masks(variable, decoder.grids)):
            sink.add(level, missing.SECTION, units)
        header = replace(header, missing=True)
    limit = budget.bound(source.span)
    if limit is None or header.method == CONSTANT:
        return header
    if method.keeps_bounds:
        return replace(header, bound={"max_error": limit})
    step = bound.quantiser_step(limit, source.range, variable.dtype, exact=decoder.exact)
    sink.add(0, bound.SECTION, bound.encode_residual(source, decoder.raw, step, context))
    return replace(header, bound={"max_error": limit, "step": step})
