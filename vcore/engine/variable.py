"""Encoding of a variable to sections, for files and chunks: its share of a budget, its method, its
layers, and the checks of the result."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.container import SectionReader
from vcore.container.header import VariableHeader
from vcore.engine import plain
from vcore.engine.decoder import CONSTANT, VariableDecoder
from vcore.engine.layers import bound, missing, wide
from vcore.engine.layers.fill import narrowed
from vcore.engine.layers.packed import PackedIntegers, packed_integers
from vcore.engine.layers.stabilised import REACH, NoiseQuantiser, lattice_of
from vcore.engine.plain import PLAIN
from vcore.errors import BudgetError, FormatError, MemoryLimitError
from vcore.methods.base import Achieved, Method, Sink
from vcore.methods.source import VariableSource
from vcore.model.budget import Budget
from vcore.model.context import Context
from vcore.model.volume import Variable
from vcore.noise import detector_of
from vcore.runtime.memory import available_bytes

Coded = tuple[VariableHeader, Method, Budget]
"""Header of the sections in the sink, their method, and its budget."""
TOLERANCE = 0.005
"""Tolerance in dB by which a PSNR may miss the budget."""
UNIT = 6
"""Index bytes per unit of a mask."""


def describe(
    source: VariableSource, method: str, achieved: Achieved | None = None
) -> VariableHeader:
    """Return the header of an encoded variable, without layers and achieved figures."""
    variable = source.variable
    return VariableHeader(
        name=variable.name,
        dtype=variable.dtype.str[1:],
        axes=variable.axes,
        shape=variable.shape,
        range=source.range,
        method=method,
        settings=achieved.settings.to_json() if achieved else {},
        state=achieved.state if achieved else {},
        unit=variable.unit,
        components=variable.components,
        association=variable.association,
        fill_value=variable.usable_fill,
        attributes=variable.attributes,
        outer=variable.outer,
    )


def mask_bytes(source: VariableSource, method: Method, settings: Any, section: int = 0) -> int:
    """Return the bytes of the masks of missing values; ``section`` is the overhead per section."""
    if not source.has_missing:
        return 0
    form = method.fixed_form(source.shape, source.variable.axes, settings)
    masks = missing.encode_masks(source.variable, missing.masked_grids(source.grid, form))
    return sum(section + sum(len(unit) + UNIT for unit in units) for units in masks)


def share(limit: float, room: float, place: str, needed: int | None = None) -> Budget:
    """Return the budget of the method's sections: ``limit`` bytes minus ``room`` for the rest.

    Raises
    ------
    BudgetError
        Nothing is left; ``place`` ("file" or "chunk") is named in the message, and ``needed`` is
        the error's attribute.
    """
    left = int(limit - room)
    if left <= 0:
        other = ", or choose larger chunks" if place == "chunk" else ""
        raise BudgetError(
            f"Expected a budget that a {place} can meet. {int(limit)} bytes are too few for its "
            f"header and masks alone: allow more{other}.",
            needed,
        )
    return Budget(bytes=left)


def fit(
    method: Method,
    source: VariableSource,
    budget: Budget,
    settings: Any,
    context: Context,
    sink: Sink,
) -> Achieved:
    """Encode by the method, after checks of memory and bound.

    Raises
    ------
    MemoryLimitError
        The method would need more memory than available.
    BudgetError
        The budget cannot be met.
    """
    need = method.peak_memory(source, settings)
    if need > available_bytes():
        raise MemoryLimitError(
            f"Expected a volume that {method.name} can hold in memory. It would take "
            f"about {need / 1e9:.1f} of {available_bytes() / 1e9:.1f} GB: cut it into smaller "
            f"chunks (a file for each, or an OME-Zarr of smaller arrays) and compress those."
        )
    limit = budget.bound(source.span)
    if limit is not None and not method.keeps_bounds:
        bound.quantiser_step(limit, source.range, source.variable.dtype, exact=method.exact)
    achieved = method.encode(source, budget, settings, context, sink)
    if taken := {missing.SECTION, bound.SECTION} & sink.names():
        raise FormatError(
            f"Expected section names of the method's own. Got {' and '.join(sorted(taken))} from "
            f"{method.name} instead, which the engine uses: choose others."
        )
    return achieved


def encode_variable(
    source: VariableSource,
    method: Method,
    budget: Budget,
    sink: Sink,
    reader: Callable[[], SectionReader],
    context: Context,
    code: Callable[[VariableSource, Budget], Coded],
    *,
    keeps_step: bool = True,
    notes: list[str] | None = None,
) -> VariableHeader:
    """Write the sections of one variable to ``sink``; return their header, without achieved
    figures.

    Parameters
    ----------
    source, method, budget
        Variable, method, and budget in data units.
    reader
        Opener of the sections written so far.
    code
        Encoder of the values, or of the integers they are coded as, within the given budget; not
        called for constant variables.
    keeps_step
        Whether the header stores the residual's step; otherwise it follows from the bound.
    notes
        List that receives notes for the user on how the variable is coded.

    Raises
    ------
    BudgetError
        The budget cannot be met.
    """
    notes = [] if notes is None else notes
    narrow = wide.coded(source)
    if narrow is None:
        plain.encode(source, sink, context)
        notes.append(f"{source.variable.name}: stored uncoded, as it has integers beyond 32 bits.")
        header = replace(describe(source, PLAIN), bound={"max_error": 0.0})
        return _add_layers(header, source, source.variable, method, budget, sink, reader, context)
    header = _encode_values(narrow, method, budget, sink, reader, context, code, keeps_step, notes)
    return wide.restored(header, source) if narrow is not source else header


def _encode_values(
    source: VariableSource,
    method: Method,
    budget: Budget,
    sink: Sink,
    reader: Callable[[], SectionReader],
    context: Context,
    code: Callable[[VariableSource, Budget], Coded],
    keeps_step: bool,
    notes: list[str],
) -> VariableHeader:
    name, coded, asked = source.variable.name, source, budget
    integers: PackedIntegers | NoiseQuantiser | None = None
    if source.is_empty:
        notes.append(f"{name}: every value is missing, and stays missing.")
    elif source.span == 0:
        notes.append(f"{name} is {source.range[0]:g} everywhere: stored exactly, as one number.")
    elif budget.noise_sigma is not None:
        integers = _noise_quantiser(source, budget, context, notes)
        coded, asked = integers.coded(source), Budget(max_error=REACH)
    elif method.codes_integers and (found := packed_integers(source, budget)) is not None:
        integers, asked = found
        coded = integers.coded(source)
        notes.append(
            f"{name}: coded as the packed {np.dtype(integers.packing.dtype).name} integers of its "
            f"source; ratios are relative to {source.variable.dtype.name}."
        )
    elif keeps_step or method.keeps_bounds:
        asked = narrowed(budget, source)
    header = describe(coded, CONSTANT)
    if coded.span > 0:
        header, method, asked = code(coded, asked)
    header = _add_layers(header, coded, source.variable, method, asked, sink, reader, context)
    if isinstance(integers, PackedIntegers):
        return integers.restored(header, source, budget)
    if integers is not None:
        return integers.restored(header, source)
    limit = budget.bound(source.span)
    if header.bound is not None and limit is not None:
        header = replace(header, bound={**header.bound, "max_error": limit})
    return header


def _noise_quantiser(
    source: VariableSource, budget: Budget, context: Context, notes: list[str]
) -> NoiseQuantiser:
    """Return the quantiser to integers of uniform noise; note the noise parameters."""
    asked = budget.detector()
    detector = detector_of(source, context, **asked)
    unknown = [name.replace("_", " ") for name, value in asked.items() if value is None]
    how = f" ({', '.join(unknown)} estimated)" if unknown else ""
    notes.append(f"The noise of {source.variable.name}: {detector}{how}.")
    return lattice_of(detector, budget.noise_sigma or 0, source.range, source.variable.dtype)


def _add_layers(
    header: VariableHeader,
    coded: VariableSource,
    variable: Variable,
    method: Method,
    budget: Budget,
    sink: Sink,
    reader: Callable[[], SectionReader],
    context: Context,
) -> VariableHeader:
    """Add masks of missing values and the residual of an error bound; return the header.

    ``variable`` is the original of ``coded``, with its missing values.
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


