"""What is added to a method's sections: masks of missing values, the residual of a bound."""

from collections.abc import Callable
from dataclasses import replace

from vcore.container import SectionReader
from vcore.container.header import VariableHeader
from vcore.engine.decoder import CONSTANT, VariableDecoder
from vcore.engine.layers import bound, missing
from vcore.engine.plain import PLAIN
from vcore.methods.base import Method, Sink
from vcore.methods.source import VariableSource
from vcore.model.budget import Budget
from vcore.model.context import Context
from vcore.model.volume import Variable


def add_layers(
    header: VariableHeader,
    coded: VariableSource,
    variable: Variable,
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
    coded
        What they hold.
    variable
        Whose missing values these are: the one that ``coded`` was made of.

    Raises
    ------
    BudgetError
        The bound cannot be kept.
    """
    decoder = VariableDecoder(header, coded.grid, reader())
    limit = budget.bound(coded.span)
    signs = limit == 0 and missing.has_minus_zero(variable)
    if coded.has_missing or signs:
        masks = missing.encode_masks(variable, decoder.grids, signs=signs)
        for level, units in enumerate(masks):
            sink.add(level, missing.SECTION, units)
        header = replace(header, missing=True)
    if limit is None or header.method in (CONSTANT, PLAIN):
        return header
    if method.keeps_bounds:
        return replace(header, bound={"max_error": limit})
    dtype = coded.variable.dtype
    step = bound.quantiser_step(limit, coded.range, dtype, exact=decoder.exact)
    sink.add(0, bound.SECTION, bound.encode_residual(coded, decoder.raw, step, context))
    return replace(header, bound={"max_error": limit, "step": step})
