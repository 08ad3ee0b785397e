"""First pass over a variable: range, checksum, missing values."""

import hashlib
from dataclasses import replace
from typing import Any

import numpy as np

from vcore.engine.undeclared import Ends, sentence
from vcore.errors import InputError
from vcore.methods.source import VariableSource
from vcore.model.context import Context
from vcore.model.grid import Grid
from vcore.model.volume import Variable
from vcore.runtime.memory import available_bytes

IN_MEMORY_BYTES = 1 << 30
"""Maximum size in bytes of a variable that is loaded into memory."""
MIN_SPAN, MAX_SPAN = 1e-150, 1e150
"""Limits of the data range, within which squared errors are finite in float64."""


def scan(
    variable: Variable, grid: Grid, context: Context, notes: list[str] | None = None
) -> tuple[VariableSource, str]:
    """Return the variable as a source with its range, and its checksum; reads it once by slab.

    A note is added to ``notes`` if a value may be an undeclared marker of missing values.

    Raises
    ------
    InputError
        The squared range exceeds float64.
    """
    low: Any = np.inf
    high: Any = -np.inf
    has_missing, ends = False, Ends()
    digest = hashlib.blake2b(digest_size=8)
    slabs = list(variable.slabs())
    for number, region in enumerate(slabs):
        context.report("scanning", number / len(slabs))
        values = variable.read(region)
        digest.update(values.astype(values.dtype.newbyteorder("<"), copy=False).data)
        absent = variable.missing(values)
        present = values if absent is None else values[~absent]
        has_missing |= absent is not None
        if present.size:
            found = Ends.of(present) if notes is not None and values.dtype.kind != "b" else None
            ends = ends | found if found is not None else ends
            low, high = min(low, present.min()), max(high, present.max())
    is_empty = bool(low > high)
    if is_empty:
        low = high = variable.dtype.type(0)
    if notes is not None and (text := sentence(variable.name, ends, variable.dtype)):
        notes.append(text)
    limits = (low.item() + 0, high.item() + 0)  # not -0.0, which 0.0 would decode to
    span = float(limits[1]) - float(limits[0])
    if span and not MIN_SPAN <= span <= MAX_SPAN:
        raise InputError(
            f"Expected a data range between {MIN_SPAN:g} and {MAX_SPAN:g}, so that "
            f"squared errors stay finite. Variable {variable.name!r} reaches from {limits[0]:g} to "
            f"{limits[1]:g}: scale it first."
        )
    source = VariableSource(variable, grid, limits, has_missing, is_empty)
    return source, f"blake2b:{digest.hexdigest()}"


def in_memory(variable: Variable) -> Variable:
    """Return the variable loaded into memory if small, as training reads many small regions."""
    if variable.nbytes > min(IN_MEMORY_BYTES, available_bytes() // 4):
        return variable
    return replace(variable, data=variable.read())