def check_missing(
    values: NDArray[Any], decoded: NDArray[Any], absent: NDArray[np.bool_] | None
) -> None:
    """Raise BudgetError unless missing values are decoded exactly."""
    if absent is None:
        return
    same = np.array_equal(decoded[absent], values[absent], equal_nan=values.dtype.kind == "f")
    if not same:
        raise BudgetError(
            "Expected missing values to be preserved. Others were decoded: nothing was written. "
            "Please report this."
        )


def check_figures(
    figures: Mapping[str, Any], header: VariableHeader, budget: Budget, method: str
) -> None:
    """Raise BudgetError unless the decoded values keep the header's guarantees and the budget.

    Parameters
    ----------
    figures
        ``max_error``, ``psnr`` (None or NaN if undefined) and ``noise``, in standard deviations of
        the noise; see ``measure.compare_variable``.
    """
    if header.bound and figures["max_error"] > header.bound["max_error"]:
        raise BudgetError(
            f"Expected errors of at most {header.bound['max_error']:g}. Decoded values have "
            f"{figures['max_error']:g}: nothing was written. Please report this."
        )
    if header.noise and figures["noise"]["sigmas"] > header.noise["sigmas"]:
        raise BudgetError(
            f"Expected errors of at most {header.noise['sigmas']:g} standard deviations of the "
            f"noise. Decoded values have {figures['noise']['sigmas']:g}: nothing was written. "
            f"Please report this."
        )
    psnr = figures["psnr"]
    if budget.psnr is not None and psnr is not None and psnr < budget.psnr - TOLERANCE:
        raise BudgetError(
            f"Expected {budget.psnr:g} dB. {method} reaches {psnr:.2f} dB with these settings: ask "
            f"for less, or choose other settings or another method."
        )
